"""Rules of deploy windows as people write them; the fields of cron."""

import re
from datetime import date, datetime

import pytest

from cockpit.deploy.schedule.cron import parse_cron
from cockpit.deploy.schedule.window_rules import Between, CronFor, Dates, Weekly, parse_when

TEN = (600, 840)
WEEKLY = [
    ("Tue-Thu 10:00-14:00", {1, 2, 3}, (TEN,)),
    ("tuesday - thursday 10-14", {1, 2, 3}, (TEN,)),
    ("  Tue,Thu 10:00 - 14:00 ", {1, 3}, (TEN,)),
    ("Tue, Thu", {1, 3}, ((0, 1440),)),
    ("Fri-Mon", {4, 5, 6, 0}, ((0, 1440),)),
    ("10:00-14:00", set(range(7)), (TEN,)),
    ("daily 10:00-14:00", set(range(7)), (TEN,)),
    ("weekdays 10:00-14:00", set(range(5)), (TEN,)),
    ("weekends", {5, 6}, ((0, 1440),)),
    ("Weekdays 10:00-14:00", set(range(5)), (TEN,)),
    ("Mo 10:00-14:00", {0}, (TEN,)),
    ("Mon 10:59-11:00", {0}, ((659, 660),)),
    ("Mon 08:00 - Mon 08:00", {0}, ((480, 480 + 7 * 1440),)),
    ("Mon 08:00 - Mon 08:01", {0}, ((480, 481),)),
    ("Mon 10:00-14:00,22:00-02:00", {0}, (TEN, (1320, 1560))),
    ("Mon 00:00-24:00", {0}, ((0, 1440),)),
    ("Fri 18:00 - Mon 08:00", {4}, ((1080, 4 * 1440 - 960),)),
]


@pytest.mark.parametrize(("text", "days", "spans"), WEEKLY)
def test_a_time_of_the_week(text: str, days: set[int], spans: tuple[tuple[int, int], ...]) -> None:
    assert parse_when(text) == Weekly(frozenset(days), spans)


DATES = [
    ("2026-12-24", Dates(date(2026, 12, 24), date(2026, 12, 24))),
    ("2026-12-24..2027-01-02", Dates(date(2026, 12, 24), date(2027, 1, 2))),
    ("2026-12-24 to 2027-01-02", Dates(date(2026, 12, 24), date(2027, 1, 2))),
    ("2026-12-24 10:00-14:00", Dates(date(2026, 12, 24), date(2026, 12, 24), (TEN,))),
]


@pytest.mark.parametrize(("text", "dates"), DATES)
def test_dates(text: str, dates: Dates) -> None:
    assert parse_when(text) == dates


