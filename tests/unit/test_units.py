"""Durations, levels and points in time as people write them."""

import os
import time
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from cockpit.text.times import parse_moment, parse_time
from cockpit.text.units import parse_duration, parse_quantity

DURATIONS = [
    ("90s", 90), ("90 s", 90), ("15m", 900), ("15min", 900), ("5sec", 5), ("1h", 3600), ("1h30m", 5400), ("1d", 86400),
    ("1h 30m 5s", 5405), ("500 ms", 0.5), ("500ms", 0.5), ("2.5s", 2.5), ("90", 90), (90, 90), (2.5, 2.5), (0, 0),
    (" 5s ", 5),
]  # fmt: skip


@pytest.mark.parametrize(("text", "seconds"), DURATIONS)
def test_a_duration(text: object, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


NO_DURATIONS = [
    "", " ", "soon", "5 parsecs", "-5s", "5s5", "1h 30", "s", True, None, [], {}, -1, float("nan"), float("inf"),
    10**400,
]  # fmt: skip


@pytest.mark.parametrize("text", NO_DURATIONS)
def test_what_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


QUANTITIES = [
    ("5 %", 5), ("5%", 5), ("0.1 %", 0.1), ("500 ms", 0.5), ("10 s", 10), ("2min", 120), ("2 m", 120), ("1h", 3600),
    ("40", 40), (40, 40), (0.5, 0.5), ("-3", -3), (-3, -3), ("0", 0),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), QUANTITIES)
def test_a_level(text: object, value: float) -> None:
    assert parse_quantity(text) == pytest.approx(value)


@pytest.mark.parametrize(
    "text", ["", "five", "5 5", "1,5 %", "5 kg", True, None, [], float("nan"), float("inf"), 10**400]
)
def test_what_is_no_level(text: object) -> None:
    with pytest.raises(ValueError, match="threshold"):
        parse_quantity(text)


@pytest.fixture
def new_york() -> Iterator[ZoneInfo]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "America/New_York"
    time.tzset()
    yield ZoneInfo("America/New_York")
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


TIMES = [
    ("2026-11-24 12:00", "14:00", "2026-11-24 14:00"),
    ("2026-11-24 12:00", "9:30", "2026-11-25 09:30"),
    ("2026-11-24 12:00", "12:00", "2026-11-24 12:00"),
    ("2026-11-24 12:00", " 14:00 ", "2026-11-24 14:00"),
    ("2026-11-24 12:00", "+30m", "2026-11-24 12:30"),
    ("2026-11-24 12:00", "+1h30m", "2026-11-24 13:30"),
    ("2026-11-24 12:00", "2026-11-25T14:00", "2026-11-25 14:00"),
    ("2026-11-24 12:00", "2026-11-25T14:00Z", "2026-11-25 09:00"),
    ("2026-11-24 12:00", "2026-11-25T14:00+02:00", "2026-11-25 07:00"),
    ("2026-10-31 22:00", "9:00", "2026-11-01 09:00"),  # the clocks go back in between
    ("2026-11-01 00:30", "9:00", "2026-11-01 09:00"),
    ("2026-03-07 22:00", "9:00", "2026-03-08 09:00"),  # and forward
]


@pytest.mark.parametrize(("now", "text", "expected"), TIMES)
def test_a_point_in_time(new_york: ZoneInfo, now: str, text: str, expected: str) -> None:
    def local(text: str) -> float:
        return datetime.fromisoformat(text).replace(tzinfo=new_york).timestamp()

    assert parse_time(text, local(now)) == local(expected)


@pytest.mark.parametrize("text", ["", "soon", "25:00", "14:60", "+", "+soon", "2026-13-01", "14", "-30m"])
def test_what_is_no_point_in_time(text: str) -> None:
    with pytest.raises(ValueError, match=r"--at|duration"):
        parse_time(text, 0.0)


MOMENTS = [
    ("+5m", "12:05:30"),
    ("90s", "12:02:00"),
    ("90", "12:02:00"),
    ("1h30m", "13:30:30"),
    (" 00:12:31 ", "12:13:01"),
    ("1:00:00", "13:00:30"),
    ("0s", "12:00:30"),
    ("13:15", "13:15:00"),
    ("12:00", "12:00:30"),  # a time of day has no seconds: the minute of the start
    ("2026-11-24T12:00", "12:00:30"),
    ("2026-11-24T12:07:09", "12:07:09"),
    ("2026-11-24T17:07:09Z", "12:07:09"),
    ("2026-11-24T11:59", "11:59:00"),
]


@pytest.mark.parametrize(("text", "expected"), MOMENTS)
def test_a_moment_of_a_deploy(new_york: ZoneInfo, text: str, expected: str) -> None:
    day = datetime(2026, 11, 24, tzinfo=new_york)
    start = day.replace(hour=12, second=30).timestamp()
    hour, minute, second = map(int, expected.split(":"))
    assert parse_moment(text, start) == day.replace(hour=hour, minute=minute, second=second).timestamp()


@pytest.mark.parametrize("text", ["", "soon", "+", "+soon", "-5m", "1:2:3", "00:60:00", "25:00", "5x", "0001-01-01"])
def test_what_is_no_moment_names_the_forms(text: str) -> None:
    with pytest.raises(ValueError, match=r"--at .*\+5m, 90s, 1h30m or 00:12:31.*14:00"):
        parse_moment(text, 1_795_000_000.0)
