"""Which Prometheus, and which time, a backtest asks for."""

from pathlib import Path
from typing import Any

import pytest

from cockpit.cli.samples import BacktestError, Range, range_of, samples_of_prometheus, with_prometheus
from cockpit.planning.presets import metric_rules
from cockpit.settings.load import Settings
from cockpit.text.times import parse_past

URL = "http://prom:9090"
NOW = 1_795_000_000.0


def _settings(**sources: dict[str, Any]) -> Settings:
    return Settings.model_validate({"sources": sources})


def test_the_source_of_the_settings_is_asked_at_the_other_address() -> None:
    one = {"type": "prometheus", "url": "http://other", "job": "web", "interval": "5s"}
    settings, name = with_prometheus(_settings(prom=one, web={"type": "health"}), URL)
    assert (name, settings.sources["prom"].interval) == ("prom", 5)
    assert settings.sources["prom"].options() == {"url": URL, "job": "web", "timeout": "60s"}
    own = with_prometheus(_settings(prom={**one, "timeout": "5s"}), URL)[0]
    assert own.sources["prom"].options()["timeout"] == "5s"


def test_without_one_the_usual_metrics_are_asked_for() -> None:
    settings, name = with_prometheus(_settings(), URL)
    assert [rule.name for rule in metric_rules(settings) if rule.source == name] == ["errors", "p95"]


def test_of_several_the_one_with_that_address() -> None:
    first, second = {"type": "prometheus", "url": "http://other"}, {"type": "prometheus", "url": f"{URL}/"}
    assert with_prometheus(_settings(a=first, b=second), URL)[1] == "b"
    with pytest.raises(BacktestError, match="several"):
        with_prometheus(_settings(a=first, b=second), "http://third")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Range(URL, 10, 10, 1), "--from must be before --to"),
        (Range(URL, 0, 10, 0), "--step 0 s"),
        (Range(URL, 0, 1e9, 1), "at most 200,000 steps"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(asked: Range, words: str, tmp_path: Path) -> None:
    settings, name = with_prometheus(_settings(), URL)
    with pytest.raises(BacktestError, match=words):
        samples_of_prometheus(settings, name, (), asked, tmp_path)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("now", NOW),
        ("-2h", NOW - 7200),
        ("1794000000", 1_794_000_000),
        ("1794000000.5", 1_794_000_000.5),
        ("2026-11-17T14:00:00Z", 1_794_924_000),
        ("2026-11-17T15:00:00+01:00", 1_794_924_000),
    ],
)
def test_a_time_that_is_over(text: str, at: float) -> None:
    assert parse_past(text, NOW) == at


def test_a_time_of_day_is_the_last_one() -> None:
    for text in ("00:00", "12:00", "23:59"):
        assert NOW - 86_400 <= parse_past(text, NOW) <= NOW


@pytest.mark.parametrize(
    ("begin", "end", "step", "words"),
    [
        ("yesterday", "now", "15s", "--from yesterday: use"),
        ("-2h", "25:00", "15s", "--to 25:00: use"),
        ("-2h", "now", "often", "--step: 'often' is not a duration"),
    ],
)
def test_what_cannot_be_read_names_its_option(begin: str, end: str, step: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        range_of(URL, begin, end, step)


def test_the_options_become_a_range() -> None:
    asked = range_of(URL, "1794000000", "2026-11-17T14:00:00Z", "1m")
    assert asked == Range(URL, 1_794_000_000, 1_794_924_000, 60)