WRONG = [
    ("", "is not a time of the week; use a form such as 'Tue-Thu 10:00-14:00'"),
    ("Tuu 10:00-14:00", "'Tuu' is not a day of the week; did you mean 'Tue'?"),
    ("T 10:00-14:00", "'T' is not a day of the week"),
    ("M 10:00-14:00", "'M' is not a day of the week"),
    ("weekends-Mon", "'weekends' is not a day of the week"),
    ("xyzzy", "use Mon, Tue, Wed, Thu, Fri, Sat, Sun"),
    ("Tue 10:00", "'10:00' is not a range of hours; use 10:00-14:00"),
    ("Tue 10:00-10:00", "is empty"),
    ("Tue 24:00-02:00", "is empty"),
    ("Tue 10:00-25:00", "'25:00' is not a time of day"),
    ("Tue 10:60-11:00", "'10:60' is not a time of day"),
    ("Tue 10:00-14:00 EST", "is not a time of day"),
    ("Mon-Fri,", "'' is not a day of the week"),
    ("2026-02-30", "2026-02-30: day is out of range for month"),
    ("2026-12-24..2026-12-20", "runs backwards"),
    ("cron 0 9 * * 1-5", "cron needs a length"),
    ("cron 0 9 * * 1-5 for 30s", "must last between 1m and 31d"),
    ("cron 0 9 * * 1-5 for 40d", "must last between 1m and 31d"),
    ("cron 0 9 * * 1-5 for ever", "is not a duration"),
    ("cron 0 9 * * for 4h", "has 4 fields"),
]


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_what_is_no_rule_says_what_to_write(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        parse_when(text)


@pytest.mark.parametrize(("length", "seconds"), [("1m", 60), ("31d", 31 * 86_400)])
def test_a_cron_window_may_last_so_short_or_long(length: str, seconds: int) -> None:
    when = parse_when(f"CRON 0 9 * * * for {length}")
    assert isinstance(when, CronFor)
    assert when.seconds == seconds


def test_a_time_between_two_moments_is_that_to_the_second() -> None:
    start, end = datetime(2026, 12, 24, 9, 31, 7), datetime(2026, 12, 26, 17, 2, 3)
    midnight = date(2026, 12, 24).toordinal() - date(1970, 1, 1).toordinal()
    (span,) = Between(start, end).wall(date(2026, 12, 25), date(2026, 12, 25))
    assert span == (midnight * 86_400 + 34_267, (midnight + 2) * 86_400 + 61_323)


FIRES = [
    ("0 9 * * 1-5", "2026-11-24", True, {540}),
    ("0 9 * * 1-5", "2026-11-28", False, {540}),
    ("0 9 * * mon-fri", "2026-11-24", True, {540}),
    ("0 9 * * 0", "2026-11-29", True, {540}),
    ("0 9 * * 7", "2026-11-29", True, {540}),
    ("0 9 * * 5-7", "2026-11-29", True, {540}),
    ("0 9 * * fri-mon", "2026-11-30", True, {540}),
    ("0 9 * * fri-mon", "2026-12-01", False, {540}),
    ("0 9 * nov *", "2026-11-24", True, {540}),
    ("0 9 * JAN-MAR *", "2026-11-24", False, {540}),
    ("*/20 8,9 * * *", "2026-11-24", True, {480, 500, 520, 540, 560, 580}),
    ("5-15/5 0 * * *", "2026-11-24", True, {5, 10, 15}),
    ("50/5 0 * * *", "2026-11-24", True, {50, 55}),
    # both days restricted: either is enough
    ("0 0 13 * 5", "2026-11-13", True, {0}),
    ("0 0 13 * 5", "2026-11-20", True, {0}),
    ("0 0 13 * 2", "2026-11-13", True, {0}),
    ("0 0 13 * 2", "2026-11-18", False, {0}),
    ("0 0 */2 * 2", "2026-11-24", False, {0}),
    ("0 0 29 2 *", "2028-02-29", True, {0}),
    # a day that some of the months have, or that the weekday makes up for
    ("0 0 31 1,4 *", "2026-01-31", True, {0}),
    ("0 0 30 2 mon", "2026-02-02", True, {0}),
]


@pytest.mark.parametrize(("text", "day", "fires", "minutes"), FIRES)
def test_cron(text: str, day: str, fires: bool, minutes: set[int]) -> None:
    cron = parse_cron(text)
    assert cron.on(date.fromisoformat(day)) is fires
    assert cron.minutes == minutes


NO_CRON = [
    ("60 * * * *", "cron, minute: '60' is not 0 to 59"),
    ("* 24 * * *", "cron, hour: '24' is not 0 to 23"),
    ("* * 0 * *", "cron, day of the month: '0' is not 1 to 31"),
    ("* * * 13 *", "cron, month: '13' is not 1 to 12 or jan to dec"),
    ("* * * * moon", "cron, day of the week: 'moon' is not 0 to 7 or sun to sat"),
    ("30-10 * * * *", "runs backwards"),
    ("30-25 * * * *", "runs backwards"),
    ("*/٣ * * * *", "the step must be 1 or more"),
    ("٣ * * * *", "cron, minute: '٣' is not 0 to 59"),
    ("*/0 * * * *", "the step must be 1 or more"),
    ("*/x * * * *", "the step must be 1 or more"),
    ("1,,2 * * * *", "cron, minute: '' is not"),
    ("0 0 30 2 *", "no such day in any of its months"),
    ("0 0 31 4,6 *", "no such day in any of its months"),
]


@pytest.mark.parametrize(("text", "words"), NO_CRON)
def test_what_is_no_cron_names_the_field(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        parse_cron(text)
