"""`cockpit notice`: shown, refused, sent through the engine of the deploy, also after its end and after a death."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cockpit.engine.process.owner import LINGER_SECONDS
from tests.integration.cockpit.helpers import Repository, repository, run
from tests.loopback import Answer, Hook, hook
from tests.waiting import wait_for

RUNBOOK = """\
# Shipping

## Pre-flight
- [ ] Somebody looked

## Deployment steps
```bash
true
```

## Communication

### Pre-Deploy Notification (T-1hour)
```
Deploy planned

Time: <YYYY-MM-DD HH:MM UTC>
Changes: <Brief description>
Downtime: <None/Minimal/X minutes>
```
"""
SETTINGS = """\
[notices.team]
type = "slack"
url = "env:TEAM_HOOK"
timeout = "60s"

[notices.customers]
type = "command"
command = "cat > told.txt"
kinds = ["rollback"]
"""
SECRET = "s3cr3t-of-the-webhook"


@pytest.fixture
def far() -> Iterator[Hook]:
    with hook() as server:
        yield server


@pytest.fixture
def bakery(far: Hook, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    """With a deploy that is open and waits for a person."""
    monkeypatch.setenv("TEAM_HOOK", far.url())
    with repository(RUNBOOK) as made:
        (made.root / "cockpit.toml").write_text(SETTINGS)
        face = made.cockpit_until("run", "docs/deploy.md", "--headless", until="needs attention")
        face.kill()
        face.wait()
        yield made


def _notice(here: Repository, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(["notice", *arguments], here.root)


def test_a_notice_is_shown_and_says_what_is_not_known(bakery: Repository, far: Hook) -> None:
    shown = _notice(bakery)
    assert shown.returncode == 0
    lines = shown.stdout.splitlines()
    assert lines[0] == "Deploy planned"
    assert "Changes: the first version" in lines
    assert "Downtime: <None/Minimal/X minutes>" in lines
    assert shown.stderr == "cockpit: 1 field is missing: downtime (--set downtime=...)\n"
    filled = _notice(bakery, "pre-deploy", "--set", "downtime=none, we hope")
    assert "Downtime: none, we hope\n" in filled.stdout
    assert filled.stderr == ""
    assert far.posts == []


def test_a_notice_is_sent_once_through_the_engine(bakery: Repository, far: Hook) -> None:
    refused = _notice(bakery, "--send")
    assert refused.returncode == 4
    assert refused.stderr.endswith("cockpit: nothing was sent\n")
    assert far.posts == []
    sent = _notice(bakery, "--send", "--set", "downtime=none")
    assert (sent.returncode, sent.stderr) == (0, "cockpit: sent to team\n")
    assert far.texts == [sent.stdout.strip()]
    assert bakery.state.notice_sent("pre_deploy")
    again = _notice(bakery, "--send", "--set", "downtime=none")
    assert again.returncode == 4
    assert "was already sent to team at" in again.stderr
    assert len(far.posts) == 1


def test_a_failure_has_its_exit_status_and_its_reason(bakery: Repository, far: Hook) -> None:
    far.always = Answer(404, "no_service")
    failed = _notice(bakery, "--send", "--set", "downtime=none", "--to", "team", "--to", "customers")
    assert failed.returncode == 1
    assert "cockpit: not sent to team: the webhook of team returned 404: no_service\n" in failed.stderr
    assert "cockpit: sent to customers\n" in failed.stderr
    assert (bakery.root / "told.txt").read_text() == failed.stdout.strip()


USAGE = [
    (["party"], 2, "no notice 'party'; known: pre-deploy, "),
    (["--set", "downtime"], 2, "--set downtime: use FIELD=VALUE"),
    (["--set", "dwntime=1"], 2, "--set dwntime: no such field; fields of this notice: changes, downtime, time"),
    (["--to", "team"], 2, "--to requires --send"),
    (
        ["--send", "--set", "downtime=0", "--to", "tema"],
        4,
        "no destination [notices.tema]. Choose one of: customers, team",
    ),
    (["--deploy", "1999"], 2, "no deploy starts with '1999'"),
]


def test_what_is_asked_wrongly_is_told(bakery: Repository, far: Hook) -> None:
    for arguments, status, words in USAGE:
        said = _notice(bakery, *arguments)
        assert (said.returncode, words in said.stderr) == (status, True), said.stderr
    assert far.posts == []


def test_after_the_end_an_engine_comes_for_the_notice_and_goes_again(
    far: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAM_HOOK", far.url())
    with repository("# Shipping\n\n## Deployment steps\n```bash\ntrue\n```\n") as here:
        (here.root / "cockpit.toml").write_text(SETTINGS)
        assert here.cockpit("run", "docs/deploy.md", "--headless", "--yes").returncode == 0
        wait_for(lambda: not psutil.pid_exists(here.state.engine_pid), "the end of the engine")
        assert "- None sent" in here.log.read_text()
        sent = _notice(here, "post-deploy", "--send", *_all_set(here))
        assert (sent.returncode, sent.stderr) == (0, "cockpit: sent to team\n")
        assert "of bakery to production: Success" in far.texts[0]
        wait_for(lambda: "UTC, post-deploy to team, by " in here.log.read_text(), "the notice in the log")
        wait_for(lambda: not psutil.pid_exists(here.state.engine_pid), "the end of the second engine")
        assert here.state.closed == "succeeded"


def test_an_engine_does_not_go_while_a_notice_is_on_its_way(far: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM_HOOK", far.url())
    gate = threading.Event()
    far.always = Answer(gate=gate)
    with repository("# Shipping\n\n## Deployment steps\n```bash\ntrue\n```\n") as here:
        (here.root / "cockpit.toml").write_text(SETTINGS)
        assert here.cockpit("run", "docs/deploy.md", "--headless", "--yes").returncode == 0
        wait_for(lambda: not psutil.pid_exists(here.state.engine_pid), "the end of the engine")
        before = here.state.engine_pid
        face = here.cockpit_until("notice", "post-deploy", "--send", *_all_set(here), until="Deployed by")
        try:
            wait_for(lambda: far.posts, "the post")
            face.kill()
            face.wait()
            engine = here.state.engine_pid
            assert engine != before
            until = time.monotonic() + LINGER_SECONDS + 1
            while time.monotonic() < until:
                assert psutil.pid_exists(engine)
                time.sleep(0.1)
            assert here.state.notices[0].status == "sending"
        finally:
            gate.set()
        wait_for(lambda: here.state.notice_sent("post_deploy"), "the notice")
        wait_for(lambda: not psutil.pid_exists(engine), "the end of the engine")
        assert len(far.posts) == 1


def _all_set(here: Repository) -> list[str]:
    """A value for all that is not known."""
    said = _notice(here, "post-deploy").stderr
    names = [word.partition("=")[0] for word in said.split() if word.endswith(("=...", "=...)"))]
    return [part for name in names for part in ("--set", f"{name}=unknown to us")]


def test_an_engine_killed_while_sending_leaves_it_to_a_person(bakery: Repository, far: Hook) -> None:
    far.always = Answer(hang=True)
    command = ["notice", "--send", "--set", "downtime=none"]
    face = bakery.cockpit_until(*command, until="Downtime: none")
    try:
        wait_for(lambda: far.posts, "the post")
        before = bakery.state.engine_pid
        os.kill(before, signal.SIGKILL)
        assert face.wait(30) == 1
        wait_for(lambda: bakery.state.engine_pid != before, "the next engine")
        (one,) = bakery.state.notices
        assert (one.status, len(far.posts)) == ("failed", 1)
        assert "delivery unknown" in one.reason
    finally:
        with contextlib.suppress(OSError):
            face.kill()
        face.wait()


def test_the_address_of_the_webhook_is_nowhere(bakery: Repository, far: Hook) -> None:
    far.always = Answer(500, f"at {far.url()}")
    failed = _notice(bakery, "--send", "--set", f"downtime={far.url()}")
    assert failed.returncode == 1
    for path in [path for path in bakery.root.rglob("*") if path.is_file()]:
        assert SECRET.encode() not in path.read_bytes(), path
    assert all(SECRET not in text for text in far.texts)


def test_a_literal_webhook_in_the_settings_is_refused_without_repeating_it(tmp_path: Path) -> None:
    (tmp_path / "RUNBOOK.md").write_text(RUNBOOK)
    text = SETTINGS.replace("env:TEAM_HOOK", "https://hooks.example.com/services/T0/B0/" + SECRET)
    (tmp_path / "cockpit.toml").write_text(text)
    said = run(["check"], tmp_path)
    assert said.returncode == 1
    assert "cockpit.toml:1: error settings: notices.team: url is a secret and must not be stored here" in said.stdout
    assert SECRET not in said.stdout + said.stderr


def test_a_check_says_which_address_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEAM_HOOK", raising=False)
    (tmp_path / "RUNBOOK.md").write_text(RUNBOOK)
    (tmp_path / "cockpit.toml").write_text(SETTINGS)
    said = run(["check"], tmp_path)
    assert "cockpit.toml:1: error notices: notice team: url: $TEAM_HOOK is not set" in said.stdout
    (tmp_path / "cockpit.toml").write_text(SETTINGS.replace('"slack"', '"slcak"').replace("url =", "x ="))
    said = run(["check"], tmp_path)
    assert "cockpit.toml:2: error settings: notices.team: no type 'slcak'; did you mean 'slack'?" in said.stdout
