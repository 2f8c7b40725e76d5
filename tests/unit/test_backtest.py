"""Recorded samples through the same judge: what would have fired, when, and why."""

import json
from pathlib import Path
from typing import Any

import pytest

from cockpit.cli.backtest import in_words, run_backtest
from cockpit.cli.samples import BacktestError, read_samples
from cockpit.deploy.backtest import Backtest, backtest
from cockpit.deploy.plan import Gate, Relative
from tests.builders import rule
from tests.unit.deploy.test_triggers import SERIES, fires_at, reading
from tests.unit.deploy.test_triggers import deploy as armed_deploy

NOON = 1_000_000_000.0


def recorded(series: str, every: float = 5.0) -> Any:
    return [reading(NOON + number * every, token) for number, token in enumerate(series.split())]


@pytest.mark.parametrize(("given_rule", "series", "expected"), SERIES)
def test_it_fires_where_the_deploy_would(given_rule: dict[str, Any], series: str, expected: int | None) -> None:
    one = rule("errors", **given_rule)
    base = given_rule.get("expected")
    if isinstance(one.breach, Relative) and base is None:
        pytest.skip("here a baseline is measured first")
    found = backtest((one,), (), recorded(series))
    assert (found.fired[0].t if found.fired else None) == (None if expected is None else NOON + expected * 5)
    if expected is not None:
        assert found.fired[0].reason == fires_at(armed_deploy(one), series)[1]


def test_one_stretch_of_trouble_fires_once_and_the_next_one_again() -> None:
    found = backtest((rule("errors"),), (), recorded("1 6 7 8 1 1 9 9"))
    assert [one.t - NOON for one in found.fired] == [5, 30]
    assert [(one.t - NOON, one.level) for one in found.levels["errors"]] == [
        (0, "ok"), (5, "breach"), (20, "ok"), (30, "breach"),
    ]  # fmt: skip
    assert found.counts == {"errors": {"ok": 3, "breach": 5}}


def test_a_baseline_is_measured_first_where_a_level_needs_one() -> None:
    one = rule("errors", watch=None, alert=None, breach=Relative(2.0))
    found = backtest((one,), (), recorded(" ".join(["1"] * 13 + ["1.9", "2.1"])), baseline_seconds=60.0)
    assert found.baseline == {"errors": 1.0}
    assert [round(one.t - NOON) for one in found.fired] == [70]


def test_a_metric_that_falls_silent_is_noticed_by_the_others_time() -> None:
    readings = recorded("1 1")
    others = [type(readings[0])(metric="p95", at=NOON + at, value=0.1) for at in range(0, 60, 5)]
    found = backtest((rule("errors"), rule("p95", unit="s")), (), sorted([*readings, *others], key=lambda one: one.at))
    assert found.levels["errors"][-1].level == "no data"
    assert "no sample for" in found.levels["errors"][-1].reason


GATE = Gate(name="canary", metrics=("errors",), count=3, interval_seconds=10.0)


@pytest.mark.parametrize(
    ("series", "verdict", "at"),
    [
        ("1 1 1 1 1 1", "passed", 20),
        ("1 1 9 9 9 9", "failed", 10),
        ("1 - - - - -", "inconclusive", 10),
        ("1 1", "running", 5),
        # A measurement that is due with the last sample counts.
        ("1 1 1 1 1", "passed", 20),
        ("1 1 1 1", "running", 15),
        ("9 1 1 1 1 1", "failed", 0),
    ],
)
def test_gates_measure_in_their_interval(series: str, verdict: str, at: float) -> None:
    (end,) = backtest((rule("errors"),), (GATE,), recorded(series)).gates
    assert (end.name, str(end.verdict)) == ("canary", verdict)
    assert end.t - NOON == pytest.approx(at)


def test_metrics_without_a_rule_are_named() -> None:
    found = backtest((rule("errors"),), (), [reading(NOON, "1"), type(reading(NOON, "1"))(metric="odd", at=NOON)])
    assert found.unknown == ["odd"]
    assert "not judged, no rule: odd" in in_words(found)


def test_nothing_recorded_is_nothing_found() -> None:
    assert backtest((rule("errors"),), (GATE,), []) == Backtest()


def _file(folder: Path, *lines: object) -> Path:
    path = folder / "samples.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n")
    return path


def test_every_form_of_time_and_value_is_read_and_put_in_order(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        {"t": "2001-09-09T01:46:45Z", "metric": "errors", "value": "NaN"},
        {"t": NOON, "metric": "errors", "value": 1},
        {"t": NOON + 10, "metric": "errors", "value": None, "error": "refused"},
        "",
        {"t": "2001-09-09T03:46:41+02:00", "metric": "errors", "value": 2.5, "samples": 7},
    )
    found = read_samples(path)
    assert [one.at - NOON for one in found] == [0, 1, 5, 10]
    assert [one.error for one in found] == ["", "", "", "refused"]
    assert found[1].samples == 7
    assert found[2].value != found[2].value


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", ":2: not a JSON object"),
        ("[1]", ":2: not a JSON object"),
        ('{"t": 1, "value": 1}', ':2: "metric" is missing'),
        ('{"t": "noon", "metric": "errors"}', ":2: \"t\" is 'noon'"),
        ('{"t": "2026-11-22T14:00:00", "metric": "errors"}', "RFC 3339 with a zone"),
        ('{"t": true, "metric": "errors"}', ':2: "t" is True'),
        ('{"metric": "errors"}', ':2: "t" is None'),
        ('{"t": 1, "metric": "errors", "value": "many"}', ":2: \"value\" is 'many'"),
        ('{"t": 1, "metric": "errors", "value": [1]}', ':2: "value" is [1]'),
    ],
)
def test_a_line_that_makes_no_sense_is_named(tmp_path: Path, line: str, words: str) -> None:
    path = _file(tmp_path, {"t": 1, "metric": "errors", "value": 1}, line)
    with pytest.raises(BacktestError) as caught:
        read_samples(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


def test_the_command_gives_json_and_an_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "cockpit.toml"
    config.write_text('[metrics.errors]\nfor = "5s"\n')
    path = _file(tmp_path, *({"t": NOON + at, "metric": "errors", "value": 9} for at in range(0, 30, 5)))
    assert run_backtest(str(path), config, as_json=True) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["fired"] == [
        {"t": NOON + 5, "metric": "errors", "reason": "errors 9 % > 5 % for 5 s (2 of 2 samples: 9 %, 9 %)"}
    ]
    assert told["gates"] == []
    assert told["levels"]["errors"][0]["level"] == "breach"
    quiet = _file(tmp_path, {"t": NOON, "metric": "errors", "value": 1})
    assert run_backtest(str(quiet), config, as_json=False) == 0
    assert "nothing would have fired" in capsys.readouterr().out
    assert run_backtest(str(_file(tmp_path, "{")), config, as_json=False) == 2
    assert ":1: not a JSON object" in capsys.readouterr().err
