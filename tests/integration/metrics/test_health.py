"""Source `health` against a real server."""

from collections.abc import Iterator

import pytest

from cockpit.external.http import MAX_BYTES
from cockpit.metrics import registry
from cockpit.metrics.base import Reading
from tests.integration.metrics.service import Service, service


@pytest.fixture
def far() -> Iterator[Service]:
    with service() as running:
        yield running


async def read(url: str, **options: object) -> Reading:
    source = registry.build("health", "health", {"url": url, **options}, {})
    try:
        (reading,) = await source.read(100.0)
        return reading
    finally:
        await source.close()


async def test_a_good_answer_is_one_with_its_time(far: Service) -> None:
    reading = await read(far.url("/health"))
    assert (reading.metric, reading.value, reading.at, reading.error) == ("health", 1.0, 100.0, "")
    assert reading.detail.startswith("200 in ")
    assert far.seen == ["/health"]


@pytest.mark.parametrize("status", [302, 404, 500, 503])
async def test_any_other_status_is_failing(far: Service, status: int) -> None:
    far.status, far.headers = status, {"Location": "/elsewhere"}
    reading = await read(far.url("/health"))
    assert reading.value == 0.0
    assert reading.detail.startswith(f"{status} in ")
    assert far.seen == ["/health"], "a redirect is not followed"


async def test_the_expected_text_must_be_in_the_answer(far: Service) -> None:
    far.body = b'{"status": "ok"}'
    assert (await read(far.url("/"), expect='"ok"')).value == 1.0
    reading = await read(far.url("/"), expect="[red]")
    assert (reading.value, "'[red]' is not in the response" in reading.detail) == (0.0, True)


async def test_nobody_there_is_failing_and_not_no_data() -> None:
    with service() as gone:
        url = gone.url("/health", credentials="deploy:hunter2@")
    reading = await read(url + "?token=hunter2")
    assert reading.value == 0.0
    assert reading.detail.startswith("connection refused by http://127.0.0.1:")
    assert "hunter2" not in reading.detail


async def test_a_hanging_server_is_failing_after_the_timeout(far: Service) -> None:
    far.delay = 30.0
    reading = await read(far.url("/health"), timeout="200ms")
    assert (reading.value, "within 0.2 s" in reading.detail) == (0.0, True)


async def test_an_endless_answer_is_cut_off(far: Service) -> None:
    far.body = b"x" * (MAX_BYTES + 1)
    reading = await read(far.url("/health"))
    assert (reading.value, "more than 8 MiB" in reading.detail) == (0.0, True)


async def test_an_unknown_host_is_said_in_words() -> None:
    reading = await read("http://no-such-host.invalid/health", timeout=10)
    assert reading.value == 0.0
    assert "http://no-such-host.invalid/health" in reading.detail


async def test_latency_is_measured_where_it_is_asked_for(far: Service) -> None:
    source = registry.build("health", "h", {"url": far.url("/")}, {"up": {"measure": "health"}, "latency": {}})
    up, latency = await source.read(1.0)
    await source.close()
    assert (up.metric, up.value) == ("up", 1.0)
    assert latency.value is not None
    assert 0 < latency.value < 5


@pytest.mark.parametrize(
    ("status", "wanted", "good"),
    [(204, 204, True), (200, 204, False), (302, "200-399", True), (404, [200, "4xx"], True), (500, "2xx, 404", False)],
)
async def test_the_settings_say_which_status_is_good(far: Service, status: int, wanted: object, good: bool) -> None:
    far.status, far.headers = status, {"Location": "/elsewhere"}
    assert (await read(far.url("/"), status=wanted)).value == float(good)


async def test_the_expected_body_may_be_a_regular_expression(far: Service) -> None:
    far.body = b'{"version": "4f2a", "ok": true}'
    assert (await read(far.url("/"), expect='/"version": "[0-9a-f]+"/')).value == 1.0
    reading = await read(far.url("/"), expect="/ok.: false/")
    assert reading.detail.endswith("but nothing in the response matches /ok.: false/")


async def test_a_slow_answer_is_failing_where_the_settings_say_so(far: Service) -> None:
    far.delay = 0.05
    assert (await read(far.url("/"))).value == 1.0
    reading = await read(far.url("/"), max_latency="20ms")
    assert (reading.value, reading.detail.endswith("slower than 20 ms")) == (0.0, True)


async def test_one_of_several_addresses_that_fails_is_named(far: Service) -> None:
    with service() as other:
        urls = [far.url("/a"), other.url("/b", credentials="u:hunter2@")]
        source = registry.build("health", "web", {"urls": urls}, {"web": {}, "latency": {}})
        both, latency = await source.read(1.0)
        assert (both.metric, both.value, both.detail.startswith("2 addresses, 200 in ")) == ("web", 1.0, True)
        assert latency.value is not None
        other.status = 503
        failing, _ = await source.read(2.0)
        assert failing.value == 0.0
        assert f"{other.url('/b')}: 503 in " in failing.detail
        other.stop()
        gone, unknown = await source.read(3.0)
        assert (gone.value, "connection refused" in gone.detail) == (0.0, True)
        assert (unknown.value, "connection refused" in unknown.error) == (None, True)
        assert "hunter2" not in gone.detail
        await source.close()


async def test_a_redirect_is_followed_where_that_is_asked_for(far: Service) -> None:
    far.status, far.headers = 302, {"Location": "/"}
    assert "redirects more than 5 times" in (await read(far.url("/"), follow_redirects=True)).detail
    with service() as other:
        far.headers = {"Location": other.url("/ok")}
        assert (await read(far.url("/"), follow_redirects=True)).value == 1.0
        assert other.seen == ["/ok"]
        there = other.url("/ok").replace("127.0.0.1", "localhost")
        far.headers = {"Location": there}
        kept = await read(far.url("/"), follow_redirects=True, headers={"X-Key": "hunter2"})
        assert (kept.value, "another host; credentials are not sent there" in kept.detail) == (0.0, True)
        assert other.seen == ["/ok"]


async def test_a_refusal_says_which_credentials_were_sent(far: Service) -> None:
    far.status = 401
    reading = await read(far.url("/"), token="hunter2")
    assert reading.detail.endswith("returned 401: the bearer token not accepted")
