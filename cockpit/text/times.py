"""Times: as people see them, in UTC, and as they type them on the command line."""

import contextlib
import re
from datetime import UTC, datetime, timedelta

from cockpit.text.units import parse_duration

_ELAPSED = re.compile(r"(\d+):([0-5]\d):([0-5]\d)")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


def day(at: float) -> str:
    """`2026-11-22`."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"


def clock(at: float) -> str:
    """`14:55:41`."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}"


def minutes(at: float) -> str:
    """`14:55`."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M}"


def parse_time(text: str, now: float) -> float:
    """Unix time of `14:00` (local, the next one), `+30m`, or RFC 3339 (local without a zone). Raises ValueError."""
    text = text.strip()
    if text.startswith("+"):
        return now + parse_duration(text[1:])
    clock = _CLOCK.fullmatch(text)
    # Without a zone, so that a day on which the clocks change is counted by the local rules.
    here = datetime.fromtimestamp(now)
    if clock:
        try:
            at = here.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
        except ValueError:
            raise ValueError(f"--at {text}: no such time of day") from None
        return (at if at >= here else at + timedelta(days=1)).timestamp()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"--at {text}: use 14:00, 2026-11-24T14:00Z or +30m") from None
    return (at if at.tzinfo else at.astimezone()).timestamp()


def parse_past(text: str, now: float) -> float:
    """Unix time of what is over: `-2h`, `now`, RFC 3339 (local without a zone), Unix seconds, or `14:00` (local, the
    last one). Raises ValueError that names the forms."""
    text = text.strip()
    if text == "now":
        return now
    try:
        if text.startswith("-"):
            return now - parse_duration(text[1:])
        if re.fullmatch(r"\d{9,}(\.\d+)?", text):
            return float(text)
        at = parse_time(text, now)
    except (ValueError, OverflowError):
        raise ValueError(f"{text}: use 14:00, 2026-11-24T14:00Z, -2h, now or Unix seconds") from None
    if _CLOCK.fullmatch(text) and at > now:
        return (datetime.fromtimestamp(at) - timedelta(days=1)).timestamp()
    return at


def parse_moment(text: str, start: float) -> float:
    """Unix time of a moment of what began at `start`. Raises ValueError that names the forms.

    `+5m`, `90s`, `1h30m` and `00:12:31` count from the start; else a time as `parse_time` takes it.
    """
    text = text.strip()
    if elapsed := _ELAPSED.fullmatch(text):
        return start + int(elapsed[1]) * 3600 + int(elapsed[2]) * 60 + int(elapsed[3])
    with contextlib.suppress(ValueError):
        return start + parse_duration(text.removeprefix("+"))
    try:
        # A time of day has no seconds: the minute of the start is the start.
        at = parse_time(text, start - start % 60)
    except (ValueError, OverflowError):
        raise ValueError(
            f"--at {text}: use +5m, 90s, 1h30m or 00:12:31 from the start, or a time: 14:00, 2026-11-24T14:00Z"
        ) from None
    return start if start - 60 < at < start else at
