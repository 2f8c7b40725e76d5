"""`cockpit history` on a real journal and a real repository: the list, the figures, what is damaged or open."""

import json
import os
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cockpit.cli.main import cli
from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.plan import Plan
from cockpit.history import deploys as earlier
from cockpit.history.deploys import Readable
from cockpit.history.dora import Past
from cockpit.journal.sqlite import DeployRow
from tests.builders import Deploy, item, live, option, plan, rule, step
from tests.past import keep, opened

DAY = 86_400.0
NOW = time.time()


def _commit(root: Path, at: float) -> str:
    environment = {**os.environ, "GIT_COMMITTER_DATE": f"{int(at)} +0000", "GIT_AUTHOR_DATE": f"{int(at)} +0000"}
    who = ("-c", "user.name=ann", "-c", "user.email=ann@shop.example", "-c", "commit.gpgsign=false")
    commit = ("git", "-C", str(root), *who, "commit", "--quiet", "--allow-empty", "-m", "x")
    subprocess.run(commit, env=environment, check=True)
    said = subprocess.run(("git", "-C", str(root), "rev-parse", "HEAD"), check=True, capture_output=True, text=True)
    return said.stdout.strip()


def _plan(**more: Any) -> Plan:
    return plan(
        item("look"),
        step("copy", digest="c"),
        step("ship", digest="s"),
        live("watching", "watch", "watch"),
        rollback=(option("back", step("undo")),),
        metrics=(rule(), rule("health")),
        arm_task="ship",
        automatic=True,
        watch_seconds=30.0,
        countdown_seconds=5.0,
        **more,
    )


def _begun(at: float, **more: Any) -> Deploy:
    deploy = opened(_plan(**more), at).read(errors=0.1, health=1).tick("look").do(c.EnterPhase(phase="deploy"))
    deploy.run("copy")
    deploy.now += 30
    deploy.read(errors=0.1, health=1).end("copy", seconds=30.0).run("ship")
    deploy.now += 60
    return deploy


def _succeeded(at: float, **more: Any) -> Deploy:
    deploy = _begun(at, **more).read(errors=0.1, health=1).end("ship", seconds=60.0)
    for _ in range(40):
        deploy.later(1).read(errors=0.1, health=1)
    return deploy.do(c.CloseDeploy(outcome="succeeded"))


