"""The ready metrics: what a measure brings, whatever the metric is called, and how long a value counts as fresh."""

from typing import Any

import pytest

from cockpit.deploy.plan import MetricRule
from cockpit.planning.presets import metric_rules, problems_of
from cockpit.settings.load import Settings


def _rules(source: dict[str, Any], **metrics: dict[str, Any]) -> dict[str, MetricRule]:
    given = {name: {"source": "it", **table} for name, table in metrics.items()}
    settings = Settings.model_validate({"sources": {"it": source}, "metrics": given})
    assert problems_of(settings) == []
    return {rule.name: rule for rule in metric_rules(settings)}


def test_a_health_source_measures_health_in_up_and_latency_in_seconds() -> None:
    rules = _rules({"type": "health"}, latency={}, slow={"options": {"measure": "latency"}, "breach": "2 s"}, it={})
    assert {name: (rule.unit, rule.judged) for name, rule in rules.items()} == {
        "health": ("up", True),
        "latency": ("s", False),
        "slow": ("s", True),
        "it": ("up", True),
    }
    assert (rules["slow"].for_seconds, rules["slow"].failures, rules["it"].failures) == (15, 1, 3)


@pytest.mark.parametrize(
    ("kind", "name", "unit", "watch", "alert", "top"),
    [
        ("pgbouncer", "pool", "%", 80, None, 200),
        ("pgbouncer", "max_wait", "s", None, None, None),
        ("postgres", "longest_transaction", "s", None, None, None),
        ("postgres", "replication_lag", "s", None, None, None),
        ("host", "disk", "%", 80, 90, 100),
        ("host", "load", "%", 80, 90, 100),
        ("prometheus", "p50", "s", None, None, 12),
        ("prometheus", "p90", "s", None, None, 12),
        ("openmetrics", "p99", "s", None, None, 12),
        ("health", "latency", "s", None, None, None),
    ],
)
def test_a_measure_has_its_unit_and_decides_nothing_by_itself(
    kind: str, name: str, unit: str, watch: float | None, alert: float | None, top: float | None
) -> None:
    rule = _rules({"type": kind}, **{name: {}})[name]
    assert (rule.unit, rule.watch, rule.alert, rule.top) == (unit, watch, alert, top)
    assert (rule.breach, rule.judged) == (None, False)


def test_a_measure_under_another_name_has_its_preset_and_its_own_label() -> None:
    rules = _rules({"type": "host"}, var={"options": {"measure": "disk", "path": "/var"}}, root={"label": "disk of /"})
    assert (rules["var"].unit, rules["var"].watch, rules["var"].label) == ("%", 80, "var")
    assert (rules["root"].unit, rules["root"].label) == ("", "disk of /")


@pytest.mark.parametrize(("breach", "top"), [("150 %", 180), ("95 %", 100), ("5 %", 10)])
def test_the_scale_reaches_above_the_breach(breach: str, top: float) -> None:
    rule = _rules({"type": "pgbouncer"}, pool={"watch": "1 %", "breach": breach})["pool"]
    assert rule.top == pytest.approx(top)


@pytest.mark.parametrize(
    ("source", "over", "stale"),
    [
        ({"type": "openmetrics"}, {}, 15),
        ({"type": "openmetrics", "interval": "10s"}, {}, 30),
        ({"type": "prometheus"}, {}, 60),
        ({"type": "prometheus", "interval": "30s"}, {}, 90),
        ({"type": "prometheus"}, {"stale": "45s"}, 45),
        ({"type": "openmetrics", "interval": "30s"}, {"stale": "10s"}, 10),
    ],
)
def test_a_value_is_fresh_for_three_reads_and_prometheus_has_a_minute(
    source: dict[str, Any], over: dict[str, Any], stale: float
) -> None:
    assert _rules(source, errors=over)["errors"].stale_seconds == stale


def test_an_expected_baseline_that_a_level_cannot_be_told_from_is_refused() -> None:
    settings = Settings.model_validate(
        {
            "sources": {"app": {"type": "openmetrics", "url": "http://localhost:1/metrics"}},
            "metrics": {
                "errors": {"watch": "1x baseline", "alert": "2x baseline", "breach": "3x baseline", "baseline": 0}
            },
        }
    )
    assert any("so breach 3x baseline means nothing" in words for _, words in problems_of(settings))


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"metrics": {"cpu": {"interval": "7s"}}}, "metrics.cpu.interval: its source is polled for all metrics"),
    ({"metrics": {"cpu": {"min_samples": 5}}}, "a host source does not count observations"),
    ({"tasks": {"x": {"timeout": 0}}}, "tasks.x.timeout: 0 ends every run immediately"),
    ({"gates": {"g": {"metrics": ["cpu"], "count": 3, "failure_limit": 3}}}, "failure_limit = 3 has no effect"),
    (
        {"gates": {"g": {"metrics": ["cpu"], "count": 3, "consecutive_success_limit": 4}}},
        "consecutive_success_limit = 4",
    ),
]


@pytest.mark.parametrize(("tables", "words"), REFUSED)
def test_what_would_do_nothing_is_refused(tables: dict[str, Any], words: str) -> None:
    settings = Settings.model_validate({"sources": {"here": {"type": "host"}}, **tables})
    assert any(words in said for _, said in problems_of(settings)), problems_of(settings)
