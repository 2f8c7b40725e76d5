"""Checks that the measurements answer: pass only where everything they name is known and good."""

import pytest
from msgspec import structs

from cockpit.deploy import commands as c
from cockpit.deploy.builtin_checks import measure
from cockpit.deploy.plan import Relative
from tests.builders import Deploy, item, live, rule, step

WEB = rule("web", unit="up", watch=None, alert=None, breach=None)
ALL = (rule("health"), WEB, rule("errors"), rule("p95", unit="ms"))


def _said(builtin: str, **values: float | str | None) -> tuple[str, str]:
    task = live("it", builtin)
    deploy = Deploy.of(task, item("x"), metrics=ALL).read(**values)
    found = measure(deploy.state, task, deploy.now)
    assert found is not None
    return found


SAID: list[tuple[str, dict[str, float | str | None], str, str]] = [
    ("health", {"health": 1, "web": 1}, "pass", "health up; web up"),
    ("health", {"health": 1, "web": 1, "errors": 9.0}, "pass", "health up; web up"),
    ("health", {"health": 1, "web": 0}, "fail", "health up; web down"),
    ("health", {"health": 0, "web": None}, "fail", "health down; web: no data, the source returned no value"),
    ("health", {"health": 1, "web": "refused"}, "unknown", "health up; web: error, refused"),
    ("health", {"health": 1}, "unknown", "health up; web: no sample yet"),
    ("metric:errors", {"errors": 1.5, "health": 0}, "pass", "errors 1.5 %"),
    ("metric:errors", {"errors": 3.0}, "fail", "errors 3 %"),
    ("metric:errors", {"errors": 9.0}, "fail", "errors 9 %"),
    ("metric:errors", {"errors": None}, "unknown", "errors: no data, the source returned no value"),
    ("metric:other", {}, "unknown", "no metric named 'other'; known: health, web, errors, p95"),
    ("gate:canary", {}, "unknown", "no 'gate:canary'; add a table to [gates] in cockpit.toml; known: none"),
    ("metrics", {"health": 1, "web": 0, "errors": 1, "p95": 1}, "pass", "4 of 4 metrics report"),
    ("metrics", {"health": 1, "web": 1, "errors": 1}, "unknown", "p95: no sample yet"),
]


@pytest.mark.parametrize(("builtin", "values", "verdict", "words"), SAID)
def test_a_live_check_says_what_it_saw(
    builtin: str, values: dict[str, float | str | None], verdict: str, words: str
) -> None:
    assert _said(builtin, **values) == (verdict, words)


@pytest.mark.parametrize(
    ("builtin", "words"),
    [
        ("health", "no health endpoint configured; add one to [sources] in cockpit.toml"),
        ("metrics", "no metric source configured"),
        ("metric:errors", "no metric named 'errors'; known: none"),
        ("watched", "no watch is configured"),
        ("log", "the deploy log has not been written yet"),
    ],
)
def test_where_nothing_is_set_up_nothing_passes(builtin: str, words: str) -> None:
    task = live("it", builtin)
    assert measure(Deploy.of(task, item("x")).state, task, 0.0) == ("unknown", words)


def test_an_endpoints_own_words_stand_for_its_value() -> None:
    task = live("it", "health")
    deploy = Deploy.of(task, metrics=(rule("health"), rule("errors")))
    readings = tuple(
        c.Reading(metric=name, at=deploy.now, value=1, detail="200 in 31 ms") for name in ("health", "errors")
    )
    deploy.do(c.RecordReadings(readings=readings))
    assert measure(deploy.state, task, deploy.now) == ("pass", "health 200 in 31 ms")
    assert measure(deploy.state, live("it", "metric:errors"), deploy.now) == ("pass", "errors 1 %")


def test_levels_that_contradict_the_measured_baseline_fail_the_check_of_the_metrics() -> None:
    task = live("it", "metrics")
    errors = rule("errors", watch=1.0, alert=Relative(times=2.0), breach=5.0)
    deploy = Deploy.of(task, item("x"), metrics=(errors,))
    for _ in range(3):
        deploy.later(1).read(errors=0.1)
    verdict, words = measure(deploy.state, task, deploy.now) or ("", "")
    assert verdict == "fail"
    assert words.startswith("errors: alert 0.2 %")
    fine = Deploy.of(task, item("x"), metrics=(errors,)).read(errors=0.1)
    said = "errors: measuring the baseline (0 s of 1 min, 1 value)"
    assert measure(fine.state, task, fine.now) == ("unknown", said), "not known yet"


def _watched(deploy: Deploy) -> tuple[str, str]:
    return measure(deploy.state, live("it", "watched", "close"), deploy.now) or ("", "")


def test_what_became_of_the_watch_is_asked_after_it() -> None:
    def made() -> Deploy:
        tasks = (step("go"), live("watching", "watch", "watch"), live("seen", "watched", "close"))
        return Deploy.of(*tasks, metrics=(rule(),), watch_seconds=10.0).read(errors=0.1).passed("go")

    assert _watched(made()) == ("unknown", "the watch is not over")
    passed = made().later(10)
    assert _watched(passed) == ("pass", "healthy for 10 s: errors 0.1 %")
    assert passed.status("seen") == "pass"
    assert _watched(made().later(1).read(errors=9)) == ("fail", "errors 9 % > 5 %")
    waived = made().do(c.WaiveItem(task="watching", reason="late"))
    assert _watched(waived) == ("fail", "the watch was waived: late")


@pytest.mark.parametrize(
    ("title", "verdict"),
    [
        ("Monitor metrics for 1 hour", "unknown"), ("Monitor metrics for the first hour", "unknown"),
        ("Watch the dashboards for 30 minutes", "unknown"), ("Watched for an hour", "unknown"),
        ("Monitor metrics for 0.1 minutes", "pass"), ("The watch went by", "pass"), ("⟦hold⟧ releases it", "pass"),
    ],
)  # fmt: skip
def test_a_watch_that_was_shorter_than_the_item_asks_for_is_no_pass(title: str, verdict: str) -> None:
    tasks = (step("go"), live("watching", "watch", "watch"))
    deploy = Deploy.of(*tasks, metrics=(rule(),), watch_seconds=10.0).read(errors=0.1).passed("go").later(10)
    asking = structs.replace(live("it", "watched", "close"), title=title)
    said = measure(deploy.state, asking, deploy.now)
    assert said is not None
    assert said[0] == verdict, said
    if verdict == "unknown":
        assert said[1].startswith("watched for 10 s, but the item asks for ")


def test_a_log_that_is_written_is_named_by_its_files() -> None:
    deploy = Deploy.of(item("x")).do(c.RecordExport(paths=("/srv/logs/d1.md", "d1.json")))
    assert measure(deploy.state, live("it", "log"), deploy.now) == ("pass", "written: d1.md, d1.json")
