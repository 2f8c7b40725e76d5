"""Times in the documents: UTC, as words."""

from datetime import UTC, datetime


def day(at: float) -> str:
    """`2026-11-22`."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"


def clock(at: float, *, seconds: bool = False) -> str:
    """`14:55`, `14:55:41`."""
    return f"{datetime.fromtimestamp(at, UTC):{'%H:%M:%S' if seconds else '%H:%M'}}"
