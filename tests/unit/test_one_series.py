"""One name is one series: two sources never take turns under it."""

from pathlib import Path
from typing import Any

import pytest

from cockpit.engine.config.environment import Environment
from cockpit.engine.effects.sources import build_source
from cockpit.opening.deploy import check_metrics
from cockpit.planning.presets import metric_rules, metrics_of, options_of, problems_of
from cockpit.settings.load import Settings, SettingsError

SHOP = {"type": "openmetrics", "url": "http://127.0.0.1:1/shop"}
WORKER = {"type": "openmetrics", "url": "http://127.0.0.1:1/worker"}


def made(metrics: dict[str, Any] | None = None, **sources: dict[str, Any]) -> Settings:
    return Settings.model_validate({"sources": sources, "metrics": metrics or {}})


def problems(settings: Settings) -> list[str]:
    return [words for _, words in problems_of(settings)]


def test_two_sources_that_bring_the_same_are_an_error_that_says_what_to_do() -> None:
    (words,) = problems(made(shop=SHOP, worker=WORKER))
    assert words.startswith(
        "sources.worker: [sources.shop] already provides errors, p95, and a name can only have one series;"
    )
    for remedy in ('prefix = "worker."', "metrics = [...]", "one source with both addresses"):
        assert remedy in words


@pytest.mark.parametrize(
    ("worker", "metrics", "wrong"),
    [
        ({}, {}, True),
        ({"prefix": "worker."}, {}, False),
        ({"metrics": []}, {}, False),
        ({"metrics": ["p99"]}, {}, False),
        ({"metrics": ["p99", "errors"]}, {}, True),
        ({"type": "prometheus"}, {}, True),
        # one of the two is moved, the other still comes twice
        ({}, {"errors": {"source": "shop"}}, True),
        ({}, {"errors": {"source": "shop"}, "p95": {"source": "worker"}}, False),
    ],
)
def test_what_is_twice(worker: dict[str, Any], metrics: dict[str, Any], wrong: bool) -> None:
    assert bool(problems(made(metrics, shop=SHOP, worker={**WORKER, **worker}))) == wrong


def test_opening_and_check_refuse_it_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "cockpit.toml"
    path.write_text('[sources.shop]\ntype = "host"\n\n[sources.worker]\ntype = "host"\n')
    with pytest.raises(SettingsError) as caught:
        check_metrics(path, made(shop={"type": "host"}, worker={"type": "host"}))
    ((line, words),) = caught.value.problems
    assert line == 4
    assert "already provides cpu, memory" in words


def test_a_prefixed_name_has_the_levels_of_what_it_measures() -> None:
    settings = made(shop=SHOP, worker={**WORKER, "prefix": "worker."})
    rules = {rule.name: rule for rule in metric_rules(settings)}
    assert list(rules) == ["errors", "p95", "worker.errors", "worker.p95"]
    assert (rules["worker.errors"].breach, rules["worker.errors"].unit) == (5, "%")
    assert rules["worker.errors"].label == "worker.errors"
    assert options_of(settings, "worker", "worker.errors") == {"measure": "errors"}
    source = build_source(settings, "worker", Environment({}))
    assert source.units == {"worker.errors": "%", "worker.p95": "s"}  # type: ignore[attr-defined]


def test_a_prefix_leaves_a_question_of_its_own_alone() -> None:
    own = {"worker.jobs": {"source": "worker", "options": {"metric": "jobs_total", "kind": "rate"}}}
    settings = made(own, worker={**WORKER, "prefix": "worker."})
    assert metrics_of(settings, "worker") == ("worker.errors", "worker.p95", "worker.jobs")
    assert options_of(settings, "worker", "worker.jobs") == {"metric": "jobs_total", "kind": "rate"}


def test_ready_metrics_that_are_not_wanted_are_dropped() -> None:
    own = {"jobs": {"source": "worker", "options": {"metric": "jobs_total", "kind": "rate"}}}
    assert metrics_of(made(own, worker={**WORKER, "metrics": []}), "worker") == ("jobs",)
    assert metrics_of(made(worker={**WORKER, "metrics": ["p99"]}), "worker") == ("p99",)


def test_health_sources_have_names_of_their_own_as_before_and_prefixes_where_they_are_given() -> None:
    health = {"type": "health", "url": "http://127.0.0.1:1/"}
    assert problems(made(web=health, api=health)) == []
    settings = made(web=health, api={**health, "prefix": "api."})
    assert metrics_of(settings, "api") == ("api.health",)
    assert [rule.unit for rule in metric_rules(settings)] == ["up", "up"]
