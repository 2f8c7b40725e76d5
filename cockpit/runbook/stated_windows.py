"""When a runbook's prose says that deploys are best, or better not: "Best: Tuesday-Thursday, 10:00-14:00 EST". Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from cockpit.runbook.levels import LIST_ITEM
from cockpit.text.zones import MEANT

_LABEL = re.compile(
    r"^[*_]{0,2}(?:(?P<best>best(?!\s+practice)|preferred|recommended|ideal(?:ly)?)|(?P<avoid>avoid|never|no deploys?))"
    r"\b[^:\n]{0,30}:[*_]{0,2}\s*(?P<rest>.*)$",
    re.I,
)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}"
_SPAN = re.compile(rf"\b(?P<from>{_DAY})\s*(?:-|\u2013|\u2014|to|through|until)\s*(?P<to>{_DAY})\b", re.I)
_SINGLE = re.compile(rf"\b(?P<day>{_DAY})\b", re.I)
_CLOCK = r"(?P<{0}>\d{{1,2}})(?::(?P<{0}_m>\d\d))?\s?(?P<{0}_half>[ap]\.?m\.?)?"
_HOURS = re.compile(rf"{_CLOCK.format('a')}\s*(?:-|\u2013|\u2014|to|until)\s*{_CLOCK.format('b')}(?!\d)", re.I)
_FROM = re.compile(rf"\b(?:after|from)\s+{_CLOCK.format('a')}", re.I)
_UNTIL = re.compile(rf"\b(?:before|until)\s+{_CLOCK.format('a')}", re.I)
_HALF = re.compile(r"\b(?:(?P<am>am|a\.m\.|mornings?)|(?P<pm>pm|p\.m\.|afternoons?|evenings?))\b", re.I)
_REASON = re.compile(r"\(([^()]{3,120})\)")
_SPECIAL = re.compile(r"\bblack friday\b|\bcyber monday\b", re.I)
_ZONES = {
    **{name: zone for name, zone in MEANT.items() if name != "IST"},  # India, Israel or Ireland: not taken unasked
    "CT": "America/Chicago", "GMT": "Europe/London", "UTC": "UTC",
}  # fmt: skip
_ZONE = re.compile(
    rf"\d\s?(?:[ap]\.?m\.?)?\s?\(?(?P<zone>{'|'.join(_ZONES)})\b|\b(?P<name>[A-Z][a-z]+/[A-Z][A-Za-z_]+)\b"
)


class WindowRule(Struct, frozen=True):
    line: int
    kind: Literal["best", "avoid"]
    when: str
    """As `[window]` writes it: `Tue-Thu 10:00-14:00`."""
    reason: str = ""


class StatedWindow(Struct, frozen=True):
    rules: tuple[WindowRule, ...] = ()
    zone: tuple[int, str] | None = None
    """(line, name of the zone)."""
    special: tuple[tuple[int, str], ...] = ()
    """(line, `holidays`, `black_friday` or `cyber_monday`) among what is to be avoided."""


def read_window(prose: Sequence[tuple[int, str]]) -> StatedWindow:
    rules: list[WindowRule] = []
    special: list[tuple[int, str]] = []
    zone: tuple[int, str] | None = None
    for number, kind, text in _told(prose):
        rest = _SPECIAL.sub("", text)
        if kind == "avoid":
            special += [(number, name) for name in _special(text)]
        for when in _rules(rest):
            reason = _REASON.search(text)
            rules.append(WindowRule(number, kind, when, reason[1].strip() if reason else ""))
            found = _ZONE.search(text)
            if zone is None and found is not None:
                zone = number, found["name"] or _ZONES[found["zone"].upper()]
    return StatedWindow(tuple(dict.fromkeys(rules)), zone, tuple(dict.fromkeys(special)))


def _told(prose: Sequence[tuple[int, str]]) -> Iterator[tuple[int, Literal["best", "avoid"], str]]:
    """The lines that say it: behind a label, and in the list below a label with nothing behind it."""
    kind: Literal["best", "avoid"] | None = None
    depth = -1
    for number, line in prose:
        item = LIST_ITEM.match(line)
        label = _LABEL.match(item["text"] if item else line.strip())
        indent = len(item["indent"]) if item else -1
        if label is not None:
            kind = "best" if label["best"] else "avoid"
            depth = indent
            if label["rest"].strip():
                yield number, kind, label["rest"]
                kind = None
        elif kind is not None and item is not None and indent > depth:
            yield number, kind, item["text"]
        elif line.strip():
            kind = None


def _special(text: str) -> Iterator[str]:
    if re.search(r"\bholidays?\b", text, re.I):
        yield "holidays"
    if re.search(r"\bblack friday\b", text, re.I):
        yield "black_friday"
    if re.search(r"\bcyber monday\b", text, re.I):
        yield "cyber_monday"


def _rules(text: str) -> Iterator[str]:
    """`Tue-Thu 10:00-14:00`; nothing where no day is named."""
    said = _REASON.sub("", text)
    hours = _hours(said)
    if re.search(r"\bweekends?\b", said, re.I):
        yield f"weekends {hours}".strip()
    span = _SPAN.search(said)
    if span is not None:
        yield f"{_day(span['from'])}-{_day(span['to'])} {hours}".strip()
        said = said[: span.start()] + said[span.end() :]
    days = list(dict.fromkeys(_day(one["day"]) for one in _SINGLE.finditer(said)))
    if days and span is None:
        yield f"{','.join(days)} {hours}".strip()


def _day(word: str) -> str:
    return next(day for day in _DAYS if word.lower().startswith(day.lower()))


def _hours(text: str) -> str:
    found = _HOURS.search(text)
    if found is not None and (found["a_m"] or found["b_m"] or found["a_half"] or found["b_half"]):
        begin, end = _clock(found, "a", found["b_half"]), _clock(found, "b", found["b_half"])
        return f"{begin}-{end}" if begin and end else ""
    after, until = _FROM.search(text), _UNTIL.search(text)
    if after is not None and (begin := _clock(after, "a", None)):
        return f"{begin}-24:00"
    if until is not None and (end := _clock(until, "a", None)):
        return f"00:00-{end}"
    half = _HALF.search(text)
    return "" if half is None else "00:00-12:00" if half["am"] else "12:00-24:00"


def _clock(found: re.Match[str], name: str, half: str | None) -> str:
    """`14:00`; empty for what is no time of the day."""
    hour, minute = int(found[name]), int(found[f"{name}_m"] or 0)
    said = (found[f"{name}_half"] or half or "").lower().replace(".", "")
    if said and hour <= 12:
        hour = hour % 12 + (12 if said == "pm" else 0)
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else ""
