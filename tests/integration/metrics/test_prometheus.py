"""Source `prometheus` against a real Prometheus that scrapes a real service."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from math import inf
from pathlib import Path

import pytest

from cockpit.deploy.plan import MetricRule
from cockpit.metrics import registry
from cockpit.metrics.base import Reading, Source
from cockpit.metrics.check import examine
from tests.integration.metrics.programs import NODE_EXPORTER as EXPORTER
from tests.integration.metrics.programs import PROMETHEUS, needs, node_exporter, prometheus
from tests.integration.metrics.service import Service, service
from tests.waiting import wait_for

pytestmark = needs(PROMETHEUS, "prometheus")
INTERVAL = 0.5


@dataclass
class World:
    """A Prometheus at `url`, with two services behind it as jobs `web` and `mortal`."""

    url: str
    web: Service
    mortal: Service


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Every scrape finds 18 more good requests and 2 more failed ones, half within 0.1 s and all within 0.5 s."""
    with ExitStack() as stack:
        web, mortal = stack.enter_context(service()), stack.enter_context(service())
        web.growing = lambda n: web.page(18 * n, 2 * n, {"0.1": 10 * n, "0.5": 20 * n, "10": 20 * n, "+Inf": 20 * n})
        mortal.growing = lambda n: mortal.page(20 * n, 0)
        jobs = {"web": web.server_address[1], "mortal": mortal.server_address[1]}
        folder = tmp_path_factory.mktemp("prometheus")
        _, url = stack.enter_context(prometheus(folder, jobs, f"{INTERVAL * 1000:.0f}ms"))
        wait_for(lambda: min(web.asked, mortal.asked) >= 4, "four scrapes")
        yield World(url, web, mortal)


@asynccontextmanager
async def built(
    url: str, metrics: dict[str, dict[str, object]] | None = None, **options: object
) -> AsyncIterator[Source]:
    source = registry.build("prometheus", "prom", {"url": url, **options}, metrics or {})
    try:
        yield source
    finally:
        await source.close()


async def by_metric(source: Source, now: float | None = None) -> dict[str, Reading]:
    return {reading.metric: reading for reading in await source.read(now or time.time())}


async def of_query(url: str, query: str, **options: object) -> Reading:
    async with built(url, {"own": {"query": query}}, **options) as source:
        return (await by_metric(source))["own"]


async def test_errors_and_p95_come_with_their_age_and_the_requests_behind_them(world: World) -> None:
    async with built(world.url, job="web", window="2s") as source:
        now = time.time()
        found = await by_metric(source, now)
    errors, p95 = found["errors"], found["p95"]
    assert (errors.error, p95.error) == ("", "")
    assert errors.value == pytest.approx(10.0)
    assert p95.value == pytest.approx(0.46, abs=0.005)
    assert errors.samples is not None
    assert 40 <= errors.samples <= 120
    assert errors.detail == f"{errors.samples} requests in 2 s"
    assert 0 <= now - errors.at < INTERVAL + 1


async def test_without_a_failed_request_the_rate_is_zero_and_not_no_data(world: World) -> None:
    async with built(world.url, {"errors": {"selector": 'status="200"'}}, job="web", window="2s") as source:
        assert (await by_metric(source))["errors"].value == 0.0


async def test_a_dead_target_is_no_data_within_one_scrape_and_a_second(world: World) -> None:
    metrics: dict[str, dict[str, object]] = {"rate": {}}
    async with (
        built(world.url, metrics, job="mortal", window="30s") as gated,
        built(world.url, metrics, selector='job="mortal"', up="", window="30s") as ungated,
    ):
        assert (await by_metric(gated))["rate"].value is not None
        assert (await by_metric(ungated))["rate"].value is not None
        world.mortal.stop()
        died = time.monotonic()
        seen: list[Reading] = []
        # The questions of one reading may fall on both sides of the scrape that fails: then it is the raw samples'
        # end that says no data, once, and `up` says it in the next reading.
        while not seen or seen[-1].detail != "target down: up = 0":
            seen.append((await by_metric(gated))["rate"])
            assert time.monotonic() - died < INTERVAL + 1
            await asyncio.sleep(0.02)
        values = [reading.value is None for reading in seen]
        assert values == sorted(values), "a value came back after no data"
        assert {reading.error for reading in seen} == {""}
        # The raw samples' end shows it also where `up` is not asked ...
        without = (await by_metric(ungated))["rate"]
        assert (without.value, without.error) == (None, "")
        assert without.detail.startswith('no current sample of http_requests_total{job="mortal"}')
    # ... while a bare rate goes on answering for 30 s: that is what the gate is for.
    assert (await of_query(world.url, 'sum(rate(http_requests_total{job="mortal"}[30s]))')).value is not None


