"""Points in time as people type them on the command line."""

import re
from datetime import datetime, timedelta

from cockpit.units import parse_duration

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


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
            raise ValueError(f"--at {text}: there is no such time of day") from None
        return (at if at >= here else at + timedelta(days=1)).timestamp()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"--at {text}: write 14:00, 2026-11-24T14:00Z or +30m") from None
    return (at if at.tzinfo else at.astimezone()).timestamp()
