"""A deploy without a terminal, as in a CI job: what it prints, what it leaves, its exit status."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cockpit.history.reading import events_of
from tests.integration.cockpit.helpers import COMMAND, Repository, processes_below, repository, run, short_folder
from tests.waiting import wait_for

RUNBOOK = """\
# Shipping

## Deployment steps

### Step 1: Say hello
```bash
echo hello from the step
```

### Step 2: Hand over
```bash
echo looking
test ! -e broken
```

## Rollback

**Option 1: The release before**
```bash
echo going back
```
"""
WAITS = """\
# Waits

## Pre-flight
- [ ] Somebody looked

## Deployment steps
```bash
true
```
"""
FAILING_LINE = 13
"""Of `test ! -e broken` in the runbook."""


@pytest.fixture
def bakery() -> Iterator[Repository]:
    with repository(RUNBOOK) as made:
        yield made


@pytest.fixture
def waiting() -> Iterator[Repository]:
    """With a deploy that is open and waits for a person, and no face."""
    with repository(WAITS) as made:
        with subprocess.Popen(
            [*COMMAND, "run", "docs/deploy.md", "--headless", "--accept-reading"],
            cwd=made.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as face:
            assert face.stdout is not None
            for line in face.stdout:
                if "needs attention" in line:
                    break
            else:
                raise AssertionError("it never said that a person is needed")
            face.kill()
        yield made


def _demo(scenario: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return run(["demo", "--headless", "--yes", "--scenario", scenario, "--dir", str(folder)], folder)


def _report(folder: Path) -> Path:
    (path,) = (folder / "shop" / "reports" / "deploys").glob("*.md")
    return path


def _section(text: str, heading: str) -> str:
    """What stands below `## heading`."""
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"no section {heading} in\n{text}"
    return found[1]


def test_a_good_demo_ends_with_a_log_that_tells_the_story_and_leaves_no_process() -> None:
    with short_folder() as folder:
        done = _demo("good", folder)
        assert done.returncode == 0, done.stdout + done.stderr
        assert processes_below(folder) == {}
        report = _report(folder)
        assert re.fullmatch(r"\d{4}-\d\d-\d\d\.md", report.name)
        assert done.stdout.splitlines()[-1] == f"demo succeeded; deploy log: {report}"
        text = report.read_text()
        for heading in ("Changes", "Migrations", "Rollback", "Issues", "Metrics"):
            assert _section(text, heading).strip(), f"nothing below {heading}"
        assert "20261103_delivery_day" in _section(text, "Migrations")
        assert "Required: No" in _section(text, "Rollback")
        assert "None" in _section(text, "Issues")
        for metric in ("Error rate", "P95 latency", "DB connections"):
            assert metric in _section(text, "Metrics")
        story = _section(text, "Story")
        told = ["opened from docs/deploy.md", "phase Deploy", "Switch to the new release: succeeded"]
        told += ["phase Verify", "phase Watch", "Metrics stay healthy: pass", "phase Close", "deploy closed: succeeded"]
        places = [story.find(words) for words in told]
        assert -1 not in places
        assert places == sorted(places)


@pytest.mark.parametrize(
    ("scenario", "step", "command", "cause"),
    [
        ("failing-step", "Step 5", "bin/smoke", "/delivery: status 404, expected 200"),
        ("failing-migration", "Step 3", "bin/migrate", "could not create unique index"),
    ],
)
def test_a_demo_that_fails_names_the_line_and_leaves_no_process(
    scenario: str, step: str, command: str, cause: str
) -> None:
    with short_folder() as folder:
        done = _demo(scenario, folder)
        assert done.returncode == 1, done.stdout + done.stderr
        assert processes_below(folder) == {}
        assert cause in done.stdout
        runbook = (folder / "shop" / "docs" / "deploy.md").read_text().splitlines()
        for text in (done.stdout, _section(_report(folder).read_text(), "Issues")):
            stopped = re.search(rf"{step}: .*exit status 1 at line (\d+): {command}", text)
            assert stopped, text
            assert runbook[int(stopped[1]) - 1].startswith(command)
        assert done.stdout.splitlines()[-1] == f"demo failed; deploy log: {_report(folder)}"


def test_an_interrupted_demo_ends_everything_it_started() -> None:
    with short_folder() as folder:
        with subprocess.Popen(
            [*COMMAND, "demo", "--headless", "--yes", "--dir", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as face:
            assert face.stdout is not None
            for line in face.stdout:
                if "Back up the database: started" in line:
                    break
            assert len(processes_below(folder)) > 3
            # As a terminal does: to the whole foreground group.
            os.killpg(face.pid, signal.SIGINT)
            out, err = face.communicate(timeout=60)
        assert face.returncode == 130, out + err
        assert "Traceback" not in out + err
        # Supervisors go once nobody holds their pipes any more: a moment after who held them.
        wait_for(lambda: not processes_below(folder), "the end of all that was started")
        assert str(folder) in out


def test_a_deploy_that_succeeds_has_status_0_and_prints_every_line_of_its_scripts(bakery: Repository) -> None:
    done = bakery.cockpit("run", "docs/deploy.md", "--headless", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.strip() for line in done.stdout.splitlines() if "|" in line] == ["| hello from the step", "| looking"]
    assert done.stdout.splitlines()[-1].endswith(f"written: {bakery.log}")


def test_a_failing_step_has_status_1_and_names_its_line(bakery: Repository) -> None:
    (bakery.root / "broken").touch()
    done = bakery.cockpit("run", "docs/deploy.md", "--headless", "--yes")
    assert done.returncode == 1, done.stdout + done.stderr
    words = f"exit status 1 at line {FAILING_LINE}: test ! -e broken"
    assert words in done.stdout
    assert words in _section(bakery.log.read_text(), "Issues")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["docs/nothing.md", "--headless"], "docs/nothing.md: no such file"),
        (["docs/deploy.md", "--yes"], "--yes requires --headless"),
        (["docs/deploy.md", "--headless", "--at", "whenever"], "--at whenever: use 14:00"),
        (["docs/deploy.md", "--headless", "--ref", "no-such"], "--ref no-such"),
        (["docs/deploy.md", "--headless", "--emergency"], "--approved-by"),
        (["docs/deploy.md"], "no terminal here"),
    ],
)
def test_wrong_usage_has_status_2_opens_nothing_and_says_what_to_write(
    bakery: Repository, arguments: list[str], words: str
) -> None:
    done = bakery.cockpit("run", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not bakery.layout.folder.exists()


@pytest.mark.parametrize(
    ("text", "place"),
    [('runbook = "docs/deploy.md"\nbogus = 3\n', "2: bogus"), ('runbook = "docs/deploy.md"\nwatch = \n', "2: ")],
    ids=["unknown key", "not TOML"],
)
def test_settings_that_cannot_be_read_are_refused_with_their_line(bakery: Repository, text: str, place: str) -> None:
    settings = bakery.root / "cockpit.toml"
    settings.write_text(text)
    done = bakery.cockpit("run", "--headless", "--yes")
    assert done.returncode == 2
    assert f"{settings}:{place}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_deploy_of_the_environment_has_status_5_and_names_the_first(waiting: Repository) -> None:
    done = waiting.cockpit("run", "docs/deploy.md", "--headless", "--yes")
    assert done.returncode == 5
    assert f"cockpit attach {waiting.newest}" in done.stderr
    other = waiting.cockpit("run", "docs/deploy.md", "--headless", "--yes", "--env", "staging")
    assert other.returncode == 0, other.stdout + other.stderr


def test_status_has_1_while_a_person_is_needed_and_says_for_what(waiting: Repository) -> None:
    done = waiting.cockpit("status")
    assert done.returncode == 1
    assert "preflight, engine running" in done.stdout
    assert "verify and tick: Somebody looked" in done.stdout
    (told,) = json.loads(waiting.cockpit("status", "--json").stdout)
    assert told["deploy"] == waiting.newest
    assert told["engine"] is True


def test_the_engine_stays_when_its_face_was_killed(waiting: Repository) -> None:
    pid = waiting.state.engine_pid
    assert pid in processes_below(waiting.root)


def test_a_rollback_shows_its_commands_and_needs_yes(bakery: Repository) -> None:
    (bakery.root / "docs" / "deploy.md").write_text(RUNBOOK + "\n## Pre-flight\n- [ ] Somebody looked\n")
    with subprocess.Popen(
        [*COMMAND, "run", "docs/deploy.md", "--headless", "--accept-reading"],
        cwd=bakery.root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as face:
        wait_for(lambda: bakery.layout.journal.exists() and _opened(bakery), "an open deploy")
        shown = bakery.cockpit("rollback")
        assert shown.returncode == 4
        assert "    echo going back" in shown.stdout
        assert bakery.state.rollback is None
        done = bakery.cockpit("rollback", "--yes", "--reason", "it smokes")
        assert done.returncode == 3, done.stdout + done.stderr
        assert "| going back" in done.stdout
        assert face.wait(30) == 3
    assert "it smokes" in _section(bakery.log.read_text(), "Rollback")
    assert bakery.cockpit("rollback", "--yes").returncode == 4


def _opened(made: Repository) -> bool:
    from cockpit.client.session import open_deploys

    return bool(open_deploys(made.layout)) and made.state.plan is not None


def test_export_writes_the_record_in_every_format(bakery: Repository) -> None:
    assert bakery.cockpit("run", "docs/deploy.md", "--headless", "--yes").returncode == 0
    done = bakery.cockpit("export", "-o", "out")
    assert done.returncode == 0, done.stderr
    name = f"out/deploy-{bakery.newest}"
    assert [bakery.root / line for line in done.stdout.splitlines()] == [
        bakery.root / f"{name}.{kind}" for kind in ("md", "json", "svg")
    ]
    assert "Hand over: succeeded" in (bakery.root / f"{name}.md").read_text()
    record = json.loads((bakery.root / f"{name}.json").read_text())
    events = events_of(bakery.layout, bakery.newest)
    assert [event["seq"] for event in record["events"]] == [event.seq for event in events]
    svg = ElementTree.fromstring((bakery.root / f"{name}.svg").read_text())
    shown = "".join(svg.itertext()).replace("\xa0", " ")
    assert "bakery@" in shown
    assert "succeeded" in shown


def test_export_refuses_an_unknown_format_and_an_unknown_deploy(bakery: Repository) -> None:
    assert bakery.cockpit("export").returncode == 2
    assert bakery.cockpit("run", "docs/deploy.md", "--headless", "--yes").returncode == 0
    assert bakery.cockpit("export", "--format", "pdf").returncode == 2
    assert bakery.cockpit("export", "1999").returncode == 2


def test_outline_as_json_has_the_steps_and_the_way_back(bakery: Repository) -> None:
    done = bakery.cockpit("outline", "docs/deploy.md", "--json")
    assert done.returncode == 0, done.stderr
    json.loads(done.stdout)
    for words in ("Step 1: Say hello", "Step 2: Hand over", "The release before"):
        assert words in done.stdout


def test_init_writes_settings_that_run_can_read_and_does_not_write_over_them(bakery: Repository) -> None:
    done = bakery.cockpit("init", "docs/deploy.md")
    assert done.returncode == 0, done.stderr
    before = (bakery.root / "cockpit.toml").read_text()
    assert bakery.cockpit("init", "docs/deploy.md").returncode == 2
    assert (bakery.root / "cockpit.toml").read_text() == before
    ran = bakery.cockpit("run", "--headless", "--yes")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_schema_names_the_settings(bakery: Repository) -> None:
    done = bakery.cockpit("schema")
    assert done.returncode == 0
    assert {"runbook", "sources", "variables", "keys"} <= set(json.loads(done.stdout)["properties"])


def test_a_face_that_still_looks_at_a_closed_deploy_keeps_nobody_out(tmp_path: Path) -> None:
    with repository("# Baking\n\n## Steps\n\n```bash\necho baked\n```\n") as here:
        first = here.cockpit_until("run", "--headless", "--yes", until="deploy closed")
        try:
            # Its engine stays for a moment; the environment is free at once.
            again = here.cockpit("run", "--headless", "--yes")
            assert again.returncode == 0, again.stderr
        finally:
            first.kill()
            first.wait()


def test_a_placeholder_is_filled_from_the_command_line() -> None:
    runbook = "# Deploy\n\n## Deployment steps\n\n```bash\necho brought to <street name>\n```\n"
    with repository(runbook, "set") as made:
        said = made.cockpit("run", "docs/deploy.md", "--headless", "--yes", "--set", "street name=Baker Street 221")
        assert said.returncode == 0, said.stdout
        assert "| brought to Baker Street 221" in said.stdout
        said = made.cockpit("run", "docs/deploy.md", "--headless", "--yes", "--set", "street")
        assert said.returncode == 2
        assert "use NAME=VALUE" in said.stderr