def _rolled_back(at: float, **more: Any) -> Deploy:
    """A trigger fires, the way back is done 6 s later, and health proves it in 2 s more."""
    deploy = _begun(at, **more).read(errors=9.0, health=1)
    for _ in range(5):
        deploy.later(1).read(errors=9.0, health=1)
    deploy.end("ship", "cancelled")
    deploy.now += 1
    deploy.end("undo", seconds=1.0)
    while deploy.state.closed is None:
        deploy.later(1).read(errors=0.1, health=1)
    assert deploy.state.closed == "rolled back"
    return deploy


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    subprocess.run(("git", "init", "--quiet", str(tmp_path)), check=True)
    (tmp_path / "cockpit.toml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return tmp_path


def _history(*arguments: str, status: int = 0) -> Result:
    done = CliRunner().invoke(cli, ["history", *arguments])
    assert done.exit_code == status, done.output
    return done


def _json(*arguments: str) -> dict[str, Any]:
    shape: dict[str, Any] = json.loads(_history(*arguments, "--json").stdout)
    return shape


def test_deploys_and_figures_from_the_journal_and_git(shop: Path) -> None:
    old, new = _commit(shop, NOW - 40 * DAY), _commit(shop, NOW - 21 * DAY)
    newer = [_commit(shop, NOW - 14 * DAY - hours * 3600) for hours in (4, 2)][-1]
    keep(
        shop,
        d1=_succeeded(NOW - 20 * DAY, commit=new, current_commit=old),
        d2=_succeeded(NOW - 14 * DAY, commit=newer, current_commit=new),
        d3=_rolled_back(NOW - 7 * DAY, commit=newer, current_commit=new),
        d4=_begun(NOW - DAY).end("ship", "failed").do(c.CloseDeploy(outcome="failed", reason="no room")),
        d5=_begun(NOW - 600),
    )
    told = _json()
    assert [one["id"] for one in told["deploys"]] == ["d5", "d4", "d3", "d2", "d1"]
    assert [one["outcome"] for one in told["deploys"]] == [None, "failed", "rolled back", "succeeded", "succeeded"]
    third = told["deploys"][2]
    assert third["why"].startswith("trigger: errors 9 % > 5 %")
    assert third["restore_seconds"] == 8.0
    (figures,) = told["figures"]
    assert figures["deployment_frequency"]["of"] == 2
    assert (figures["change_failure_rate"]["value"], figures["change_failure_rate"]["of"]) == (0.5, 4)
    assert (figures["time_to_restore"]["value"], figures["time_to_restore"]["unknown"]) == (8.0, 1)
    assert figures["lead_time_for_changes"]["of"] == 3
    assert figures["lead_time_for_changes"]["value"] == pytest.approx(4 * 3600 + 90, abs=2)
    assert [(one["task"], one["usual_seconds"]) for one in figures["steps"]] == [("copy", 30.0), ("ship", 60.0)]
    said = _history().stdout
    for words in ("rolled back", "no room", "open for", "deployment frequency", "typically 30 s", "● succeeded"):
        assert words in said


def test_ascii_means_ascii(shop: Path) -> None:
    keep(shop, d1=_succeeded(NOW - 2 * DAY, commit="a" * 40, current_commit="b" * 40), d2=_rolled_back(NOW - DAY))
    said = _history("--ascii").stdout
    assert said.isascii()
    assert "bbbbbbb -> aaaaaaa" in said
    assert "o succeeded" in said


def test_the_list_is_cut_and_the_figures_are_not(shop: Path) -> None:
    keep(shop, **{f"d{n}": _succeeded(NOW - n * DAY) for n in range(1, 6)})
    told = _json("--limit", "2")
    assert len(told["deploys"]) == 2
    assert told["figures"][0]["deployment_frequency"]["of"] == 5
    assert "and 3 older" in _history("--limit", "2").stdout


def test_what_is_neither_listed_nor_counted_is_not_read(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cockpit.cli.history.CHARTED", 1)
    keep(shop, **{f"d{n}": _succeeded(NOW - n * 5 * DAY) for n in range(1, 6)})
    read: list[str] = []
    past_of = earlier.past_of

    def noted(journal: Readable, row: DeployRow) -> Past:
        read.append(row.id)
        return past_of(journal, row)

    monkeypatch.setattr(earlier, "past_of", noted)
    told = _history("--limit", "1", "--weeks", "2").stdout
    assert read == ["d1", "d2"]  # the others are older than two weeks, and not in the list
    assert "and 4 older" in told
    assert "in 2 weeks" in told  # they still say how far back the record goes


def test_environments_are_never_mixed(shop: Path) -> None:
    keep(shop, d1=_succeeded(NOW - DAY), d2=_rolled_back(NOW - DAY, environment="staging"))
    rates = {one["environment"]: one["change_failure_rate"]["value"] for one in _json()["figures"]}
    assert rates == {"production": 0.0, "staging": 1.0}
    assert [one["id"] for one in _json("--env", "staging")["deploys"]] == ["d2"]
    assert "no deploys there; known" in _history("--env", "prod", status=2).output


def test_without_a_deploy_there_is_nothing_to_tell(shop: Path) -> None:
    assert "no deploys yet" in _history().stdout
    assert _json() == {"deploys": [], "figures": []}


def test_a_damaged_record_is_named_and_the_others_are_told(shop: Path) -> None:
    layout = keep(shop, d1=_succeeded(NOW - 3 * DAY), d2=_succeeded(NOW - 2 * DAY), d3=_succeeded(NOW - DAY))
    with sqlite3.connect(layout.journal) as database:
        database.execute("UPDATE events SET body=? WHERE deploy='d1' AND seq=1", (b"{garbage",))
        database.execute("DELETE FROM events WHERE deploy='d2' AND seq > 5")
    damage = {one["id"]: one["damage"] for one in _json()["deploys"]}
    assert "event 1 cannot be read" in damage["d1"]
    assert "the record is truncated" in damage["d2"]
    assert damage["d3"] is None
    assert "DAMAGED: the record is truncated" in _history().stdout


def test_a_journal_that_is_none_is_an_error_that_says_what_to_do(shop: Path) -> None:
    layout = keep(shop, d1=_succeeded(NOW - DAY))
    layout.journal.write_bytes(b"not a database at all, and long enough for a header" * 40)
    assert "cockpit recover" in _history(status=1).output


def test_names_drive_no_terminal(shop: Path) -> None:
    deploy = _begun(NOW - DAY).end("ship", "failed")
    deploy.do(c.CloseDeploy(outcome="failed", reason="\x1b[31mred\x07 and\nmore"))
    keep(shop, d1=deploy)
    said = _history().stdout
    assert "red and more" in said
    assert "\x1b" not in said
    assert "\x07" not in said


def test_two_hundred_deploys_of_an_hour_are_all_listed(shop: Path) -> None:
    samples = tuple(e.Sample(metric=f"m{n}", at=NOW, level="ok", value=1.0, detail="x" * 60) for n in range(6))
    deploy = _succeeded(NOW - DAY)
    deploy._add([e.MetricsSampled(samples=samples)] * 200, "cockpit")
    keep(shop, **{f"d{n:03d}": deploy for n in range(200)})
    assert len(_json("--limit", "500")["deploys"]) == 200
