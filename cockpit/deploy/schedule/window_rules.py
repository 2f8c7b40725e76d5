"""Rules of deploy windows as people write them, and the wall-clock time that they cover. Pure.

Tue-Thu 10:00-14:00            weekdays and hours; lists with commas: Mon,Wed 9-12,13-17
Fri 22:00-02:00                past midnight: belongs to the day on which it begins
Fri 18:00 - Mon 08:00          from one day of the week to another
Sat-Sun                        whole days; without days, hours of every day: 10:00-14:00
2026-12-24                     a date; 2026-12-20..2027-01-03 a range, both ends with it; hours may follow
cron 0 9 * * 1-5 for 4h        begins when cron would fire, lasts so long
"""

import difflib
import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Literal

from msgspec import Struct

from cockpit.deploy.schedule.cron import Cron, parse_cron
from cockpit.text.units import parse_duration

Kind = Literal["best", "allow", "avoid", "deny"]
Span = tuple[int, int]
"""[start, end). Of a day: minutes from its midnight, the end may lie days later. Of a rule: wall seconds."""

DAY = 24 * 60
_LONGEST_DAYS = 31
_EPOCH = date(1970, 1, 1).toordinal()
_REACH = timedelta(days=8)
"""How long before its end a weekly span may have begun."""


class Weekly(Struct, frozen=True):
    """Spans that begin on these days of the week; Monday is 0."""

    days: frozenset[int]
    spans: tuple[Span, ...]

    def wall(self, first: date, last: date) -> Iterator[Span]:
        """Wall seconds of everything that touches these days."""
        for day in days_of(first - _REACH, last):
            if day.weekday() in self.days:
                yield from _on(day, self.spans)


class Dates(Struct, frozen=True):
    """Spans that begin on these dates, both with it."""

    first: date
    last: date
    spans: tuple[Span, ...] = ((0, DAY),)

    def wall(self, first: date, last: date) -> Iterator[Span]:
        for day in days_of(max(first - _REACH, self.first), min(last, self.last)):
            yield from _on(day, self.spans)


class Between(Struct, frozen=True):
    """From one wall-clock moment to another, [start, end)."""

    start: datetime
    end: datetime

    def wall(self, first: date, last: date) -> Iterator[Span]:
        yield wall_seconds(self.start), wall_seconds(self.end)


class MonthEnd(Struct, frozen=True):
    """The last so many days of every month."""

    days: int

    def wall(self, first: date, last: date) -> Iterator[Span]:
        for day in days_of(first, last):
            if day.day > monthrange(day.year, day.month)[1] - self.days:
                yield from _on(day, ((0, DAY),))


class CronFor(Struct, frozen=True):
    """Begins whenever cron would fire, and lasts so many seconds of real time."""

    cron: Cron
    seconds: int


When = Weekly | Dates | Between | MonthEnd | CronFor


class Rule(Struct, frozen=True, kw_only=True):
    """One rule; `label` names it in a reason: `best Tue-Thu 10:00-14:00`, `freeze 2026-12-20 to 2027-01-03`."""

    kind: Kind
    when: When
    label: str
    reason: str = ""

    @property
    def words(self) -> str:
        return f"{self.label}: {self.reason}" if self.reason else self.label


def days_of(first: date, last: date) -> Iterator[date]:
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(ordinal)


def midnight(day: date) -> int:
    """Wall seconds: what the clock on the wall shows, counted as if it never changed."""
    return (day.toordinal() - _EPOCH) * 86_400


def wall_seconds(moment: datetime) -> int:
    return midnight(moment.date()) + moment.hour * 3600 + moment.minute * 60 + moment.second


def _on(day: date, spans: tuple[Span, ...]) -> Iterator[Span]:
    base = midnight(day)
    for start, end in spans:
        yield base + start * 60, base + end * 60


_CRON = re.compile(r"cron\s+(?P<fields>.+?)\s+for\s+(?P<lasts>.+)", re.I)
_DATES = re.compile(r"(\d{4}-\d\d-\d\d)(?:\s*(?:\.\.|\bto\b)\s*(\d{4}-\d\d-\d\d))?(?:\s+(\S.*))?")
_ACROSS = re.compile(r"([a-z]+)\s+([\d:]+)\s*-\s*([a-z]+)\s+([\d:]+)", re.I)
_DAYS_HOURS = re.compile(r"(?P<days>[a-z][a-z,\s-]*)?(?P<hours>\d.*)?", re.I)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_GROUPS = {"daily": range(7), "weekdays": range(5), "weekends": range(5, 7)}
_FORM = "use a form such as 'Tue-Thu 10:00-14:00', 'Sat-Sun', '2026-12-24' or 'cron 0 9 * * 1-5 for 4h'"


