"""The past of a real Prometheus: what the source would have read then, and what the triggers would have done."""

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cockpit.cli.backtest import run_backtest
from cockpit.cli.samples import Range, samples_of_prometheus, with_prometheus
from cockpit.external.http import HttpError
from cockpit.metrics import registry
from cockpit.metrics.base import Reading, Remembering
from cockpit.planning.presets import metric_rules
from cockpit.settings.load import load
from tests.integration.metrics.programs import PROMETHEUS, needs, prometheus
from tests.integration.metrics.service import service
from tests.waiting import wait_for

pytestmark = needs(PROMETHEUS, "prometheus")
INTERVAL = 0.5
OPTIONS = {"job": "web", "window": "2s"}


@dataclass
class Past:
    """A service that was well until `broke`, then failed half of its requests, and was gone from `died` on."""

    url: str
    start: float
    broke: float
    died: float
    end: float


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    start, broken, counts = time.time(), threading.Event(), [0, 0]
    with service() as web:

        def grow(number: int) -> None:
            failed = 10 if broken.is_set() else 0
            counts[0], counts[1] = counts[0] + 20 - failed, counts[1] + failed
            total = sum(counts)
            web.page(counts[0], counts[1], {"0.1": total, "10": total, "+Inf": total})

        web.growing = grow
        with prometheus(
            tmp_path_factory.mktemp("prometheus"), {"web": int(web.server_address[1])}, f"{INTERVAL * 1000:.0f}ms"
        ) as (_, url):
            wait_for(lambda: web.asked >= 12, "twelve good scrapes")
            broken.set()
            broke, then = time.time(), web.asked
            wait_for(lambda: web.asked >= then + 10, "ten bad scrapes")
            web.stop()
            died = time.time()
            query = f"{url}/api/v1/query?query=count(up==0)"
            wait_for(lambda: b"[]" not in _body(query), "the end of the service to be known")
            # Two steps more: the last one on the grid lies behind the end of the service in any case.
            yield Past(url, start, broke, died, time.time() + 2 * INTERVAL)


def _body(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=2) as answer:
        return bytes(answer.read())


async def _history(past: Past, step: float, **metrics: dict[str, object]) -> list[tuple[float, Reading]]:
    source = registry.build("prometheus", "prom", {"url": past.url, **OPTIONS}, metrics)
    assert isinstance(source, Remembering)
    try:
        return await source.history(past.start, past.end, step)
    finally:
        await source.close()


async def test_the_past_is_read_as_it_would_have_been_then(past: Past) -> None:
    found = await _history(past, INTERVAL)
    errors = [(at, one) for at, one in found if one.metric == "errors"]
    assert len(errors) == len(found) / 2 == int((past.end - past.start) / INTERVAL + 1e-6) + 1
    assert (errors[0][1].value, errors[0][1].error) == (None, "")
    well = [one for at, one in errors if past.broke - 2 < at < past.broke]
    ill = [one for at, one in errors if past.died - 1 < at < past.died]
    assert [one.value for one in well] == [0.0] * len(well) != []
    assert [one.value for one in ill] == [pytest.approx(50.0)] * len(ill) != []
    assert ill[-1].samples is not None
    assert ill[-1].window_seconds == 2
    assert all(at - INTERVAL - 1 <= one.at <= at for at, one in errors if one.value is not None)
    assert errors[-1][1].value is None


async def test_a_wrong_query_says_why(past: Past) -> None:
    with pytest.raises(HttpError, match="Prometheus refused the query"):
        await _history(past, 1.0, own={"query": "sum(rate(x["})
    with pytest.raises(HttpError, match="the query returned 2 series, expected one"):
        await _history(past, 1.0, own={"query": "http_requests_total"})


async def test_more_steps_than_one_answer_holds_are_asked_for_in_parts(past: Past) -> None:
    short = Past(past.url, past.start, 0, 0, past.start + 12)
    found = await _history(short, 0.001, own={"query": "vector(7)"})
    assert len(found) == 12_001
    gated = [one.value for at, one in found if at > past.broke - 1 and one.value is not None]
    assert set(gated) <= {7.0}


def _config(folder: Path, more: str = "") -> Path:
    path = folder / "cockpit.toml"
    path.write_text(
        '[sources.prom]\ntype = "prometheus"\nurl = "http://127.0.0.1:1"\njob = "web"\nwindow = "2s"\n'
        f'[metrics.errors]\nfor = "1s"\n{more}'
    )
    return path


def test_the_command_says_when_the_trigger_would_have_fired(
    past: Past, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = '[gates.canary]\nmetrics = ["errors"]\ninterval = "1s"\ninconclusive_limit = 100\ncount = 1000\n'
    asked = Range(past.url, past.start, past.end, INTERVAL)
    assert run_backtest(asked, _config(tmp_path, more), as_json=True) == 1
    told = json.loads(capsys.readouterr().out)
    (fired,) = told["fired"]
    assert fired["metric"] == "errors"
    assert past.broke + 1 <= fired["t"] <= past.died + INTERVAL
    assert "> 5 % for" in fired["reason"]
    assert told["levels"]["errors"][-1]["level"] == "no data"
    assert told["gates"][0]["verdict"] == "failed"
    assert run_backtest(Range(past.url, past.start, past.broke, INTERVAL), _config(tmp_path), as_json=False) == 0
    assert "nothing would have fired" in capsys.readouterr().out


def test_a_value_that_was_too_old_then_was_no_data(past: Past, tmp_path: Path) -> None:
    settings, name = with_prometheus(load(_config(tmp_path, 'stale = "100ms"\n')), past.url)
    asked = Range(past.url, past.start, past.end, 0.05)
    found = samples_of_prometheus(settings, name, metric_rules(settings), asked, tmp_path)
    old = [one for one in found if one.metric == "errors" and one.detail.startswith("the newest sample is ")]
    assert old
    assert {one.value for one in old} == {None}


def test_a_prometheus_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_backtest(Range("http://127.0.0.1:1", 1000, 2000, 15), _config(tmp_path), as_json=False) == 2
    assert "connection refused by http://127.0.0.1:1/api/v1/query_range" in capsys.readouterr().err
