"""Source `openmetrics` against real servers; the clock is the test's."""

from collections.abc import AsyncIterator, Iterator
from math import inf

import pytest
import pytest_asyncio

from cockpit.deploy.plan import MetricRule
from cockpit.metrics import registry
from cockpit.metrics.base import Reading, Source
from cockpit.metrics.check import examine
from tests.integration.metrics.service import Service, service

GAUGE: dict[str, object] = {"metric": "threads", "kind": "gauge"}


@pytest.fixture
def far() -> Iterator[Service]:
    with service() as running:
        yield running


@pytest_asyncio.fixture
async def source(far: Service) -> AsyncIterator[Source]:
    built = registry.build("openmetrics", "app", {"url": far.url("/metrics"), "window": "10s"}, {})
    yield built
    await built.close()


async def by_metric(source: Source, now: float) -> dict[str, Reading]:
    return {reading.metric: reading for reading in await source.read(now)}


async def test_two_scrapes_give_errors_and_p95(far: Service, source: Source) -> None:
    far.page(1000, 10, {"0.1": 900, "1": 1010, "+Inf": 1010})
    first = await by_metric(source, 100.0)
    assert [(one.value, one.error) for one in first.values()] == [(None, ""), (None, "")]
    far.page(1088, 22, {"0.1": 950, "1": 1110, "+Inf": 1110})
    second = await by_metric(source, 105.0)
    assert second["errors"].value == pytest.approx(12.0)
    assert (second["errors"].samples, second["errors"].window_seconds) == (100, 5.0)
    assert second["errors"].detail == "12 of 100 requests"
    assert second["p95"].value == pytest.approx(0.91)


async def test_no_traffic_is_no_data(far: Service, source: Source) -> None:
    far.page(1000, 10, {"1": 1010, "+Inf": 1010})
    await source.read(100.0)
    again = await by_metric(source, 105.0)
    assert [(one.value, one.error, one.samples) for one in again.values()] == [(None, "", 0), (None, "", 0)]


async def test_a_failed_scrape_is_an_error_and_never_the_last_value(far: Service, source: Source) -> None:
    far.page(0, 0, {"1": 0, "+Inf": 0})
    await source.read(100.0)
    far.page(50, 50, {"1": 100, "+Inf": 100})
    await source.read(101.0)
    far.status = 503
    failed = await by_metric(source, 102.0)
    assert [one.value for one in failed.values()] == [None, None]
    assert failed["errors"].error.endswith("/metrics returned 503")


async def test_after_a_long_failure_the_old_figures_are_forgotten(far: Service, source: Source) -> None:
    far.page(0, 0, {"1": 0, "+Inf": 0})
    await source.read(100.0)
    far.status = 503
    await source.read(101.0)
    far.page(50, 50, {"1": 100, "+Inf": 100})
    back = await by_metric(source, 130.0)
    assert (back["errors"].value, back["errors"].error) == (None, "")
    far.page(150, 50, {"1": 200, "+Inf": 200})
    assert (await by_metric(source, 131.0))["errors"].value == 0.0


async def test_after_a_short_failure_the_window_goes_on(far: Service, source: Source) -> None:
    far.page(0, 0)
    await source.read(100.0)
    far.status = 503
    await source.read(101.0)
    far.page(90, 10)
    assert (await by_metric(source, 102.0))["errors"].value == pytest.approx(10.0)


async def test_a_restart_between_scrapes_counts_from_zero(far: Service, source: Source) -> None:
    far.page(100_000, 0, started=10.0)
    await source.read(100.0)
    far.page(30, 10, started=101.0)
    assert (await by_metric(source, 105.0))["errors"].value == pytest.approx(25.0)


@pytest.mark.parametrize("tells", [True, False])
async def test_two_workers_behind_one_address_are_no_data_with_what_to_do(far: Service, tells: bool) -> None:
    metrics: dict[str, dict[str, object]] = {
        "errors": {},
        "jobs": {"metric": "jobs_total", "kind": "rate"},
        "threads": GAUGE,
    }
    source = registry.build("openmetrics", "app", {"url": far.url("/metrics"), "window": "10s"}, metrics)
    for second in range(12):
        worker = second % 2
        start = f"process_start_time_seconds {50 + worker}\n" if tells else ""
        count = 90_000 * worker + 10 * second
        far.body = f'http_requests_total{{status="200"}} {count}\njobs_total {count}\nthreads 4\n{start}'.encode()
        found = await by_metric(source, 100.0 + second)
    assert (found["errors"].value, found["jobs"].value, found["errors"].error) == (None, None, "")
    assert found["errors"].detail == found["jobs"].detail
    assert found["errors"].detail.startswith(far.url("/metrics: "))
    assert found["errors"].detail.endswith("Scrape each instance (urls = [...]), or let Prometheus add them up")
    assert found["threads"].value == 4.0
    for second in range(12, 32):
        far.body = f'http_requests_total{{status="200"}} {90_000 + 10 * second}\njobs_total 1\nthreads 4\n'.encode()
        far.body += b"process_start_time_seconds 51\n" if tells else b""
        found = await by_metric(source, 100.0 + second)
    await source.close()
    assert (found["errors"].value, found["errors"].detail[:5]) == (0.0, "0 of ")


