"""Source `openmetrics`: metrics of the settings' own, several targets, and this machine."""

from collections.abc import Iterator

import pytest

from cockpit.metrics import registry
from cockpit.metrics.base import Reading, Source
from tests.integration.metrics.service import Service, service


@pytest.fixture
def far() -> Iterator[Service]:
    with service() as running:
        yield running


def show(far: Service, **samples: float) -> None:
    """A page with `name` or `name__label_value`; two underscores begin the labels."""
    lines = []
    for name, value in samples.items():
        bare, _, label = name.partition("__")
        key, _, text = label.partition("_")
        lines.append(f'{bare}{{{key}="{text}"}} {value}' if label else f"{bare} {value}")
    far.body = ("\n".join(lines) + "\n").encode()


def built(urls: list[str], metric: dict[str, object], **options: object) -> Source:
    return registry.build("openmetrics", "app", {"urls": urls, "window": 60, **options}, {"own": metric})


async def one(source: Source, now: float) -> Reading:
    (reading,) = await source.read(now)
    return reading


async def test_a_rate_adds_up_what_the_labels_choose(far: Service) -> None:
    source = built([far.url("/")], {"metric": "jobs_total", "kind": "rate", "labels": {"state": "~failed|lost"}})
    show(far, jobs_total__state_failed=10, jobs_total__state_lost=5, jobs_total__state_done=100)
    assert (await one(source, 100.0)).detail == "first sample; a rate needs two"
    show(far, jobs_total__state_failed=12, jobs_total__state_lost=1, jobs_total__state_done=500)
    reading = await one(source, 110.0)
    assert reading.value == pytest.approx(0.3)
    assert reading.detail == "+3 in 10 s", "lost began again at 0"
    await source.close()


async def test_a_rate_of_a_series_that_is_not_there_is_no_data(far: Service) -> None:
    source = built([far.url("/")], {"metric": "jobs_total", "kind": "rate", "labels": {"state": "stuck"}})
    for number in (1, 2):
        show(far, jobs_total__state_done=number)
        reading = await one(source, 100.0 + number)
    assert (reading.value, reading.error, reading.detail) == (None, "", "no series of jobs_total with state=stuck")
    show(far, up=1)
    assert "jobs_total is not among its 1 metrics" in (await one(source, 103.0)).error
    await source.close()


@pytest.mark.parametrize(("combine", "value"), [("sum", 9.0), ("max", 7.0), ("min", 2.0), ("mean", 4.5)])
async def test_a_gauge_is_there_at_once_over_series_and_targets(far: Service, combine: str, value: float) -> None:
    with service() as other:
        metric: dict[str, object] = {"metric": "queue", "kind": "gauge", "combine": combine}
        source = built([far.url("/"), other.url("/")], metric)
        show(far, queue=7)
        show(other, queue=2)
        assert (await one(source, 100.0)).value == value
        await source.close()


async def test_a_ratio_of_gauges_and_one_of_counters(far: Service) -> None:
    gauges = built([far.url("/")], {"metric": "pool_used", "kind": "ratio", "total": "pool_size"})
    show(far, pool_used=15, pool_size=20)
    reading = await one(gauges, 100.0)
    assert (reading.value, reading.detail) == (75.0, "15 of 20")
    await gauges.close()
    counters = built([far.url("/")], {"metric": "hits_total", "kind": "ratio", "labels": {"cache": "miss"}})
    show(far, hits_total__cache_miss=1, hits_total__cache_hit=0)
    await one(counters, 100.0)
    assert (await one(counters, 101.0)).detail == "nothing counted in 1 s"
    show(far, hits_total__cache_miss=2, hits_total__cache_hit=3)
    reading = await one(counters, 102.0)
    assert (reading.value, reading.samples, reading.detail) == (25.0, 4, "1 of 4 in 2 s")
    await counters.close()


async def test_a_quantile_of_an_own_histogram_is_merged_over_targets_and_knows_its_top(far: Service) -> None:
    def buckets(server: Service, low: int, high: int, most: int) -> None:
        lines = [f'wait_bucket{{le="{edge}"}} {n}' for edge, n in (("1", low), ("5", high), ("+Inf", most))]
        server.body = ("# TYPE wait histogram\n" + "\n".join(lines) + "\n").encode()

    with service() as other:
        metric: dict[str, object] = {"metric": "wait", "kind": "quantile", "quantile": 0.5}
        source = built([far.url("/"), other.url("/")], metric)
        for server in (far, other):
            buckets(server, 0, 0, 0)
        await one(source, 100.0)
        assert (await one(source, 101.0)).detail == "nothing observed in 1 s"
        buckets(far, 10, 10, 10)
        buckets(other, 0, 30, 30)
        reading = await one(source, 102.0)
        assert reading.value == pytest.approx(1 + 4 * 10 / 30)
        assert reading.samples == 40
        buckets(other, 0, 30, 99)
        assert (await one(source, 103.0)).detail == "at least 5, the largest bucket; 109 observed"
        assert await source.ceilings() == {"own": 5.0}  # type: ignore[attr-defined]
        await source.close()


async def test_with_min_targets_the_rest_is_believed_and_counted(far: Service) -> None:
    with service() as other:
        urls = [far.url("/"), other.url("/")]
        source = registry.build("openmetrics", "app", {"urls": urls, "window": 10, "min_targets": 1}, {"errors": {}})
        far.page(0, 0)
        other.page(0, 0)
        await one(source, 100.0)
        far.page(90, 10)
        other.stop()
        reading = await one(source, 101.0)
        assert reading.value == pytest.approx(10.0)
        assert reading.detail == "10 of 100 requests; 1 of 2 targets"
        far.stop()
        assert "(2 of 2 targets failed)" in (await one(source, 102.0)).error
        await source.close()


async def test_a_target_that_was_silent_for_long_brings_nothing_old_with_it(far: Service) -> None:
    with service() as other:
        urls = [far.url("/"), other.url("/")]
        source = registry.build("openmetrics", "app", {"urls": urls, "window": 10, "min_targets": 1}, {"errors": {}})
        far.page(0, 0)
        other.page(0, 0)
        await one(source, 100.0)
        other.status = 503
        for second in range(101, 115):
            far.page(second, 0)
            await one(source, float(second))
        other.page(0, 5000)
        far.page(116, 0)
        assert (await one(source, 116.0)).value == 0.0
        await source.close()


async def test_disk_and_load_of_the_own_machine_say_which_machine(tmp_path: object) -> None:
    metrics: dict[str, dict[str, object]] = {
        "disk": {"path": str(tmp_path)},
        "load": {},
        "gone": {"measure": "disk", "path": "/no/such/place"},
    }
    source = registry.build("host", "host", {}, metrics)
    disk, load, gone = await source.read(1.0)
    await source.close()
    assert disk.value is not None
    assert 0 < disk.value < 100
    assert disk.detail.endswith("GiB free")
    assert str(tmp_path) in disk.detail
    assert load.value is not None
    assert " on " in load.detail
    assert gone.error.endswith("/no/such/place: No such file or directory")
