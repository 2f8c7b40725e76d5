"""Time zones by their names of the tz database, with a hint where an abbreviation was meant."""

import difflib
from zoneinfo import ZoneInfo, available_timezones

_FIXED = {
    "EST": "America/New_York",
    "MST": "America/Denver",
    "HST": "Pacific/Honolulu",
    "EST5EDT": "America/New_York",
    "CST6CDT": "America/Chicago",
    "MST7MDT": "America/Denver",
    "PST8PDT": "America/Los_Angeles",
    "CET": "Europe/Berlin",
    "MET": "Europe/Berlin",
    "EET": "Europe/Athens",
    "WET": "Europe/Lisbon",
}
"""Names of the tz database that are abbreviations. `EST`, `MST` and `HST` never have summer time."""

_MEANT = {
    "EDT": "America/New_York",
    "CST": "America/Chicago",
    "CDT": "America/Chicago",
    "MDT": "America/Denver",
    "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles",
    "CEST": "Europe/Berlin",
    "BST": "Europe/London",
    "IST": "Asia/Kolkata",
    "JST": "Asia/Tokyo",
    "AEST": "Australia/Sydney",
}


def find_zone(name: str) -> ZoneInfo:
    """The zone of that name. Raises ValueError with the nearest name."""
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        raise ValueError(f"there is no time zone {name!r}; {_hint(name)}") from None


def _hint(name: str) -> str:
    meant = _MEANT.get(name.upper()) or _FIXED.get(name.upper())
    if meant is None:
        known = {one.lower(): one for one in available_timezones()}
        # The city alone is enough: Berlin, New York.
        cities = {one.rpartition("/")[2]: one for one in sorted(known)}
        asked = name.strip().lower().replace(" ", "_")
        near = difflib.get_close_matches(asked, [*known, *cities], n=1, cutoff=0.6)
        meant = known[cities.get(near[0], near[0])] if near else None
    return f"did you mean {meant!r}?" if meant else "write a name like 'America/New_York' or 'Europe/Berlin'"


def zone_warning(name: str) -> str:
    """Words where the zone exists and is hardly what was meant; empty otherwise."""
    real = _FIXED.get(name)
    if real is None:
        return ""
    if name in ("EST", "MST"):
        return f"zone {name!r} has no summer time: half the year it is an hour off {real!r}; write that name"
    return f"zone {name!r} is an abbreviation kept for old programs; write {real!r}"