async def test_a_saturated_histogram_says_so(far: Service, source: Source) -> None:
    far.page(0, 0, {"10": 0, "+Inf": 0})
    await source.read(100.0)
    far.page(10, 0, {"10": 1, "+Inf": 10})
    reading = (await by_metric(source, 101.0))["p95"]
    assert reading.value == 10.0
    assert reading.detail.startswith("at least 10 s, the largest bucket")
    assert getattr(source, "top_bucket", None) == 10.0


async def test_the_top_bucket_is_found_before_a_deploy_also_without_traffic(far: Service, source: Source) -> None:
    far.page(0, 0, {"10": 0, "+Inf": 0})
    rule = MetricRule(name="p95", label="p95", unit="s", source="app", breach=10)
    found = await examine(source, [rule], lambda: 100.0, again=0)
    assert [one.severity for one in found] == ["warning", "error"]
    assert found[1].text.startswith("breach 10 s can never be reached")


@pytest.mark.parametrize(
    ("body", "words"),
    [(b"", "an empty page"), (b"<html>login</html>", "not in the Prometheus text format"), (b"up 1\n", "not among")],
)
async def test_a_useless_page_is_an_error(far: Service, source: Source, body: bytes, words: str) -> None:
    far.body = body
    assert words in (await by_metric(source, 100.0))["errors"].error


async def test_several_targets_are_added_up_and_one_that_fails_fails_all(far: Service) -> None:
    with service() as other:
        urls = [far.url("/a", credentials="u:hunter2@"), other.url("/b")]
        source = registry.build("openmetrics", "app", {"urls": urls, "window": 10}, {"errors": {}, "rate": {}})
        far.page(0, 0)
        other.page(0, 0)
        await source.read(100.0)
        far.page(80, 20)
        other.page(100, 0)
        both = await by_metric(source, 110.0)
        assert both["errors"].value == pytest.approx(10.0)
        assert both["errors"].samples == 200
        assert both["rate"].value == pytest.approx(20.0)
        far.status = 500
        failed = (await by_metric(source, 111.0))["errors"]
        assert (failed.value, "/a returned 500" in failed.error, "hunter2" in failed.error) == (None, True, False)
        await source.close()


async def test_a_page_with_times_is_as_old_as_it_says(far: Service) -> None:
    metrics = {"errors": {}, "workers": {"metric": "workers", "kind": "gauge"}}
    source = registry.build("openmetrics", "app", {"url": far.url("/federate"), "window": "10s"}, metrics)
    for ok in (0, 50):
        far.body = (
            f'http_requests_total{{status="200"}} {ok} 40000\nhttp_requests_total{{status="500"}} 0 40000\n'
            'workers{pod="a"} 3 100000\nworkers{pod="b"} 4 70000\n'
        ).encode()
        found = await by_metric(source, 100.0 + ok / 10)
    await source.close()
    assert (found["errors"].value, found["errors"].at) == (0.0, 40.0)
    assert (found["workers"].value, found["workers"].at) == (7.0, 70.0)


@pytest.mark.parametrize(
    ("page", "combine", "value", "words"),
    [
        ('lag{of="a"} 1\nlag{of="b"} +Inf\n', "max", inf, ""),
        ('lag{of="a"} 1\nlag{of="b"} +Inf\n', "sum", inf, ""),
        ('lag{of="a"} 1\nlag{of="b"} NaN\n', "max", 1.0, ""),
        ("lag NaN\n", "max", None, "lag is NaN"),
        ('lag{of="a"} -Inf\nlag{of="b"} +Inf\n', "mean", None, "the mean of 2 series is NaN"),
    ],
)
async def test_a_gauge_without_end_is_told_as_it_is(
    far: Service, page: str, combine: str, value: float | None, words: str
) -> None:
    metrics = {"lag": {"metric": "lag", "kind": "gauge", "combine": combine}}
    source = registry.build("openmetrics", "app", {"url": far.url("/metrics")}, metrics)
    far.body = page.encode()
    reading = (await by_metric(source, 100.0))["lag"]
    await source.close()
    assert (reading.value, reading.error) == (value, "")
    assert words in reading.detail


async def test_a_share_of_something_without_end_is_no_share(far: Service) -> None:
    metrics = {"busy": {"metric": "busy", "kind": "ratio", "total": "all"}}
    source = registry.build("openmetrics", "app", {"url": far.url("/metrics")}, metrics)
    far.body = b"busy 3\nall +Inf\n"
    reading = (await by_metric(source, 100.0))["busy"]
    await source.close()
    assert (reading.value, reading.detail) == (None, "all is inf; nothing to take a share of")


async def test_the_own_machine_is_measured() -> None:
    source = registry.build("host", "host", {}, {})
    first = await by_metric(source, 1.0)
    assert first["cpu"].value is None
    memory = first["memory"].value
    assert memory is not None
    assert 0 < memory < 100
    for _ in range(200):  # the kernel counts in hundredths of a second
        cpu = (await by_metric(source, 2.0))["cpu"].value
        if cpu is not None:
            assert 0 <= cpu <= 100
            return
    pytest.fail("no value")