async def test_a_dead_prometheus_is_an_error(tmp_path: Path) -> None:
    with prometheus(tmp_path, {}, "1s") as (process, url):
        async with built(url, {"one": {"query": "vector(1)"}}) as source:
            assert (await by_metric(source))["one"].value == 1.0
            process.kill()
            process.wait(5)
            reading = (await by_metric(source))["one"]
    assert (reading.value, reading.error) == (None, f"connection refused by {url}/api/v1/query")


# Tables in one test each: every worker that gets one of these tests has to wait for a Prometheus of its own.
async def test_what_prometheus_answers(world: World) -> None:
    for query, value, detail in (
        ("scalar(vector(3))", 3.0, ""),
        ("vector(0)", 0.0, ""),
        ("no_such_metric", None, "no current sample of no_such_metric; it has ended, or the name is wrong"),
        ("sum(no_such_metric)", None, "the query returned nothing (an empty vector)"),
        ("vector(0) / 0", None, "the result is NaN: nothing to divide by (no requests in the window?)"),
        ("vector(1) / 0", inf, "the result is +Inf"),
        ("vector(-1) / 0", -inf, "the result is -Inf"),
    ):
        reading = await of_query(world.url, query)
        assert (query, reading.value, reading.error, reading.detail) == (query, value, "", detail)


async def test_a_wrong_query_says_why(world: World) -> None:
    for query, words in (
        ("sum(rate(x[", "Prometheus refused the query (bad_data): invalid parameter"),
        (
            'http_requests_total{job="web"}',
            "the query returned 2 series, expected one; wrap it in sum(...) or max(...)",
        ),
        ('http_requests_total{job="web"}[1m]', "remove its [...]"),
        ('"text"', "the query returned a string, not a number"),
    ):
        reading = await of_query(world.url, query)
        assert reading.value is None
        assert words in reading.error


async def test_a_wrong_up_query_blinds_every_metric(world: World) -> None:
    reading = await of_query(world.url, "vector(0)", up="min(up{")
    assert reading.error.startswith("up: Prometheus refused the query")


async def test_a_job_that_prometheus_does_not_know_is_down(world: World) -> None:
    reading = await of_query(world.url, "vector(0)", job="wbe")
    assert (reading.value, reading.error) == (None, "")
    assert reading.detail == 'target down: min(up{job="wbe"}) returned nothing'


async def test_the_top_bucket_is_known_before_a_deploy(world: World) -> None:
    async with built(world.url, job="web", window="2s") as source:
        p95 = MetricRule(name="p95", label="p95", unit="s", source="prom", breach=10)
        errors = MetricRule(name="errors", label="errors", unit="%", source="prom", breach=5)
        findings = await examine(source, [p95, errors], time.time)
    (finding,) = (one for one in findings if one.code == "unreachable-level")
    assert (finding.severity, finding.metric) == ("error", "p95")
    assert finding.text == "breach 10 s can never be reached: the histogram's top finite bucket is 10 s"


@needs(EXPORTER, "prometheus-node-exporter")
async def test_a_node_exporter_is_read_directly_and_says_what_the_kernel_says(tmp_path: Path) -> None:
    with node_exporter(tmp_path) as url:
        metrics: dict[str, dict[str, object]] = {
            "load": {"metric": "node_load1", "kind": "gauge"},
            "idle": {"metric": "node_cpu_seconds_total", "kind": "ratio", "labels": {"mode": "idle"}},
        }
        source = registry.build("openmetrics", "node", {"url": url}, metrics)
        first = await by_metric(source, 100.0)
        second = await by_metric(source, 101.0)
        await source.close()
    assert first["load"].value is not None
    assert (first["idle"].value, second["idle"].error) == (None, "")
