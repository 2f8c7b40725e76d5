"""Time zones by their names of the tz database, with a hint where an abbreviation was meant."""

import contextlib
import difflib
import os
import re
from pathlib import Path
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

MEANT = {
    "EST": "America/New_York", "EDT": "America/New_York", "ET": "America/New_York", "CST": "America/Chicago",
    "CDT": "America/Chicago", "MST": "America/Denver", "MDT": "America/Denver", "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles", "PT": "America/Los_Angeles", "CET": "Europe/Berlin", "CEST": "Europe/Berlin",
    "BST": "Europe/London", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo", "AEST": "Australia/Sydney",
    "AEDT": "Australia/Sydney",
}  # fmt: skip
"""Abbreviations of zones in texts -> the zones that their writers mean; with summer time, which `EST` has not."""


def find_zone(name: str) -> ZoneInfo:
    """The zone of that name. Raises ValueError with the nearest name."""
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        raise ValueError(f"no time zone {name!r}; {_hint(name)}") from None


_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])0?(\d{1,2})(?::?([0-5]\d))?", re.I)
_ETC = re.compile(r"(?:Etc/)?GMT([+-])(\d{1,2})", re.I)


def _of_offset(name: str) -> str:
    """Of `GMT+2`, as everybody writes it: two hours ahead of UTC. The tz database has the sign the other way round."""
    found = _OFFSET.fullmatch(name.strip())
    if found is None:
        return ""
    sign, hours, minutes = found[1], int(found[2]), int(found[3] or 0)
    words = "an offset has no daylight saving time; use the name of a place, such as 'Europe/Berlin' or 'Asia/Kolkata'"
    if minutes or not 0 < hours <= (14 if sign == "+" else 12):
        return words
    side = "ahead of" if sign == "+" else "behind"
    return f"{words}; {hours} h {side} UTC all year is 'Etc/GMT{'-' if sign == '+' else '+'}{hours}' (sic)"


def here() -> ZoneInfo:
    """The zone of this machine; UTC where it has none with a name."""
    names = [os.environ.get("TZ", "").removeprefix(":")]
    for path in (Path("/etc/localtime"), Path("/etc/timezone")):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            real = str(path.resolve(strict=True))
            names.append(real.partition("zoneinfo/")[2] if path.name == "localtime" else path.read_text().strip())
    for name in names:
        with contextlib.suppress(ValueError):
            if name:
                return find_zone(name)
    return ZoneInfo("UTC")


def _hint(name: str) -> str:
    if words := _of_offset(name):
        return words
    meant = MEANT.get(name.upper()) or _FIXED.get(name.upper())
    if meant is None:
        known = {one.lower(): one for one in available_timezones()}
        # The city alone is enough: Berlin, New York.
        cities = {one.rpartition("/")[2]: one for one in sorted(known)}
        asked = name.strip().lower().replace(" ", "_")
        near = difflib.get_close_matches(asked, [*known, *cities], n=1, cutoff=0.6)
        meant = known[cities.get(near[0], near[0])] if near else None
    return f"did you mean {meant!r}?" if meant else "use a name such as 'America/New_York' or 'Europe/Berlin'"


def zone_warning(name: str) -> str:
    """Words where the zone exists and is hardly what was meant; empty otherwise."""
    etc = _ETC.fullmatch(name)
    if etc is not None and int(etc[2]):
        side = "behind" if etc[1] == "+" else "ahead of"
        hours = int(etc[2])
        return f"zone {name!r} is {hours} h {side} UTC all year (its sign is inverted); use the name of a place"
    real = _FIXED.get(name)
    if real is None:
        return ""
    if name in ("EST", "MST"):
        return (
            f"zone {name!r} has no daylight saving time, so it is an hour off {real!r} for half the year; use that name"
        )
    return f"zone {name!r} is a legacy abbreviation; use {real!r}"
