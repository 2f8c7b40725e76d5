"""How long a step typically takes: from the journal, the same script alone, and never in the way of an opening."""

import time
from pathlib import Path
from typing import Any

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.plan import Plan, Usual
from cockpit.history.durations import DEPLOYS, with_usual
from cockpit.paths import Layout
from tests.builders import START, Deploy, check, option, plan, step
from tests.past import keep, opened, shipped


def _plan(copy: str = "one", **more: Any) -> Plan:
    steps = (step("copy", digest=copy), step("ship", digest="s"))
    return plan(*steps, rollback=(option("back", step("undo", digest="u")),), **more)


def _usual(root: Path, made: Plan | None = None) -> dict[str, Usual]:
    return with_usual(made or _plan(), Layout(root)).usual


def test_it_is_the_median_over_the_deploys(tmp_path: Path) -> None:
    times = {"d1": 10.0, "d2": 30.0, "d3": 20.0}
    keep(tmp_path, **{name: shipped(_plan(), START, {"copy": taken, "ship": 5.0}) for name, taken in times.items()})
    found = with_usual(_plan(), Layout(tmp_path))
    assert found.usual == {"copy": Usual(20.0, 3), "ship": Usual(5.0, 3)}
    assert found.usual_whole == Usual(25.0, 3), "from entering the deploy phase to the end"


OTHERS: list[dict[str, Any]] = [{"copy": "two"}, {"title": "Another runbook"}, {"environment": "staging"}]


@pytest.mark.parametrize("other", OTHERS, ids=lambda one: next(iter(one)))
def test_another_script_runbook_or_environment_says_nothing(tmp_path: Path, other: dict[str, Any]) -> None:
    keep(tmp_path, d1=shipped(_plan(**other), START, {"copy": 10.0, "ship": 5.0}))
    assert "copy" not in _usual(tmp_path)
    assert ("ship" in _usual(tmp_path)) == ("copy" in other)


def test_what_failed_was_edited_or_went_on_in_the_middle_says_nothing(tmp_path: Path) -> None:
    deploy = opened(_plan(), START).run("copy").end("copy", "failed", seconds=1.0)
    deploy.run("copy", script="quicker\n").end("copy", seconds=2.0)
    deploy.run("ship").end("ship", "failed", seconds=3.0).run("ship", from_line=10).end("ship", seconds=4.0)
    keep(tmp_path, d1=deploy)
    assert _usual(tmp_path) == {}


def test_a_retry_from_the_top_counts_with_its_own_time(tmp_path: Path) -> None:
    deploy = opened(_plan(), START).run("copy").end("copy", "failed", seconds=1.0).run("copy").end("copy", seconds=9.0)
    keep(tmp_path, d1=deploy)
    assert _usual(tmp_path) == {"copy": Usual(9.0, 1)}


def test_a_script_with_placeholders_counts_whatever_they_were_filled_with(tmp_path: Path) -> None:
    made = plan(step("ship", body="release <commit-sha>\n", digest="s"))
    deploy = opened(made, START).do(c.GiveValue(name="commit-sha", value="abc")).run("ship").end("ship", seconds=7.0)
    keep(tmp_path, d1=deploy)
    assert _usual(tmp_path, made) == {"ship": Usual(7.0, 1)}


def test_a_check_and_a_way_back_have_their_usual_time_too(tmp_path: Path) -> None:
    made = plan(check("tests"), step("ship", digest="s"), rollback=(option("back", step("undo", digest="u")),))
    deploy = opened(made, START).run("tests").end("tests", seconds=3.0)
    back = c.StartRollback(option="back", confirmation="production", despite=True, reason="x")
    deploy.do(back).end("undo", seconds=8.0)
    keep(tmp_path, d1=deploy)
    assert _usual(tmp_path, made) == {"tests": Usual(3.0, 1), "undo": Usual(8.0, 1)}


def test_the_last_ten_deploys_count(tmp_path: Path) -> None:
    days = {f"d{n:02d}": shipped(_plan(), START + n * 86_400, {"copy": float(n), "ship": 1.0}) for n in range(15)}
    slow = {"copy": 99.0, "ship": 9.0}
    others = {f"x{n:02d}": shipped(_plan(title="x"), START + (20 + n) * 86_400, slow) for n in range(12)}
    keep(tmp_path, **days, **others)
    assert _usual(tmp_path)["copy"] == Usual(9.5, DEPLOYS)


def test_an_open_deploy_and_a_failed_one_count_by_their_steps_only(tmp_path: Path) -> None:
    half = shipped(_plan(), START, {"copy": 4.0}, outcome=None)
    keep(tmp_path, d1=half, d2=shipped(_plan(), START + 9, {"copy": 6.0}, outcome="failed"))
    found = with_usual(_plan(), Layout(tmp_path))
    assert (found.usual["copy"], found.usual_whole) == (Usual(5.0, 2), None)


def test_without_a_journal_or_with_a_broken_one_nothing_is_known_and_nothing_fails(tmp_path: Path) -> None:
    assert _usual(tmp_path) == {}
    layout = Layout(tmp_path)
    layout.make()
    layout.journal.write_bytes(b"this is no database, and long enough to be looked at" * 50)
    assert _usual(tmp_path) == {}


def test_events_of_a_newer_version_are_passed_over(tmp_path: Path) -> None:
    deploy = opened(_plan(), START).run("copy").end("copy", seconds=9.0)
    odd = e.UnknownEvent(kind="StepFinished", raw=b'{"type":"StepFinished","task":7}')
    deploy.events.append(e.Event(seq=deploy.state.seq + 1, at=START, by="x", body=odd))
    keep(tmp_path, d1=deploy)
    assert _usual(tmp_path) == {"copy": Usual(9.0, 1)}


def test_it_is_fast_where_many_deploys_measured_for_an_hour(tmp_path: Path) -> None:
    """Twelve of them with 2,000 samples each: what is not needed is not decoded."""
    samples = tuple(e.Sample(metric=f"m{n}", at=START, level="ok", value=1.0, detail="x" * 60) for n in range(6))
    deploys: dict[str, Deploy] = {}
    for number in range(12):
        deploy = shipped(_plan(), START + number, {"copy": 4.0}, outcome=None)
        deploy._add([e.MetricsSampled(samples=samples)] * 1000, "cockpit")
        deploys[f"d{number:02d}"] = deploy
    layout = keep(tmp_path, **deploys)
    began = time.process_time()
    assert with_usual(_plan(), layout).usual["copy"] == Usual(4.0, DEPLOYS)
    assert time.process_time() - began < 0.5, "17 ms of a processor, however busy the machine is"
