"""When an order arrives: two working days after it was placed, three when it was placed after noon."""

from datetime import date, datetime, timedelta

SATURDAY = 5


def arrives(placed: datetime) -> date:
    """The day of delivery. Weekends do not count."""
    day, left = placed.date(), 2 if placed.hour < 12 else 3
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < SATURDAY
    return day
