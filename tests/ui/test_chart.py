"""The zoomed chart: it fills its place, and says what stands behind the value."""

from typing import Any

import msgspec
import pytest

from cockpit.deploy.commands import Reading
from cockpit.deploy.events import Sample
from cockpit.deploy.marks import Mark
from cockpit.deploy.metrics.chart import prepare
from cockpit.deploy.metrics.judge import judge
from tests.builders import START, Deploy, item, rule
from widgets.dialogs.chart import behind, drawn


@pytest.mark.parametrize("size", [(74, 16), (30, 8), (190, 50)])
@pytest.mark.parametrize("values", [(0.0,), (0.2, 9.0, None, 0.2), (1e6, 3.0)])
def test_the_picture_has_its_size_and_its_levels_in_words(size: tuple[int, int], values: Any) -> None:
    deploy = Deploy.of(item("look"), metrics=(rule(top=10.0),))
    for value in values:
        deploy.later(1).read(errors=value)
    moments = (Mark(START + 1, "D", "deploy"), Mark(START + 2, "1", "first"))
    chart = prepare(rule(top=10.0), deploy.state.metrics["errors"], moments)
    assert chart is not None
    lines = drawn(chart, *size).rstrip("\n").split("\n")
    assert len(lines) == size[1]
    assert max(map(len, lines)) <= size[0]
    assert "D" in lines[0]
    assert any("breach 5 %" in line for line in lines) or chart.top > 1000


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({}, ""),
        ({"window_seconds": 60.0, "samples": 412, "detail": "412 requests in 60 s"}, "window 1 min, 412 requests"),
        ({"window_seconds": 2.0, "samples": 0}, "window 2 s, 0 samples"),
        ({"window_seconds": 60.0, "detail": "web-1, load 0.20\n on 2"}, "window 1 min, web-1, load 0.20 on 2"),
        ({"detail": "61 of 97 connections"}, "61 of 97 connections"),
    ],
)
def test_what_stands_behind_a_value(known: dict[str, Any], words: str) -> None:
    sample = judge(rule(), Reading(metric="errors", at=START, value=0.1, **known), START)
    assert behind(sample) == words


def test_a_sample_of_an_older_journal_has_no_window() -> None:
    old = msgspec.json.decode(b'{"metric": "errors", "at": 1.0, "level": "ok", "value": 2}', type=Sample)
    assert (old.samples, old.window_seconds) == (None, None)
