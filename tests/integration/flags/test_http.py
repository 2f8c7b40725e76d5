"""`http` against a real server: what is sent, what is read, and a server that hangs or says no."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cockpit.flags.base import FlagError, Wanted
from cockpit.flags.http_json import in_json
from tests.integration.flags.helpers import TOKEN, FlagServer, error_of, flag_server, set_and_read, setter


@pytest.fixture
def far() -> Iterator[FlagServer]:
    with flag_server() as server:
        yield server


def _options(far: FlagServer, **more: Any) -> dict[str, Any]:
    return {"url": far.url(), "path": "percentage", "token": TOKEN, "timeout": 2, **more}


async def test_a_percentage_is_sent_as_a_number_and_read_back(far: FlagServer) -> None:
    one = setter("http", _options(far))
    seen = await set_and_read(one, 25.0)
    assert (seen.percent, far.puts) == (25.0, [("/flags/checkout", 25)])
    assert far.tokens == {f"Bearer {TOKEN}"}
    assert one.how == f"PUT {far.url('/flags/checkout')}"
    assert one.readable
    await one.close()


@pytest.mark.parametrize("flag", ["a/../admin", "x; rm -rf /", 'quo"te', "{percent}", "a b?c#d", "ü"])
async def test_a_name_with_metacharacters_stays_one_part_of_the_path_and_one_text(far: FlagServer, flag: str) -> None:
    far.percent[f"/flags/{flag}"] = 0
    one = setter("http", _options(far, body={"percentage": "{percent}", "name": "{flag}"}), flag=flag)
    seen = await set_and_read(one, 5.0, flag=flag)
    assert (seen.percent, far.puts) == (5.0, [(f"/flags/{flag}", 5)])
    await one.close()


def test_what_is_filled_in_keeps_its_kind() -> None:
    template = {"a": "{percent}", "b": ["{value}", "is {percent}"], "{flag}": "{flag}", "n": 1}
    assert in_json(template, Wanted("x{value}", 12.5)) == {
        "a": 12.5,
        "b": [12.5, "is 12.5"],
        "x{value}": "x{value}",
        "n": 1,
    }
    assert in_json("{value}", Wanted("x", 100.0, "switch")) is True
    assert in_json("{value}", Wanted("x", 0.0, "switch")) is False


@pytest.mark.parametrize(
    ("status", "words", "unknown"),
    [
        (401, "returned 401: the bearer token not accepted", False),
        (404, "returned 404: unknown flag", False),
        (500, "returned 500", True),
    ],
)
async def test_what_a_server_says_no_with(far: FlagServer, status: int, words: str, unknown: bool) -> None:
    far.status = status
    one = setter("http", _options(far))
    error = await error_of(one.set(Wanted("checkout", 5.0)))
    assert words in str(error)
    assert error.unknown is unknown
    assert TOKEN not in str(error)
    assert words in str(await error_of(one.read(Wanted("checkout", 5.0))))
    await one.close()


async def test_a_server_that_hangs_is_given_up_and_what_it_did_is_not_known(far: FlagServer) -> None:
    far.gate.clear()
    one = setter("http", _options(far, timeout=0.3))
    error = await error_of(one.set(Wanted("checkout", 5.0)))
    assert "no answer from" in str(error)
    assert error.unknown
    await one.close()


async def test_a_server_that_is_not_there_has_surely_done_nothing(far: FlagServer) -> None:
    far.server.stop()
    one = setter("http", _options(far))
    error = await error_of(one.set(Wanted("checkout", 5.0)))
    assert "connection refused" in str(error)
    assert not error.unknown
    await one.close()
    far.server.start()


@pytest.mark.parametrize("said", ["soon", 101, -1, None, {"a": 1}, float("nan")])
async def test_an_answer_that_is_no_percentage_is_an_error(far: FlagServer, said: Any) -> None:
    far.lies = said
    if said is None:
        far.lies = []
    one = setter("http", _options(far))
    assert "checkout" in str(await error_of(one.read(Wanted("checkout", 5.0))))
    await one.close()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"url": "ftp://x/y"}, "flags.checkout: the url is not one of the form http(s)://"),
        ({"url": "http://x/", "method": "DELETE"}, "method is 'DELETE'"),
        ({"url": "http://x/", "body": "{percent}"}, "body is not JSON"),
        ({"url": "http://x/", "path": "a..b"}, "path cannot be parsed"),
        ({"url": "http://x/", "pth": "a"}, "unknown option pth; did you mean 'path'?"),
        ({}, "url must be a string and is missing"),
    ],
)
def test_options_that_cannot_work_are_refused_in_words(options: dict[str, Any], words: str) -> None:
    with pytest.raises(FlagError) as caught:
        setter("http", options)
    assert words in str(caught.value), str(caught.value)


def test_an_unknown_type_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(FlagError) as caught:
        setter("launchdarkley", {})
    assert "did you mean 'launchdarkly'?" in str(caught.value)
