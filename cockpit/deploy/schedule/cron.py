"""The five fields of cron: `minute hour day-of-month month day-of-week`, as crontab(5) has them. Pure.

Lists `1,15`, ranges `1-5`, steps `*/10` and `8-18/2`, names `mon` and `jan`; Sunday is 0 and 7. Where both days are
restricted (neither begins with `*`), either of them is enough.
"""

from calendar import monthrange
from datetime import date

from msgspec import Struct

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _DAYS),
)


class Cron(Struct, frozen=True):
    """When it fires, on the wall clock."""

    minutes: frozenset[int]
    """Minutes since midnight, 0 to 1439."""
    days: frozenset[int]
    """Of the month."""
    months: frozenset[int]
    weekdays: frozenset[int]
    """Sunday is 0."""
    either: bool
    """Both kinds of day are restricted: one of them is enough."""

    def on(self, day: date) -> bool:
        """True where it fires on that date at all."""
        if day.month not in self.months:
            return False
        by_date, by_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_date or by_week if self.either else by_date and by_week


def parse_cron(text: str) -> Cron:
    """Raises ValueError that names the field, also for a date that never comes (30 February)."""
    parts = text.split()
    if len(parts) != len(_FIELDS):
        raise ValueError(f"cron {text!r} has {len(parts)} fields; expected minute hour day month weekday: 0 9 * * 1-5")
    minutes, hours, days, months, weekdays = (_field(part, *field) for part, field in zip(parts, _FIELDS, strict=True))
    cron = Cron(
        minutes=frozenset(60 * hour + minute for hour in hours for minute in minutes),
        days=days,
        months=months,
        weekdays=frozenset(day % 7 for day in weekdays),
        either=not parts[2].startswith("*") and not parts[4].startswith("*"),
    )
    # 2024 is a leap year: what does not come then never comes.
    if not cron.either and min(days) > max(monthrange(2024, month)[1] for month in months):
        raise ValueError(f"cron {text!r}: no such day in any of its months")
    return cron


def _field(text: str, what: str, least: int, most: int, names: tuple[str, ...]) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        if slash and not (step.isascii() and step.isdigit() and int(step)):
            raise ValueError(f"cron, {what}: {part!r}: the step must be 1 or more")
        first, dash, last = span.partition("-")
        if span == "*":
            low, high = least, most
        else:
            low = _number(first, what, least, most, names)
            # `5/10` goes on to the end of the field, as in every cron.
            high = _number(last, what, least, most, names) if dash else most if slash else low
        if high < low and what == "day of the week":
            high += 7  # fri-mon
        if high < low:
            raise ValueError(f"cron, {what}: {part!r} runs backwards")
        found |= {value if value <= most else value - 7 for value in range(low, high + 1, int(step or 1))}
    return frozenset(found)


def _number(text: str, what: str, least: int, most: int, names: tuple[str, ...]) -> int:
    if text.lower() in names:
        return names.index(text.lower()) + (1 if names is _MONTHS else 0)
    if not (text.isascii() and text.isdigit()) or not least <= int(text) <= most:
        also = f" or {names[0]} to {names[-1]}" if names else ""
        raise ValueError(f"cron, {what}: {text!r} is not {least} to {most}{also}")
    return int(text)