def parse_when(text: str) -> When:
    """The time that a rule covers. Raises ValueError that names the part that is wrong."""
    text = text.strip()
    if text.lower().startswith("cron"):
        return _parse_cron(text)
    if dates := _DATES.fullmatch(text):
        return _parse_dates(dates[1], dates[2] or dates[1], dates[3])
    if across := _ACROSS.fullmatch(text):
        return _parse_across(across)
    match = _DAYS_HOURS.fullmatch(text)
    if not text or match is None:
        raise ValueError(f"{text!r} is not a time of the week; {_FORM}")
    days = _parse_days(match["days"].strip()) if match["days"] else frozenset(range(7))
    return Weekly(days, _parse_hours(match["hours"]) if match["hours"] else ((0, DAY),))


def _parse_cron(text: str) -> CronFor:
    match = _CRON.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r}: cron needs a length: 'cron 0 9 * * 1-5 for 4h'")
    seconds = parse_duration(match["lasts"])
    if not 60 <= seconds <= _LONGEST_DAYS * 86_400:
        raise ValueError(f"{text!r}: a window must last between 1m and {_LONGEST_DAYS}d")
    return CronFor(parse_cron(match["fields"]), round(seconds))


def _parse_dates(first: str, last: str, hours: str | None) -> Dates:
    try:
        when = Dates(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError as error:
        raise ValueError(f"{first if first == last else f'{first}..{last}'}: {error}") from None
    if when.last < when.first:
        raise ValueError(f"{first}..{last} runs backwards")
    return Dates(when.first, when.last, _parse_hours(hours)) if hours else when


def _parse_across(match: re.Match[str]) -> Weekly:
    first, last = _weekday(match[1]), _weekday(match[3])
    start, end = _minutes(match[2]), _minutes(match[4])
    length = (last - first) % 7 * DAY + end - start
    if length <= 0:
        length += 7 * DAY
    return Weekly(frozenset({first}), ((start, start + length),))


def _parse_days(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = (one.strip() for one in part.partition("-"))
        if not dash and first.lower() in _GROUPS:
            found.update(_GROUPS[first.lower()])
            continue
        low, high = _weekday(first), _weekday(last if dash else first)
        # Fri-Mon goes round the end of the week.
        found.update((low + more) % 7 for more in range((high - low) % 7 + 1))
    return frozenset(found)


def _weekday(text: str) -> int:
    name = text.lower()
    found = [number for number, day in enumerate(_WEEKDAYS) if len(name) >= 2 and day.startswith(name)]
    if len(found) == 1:
        return found[0]
    short = {day[:3]: day for day in _WEEKDAYS}
    near = difflib.get_close_matches(name, [*short, *_WEEKDAYS, *_GROUPS], n=1, cutoff=0.4)
    hint = f"; did you mean {near[0].capitalize()!r}?" if near else "; use Mon, Tue, Wed, Thu, Fri, Sat, Sun"
    raise ValueError(f"{text!r} is not a day of the week{hint}")


def _parse_hours(text: str) -> tuple[Span, ...]:
    spans = []
    for part in text.split(","):
        first, dash, last = (one.strip() for one in part.partition("-"))
        if not dash:
            raise ValueError(f"{part.strip()!r} is not a range of hours; use 10:00-14:00")
        start, end = _minutes(first), _minutes(last)
        if start in (end, DAY):
            raise ValueError(f"{part.strip()!r} is empty; for the whole day use 00:00-24:00")
        spans.append((start, end if end > start else end + DAY))
    return tuple(spans)


_CLOCK = re.compile(r"(\d{1,2})(?::(\d\d))?", re.ASCII)


def _minutes(text: str) -> int:
    match = _CLOCK.fullmatch(text)
    minutes = int(match[1]) * 60 + int(match[2] or 0) if match else DAY + 1
    if match is None or int(match[2] or 0) > 59 or minutes > DAY:
        raise ValueError(f"{text!r} is not a time of day (00:00 to 24:00)")
    return minutes
