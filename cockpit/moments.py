"""Times for people's eyes, in UTC."""

from datetime import UTC, datetime


def day(at: float) -> str:
    """`2026-11-22`."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"


def clock(at: float) -> str:
    """`14:55:41`."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}"


def minutes(at: float) -> str:
    """`14:55`."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M}"
