"""Thresholds in prose, lists and tables: what is normal, when somebody looks, when it alerts, when it rolls back."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

Role = Literal["baseline", "watch", "alert", "breach"]
Unit = Literal["%", "ms", "times"]
ORDER: tuple[Role, ...] = ("baseline", "watch", "alert", "breach")
NAMES: dict[Role, str] = {
    "baseline": "baseline",
    "watch": "watch threshold",
    "alert": "alert threshold",
    "breach": "rollback threshold",
}

_NUMBER = re.compile(
    r"(?P<sign>[<>]=?|\u2264|\u2265|&lt;|&gt;)?\s*(?<![\d.,])(?P<number>\d{1,9}(?:[.,]\d{1,6}|(?:,\d{3}){2,3})?)[\s\u00a0\u202f]?"
    r"(?P<unit>%|ms\b|milliseconds?\b|s\b|secs?\b|seconds?\b|[x\u00d7](?=\s|\b))(?!\w)"
)
_ROLES: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("breach", re.compile(r"\b(?:roll(?:ed|ing)?[ -]?back|breach|abort|revert)", re.I)),
    ("alert", re.compile(r"\b(?:alert|alarm|page[sd]?\b|critical)", re.I)),
    ("watch", re.compile(r"\b(?:watch|monitor|warn|investigate|elevated)", re.I)),
    ("baseline", re.compile(r"\b(?:baseline|normal(?:ly)?|usual(?:ly)?|typical(?:ly)?)\b", re.I)),
)
_LONGEST = 2_000
"""Characters of a line that are looked at: thresholds are written in sentences."""
_BEHIND = re.compile(r"\s*\)?\s*(?:is\s+)?(?:the\s+)?(?:baseline|normal|usual|typical)\b", re.I)
_TIMES_BASE = re.compile(r"\s*(?:the\s+)?(?:baseline|normal|usual)", re.I)
LIST_ITEM = re.compile(r"(?P<indent>\s*)(?:[-*+]|\d{1,3}[.)])\s+(?P<text>.*)")
OF_MACHINES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("connections", re.compile(r"\bconnections?\b", re.I)),
    ("cpu", re.compile(r"\bcpu\b", re.I)),
    ("memory", re.compile(r"\bmemory\b|\bram\b", re.I)),
)
_METRICS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("errors", re.compile(r"\berrors?[ -](?:rate|ratio)|\b5xx\b", re.I)),
    ("latency", re.compile(r"\bp9[059]\b|\bresponse[ -]times?|\blatency", re.I)),
    *OF_MACHINES,
)


class Level(Struct, frozen=True):
    """One threshold. `value` in percent or milliseconds; `times`: a multiple of the baseline."""

    role: Role
    line: int
    column: int
    value: float
    unit: Unit
    text: str
    falls: bool = False
    """True where a small value is the bad one (`< 95 % success`)."""


def metric_of(text: str) -> str:
    """Which of the usual metrics a line speaks of; empty for none or an unknown one."""
    return next((name for name, pattern in _METRICS if pattern.search(text)), "")


def levels_in(text: str, line: int, role: Role | None = None) -> list[Level]:
    """The thresholds of one line. `role` is what a number means that has no word of its own beside it."""
    found = []
    previous, text = 0, text[:_LONGEST]
    for match in _NUMBER.finditer(text):
        unit = match["unit"]
        behind = "" if unit in {"x", "\u00d7"} else text[match.end() :]
        told = _role(text[previous : match.start()], behind, role)
        previous = match.end()
        if told is None:
            continue
        value = _number(match["number"], unit)
        kind: Unit = "ms"
        if unit == "%":
            kind = "%"
        elif unit in {"x", "\u00d7"}:
            if not _TIMES_BASE.match(text[match.end() :]) or told == "baseline":
                continue
            kind = "times"
        elif not unit.startswith("m"):
            value *= 1000
        falls = (match["sign"] or "").startswith(("<", "&lt", "\u2264")) and told != "baseline"
        found.append(
            Level(
                told, line, match.start("sign" if match["sign"] else "number") + 1, value, kind, match[0].strip(), falls
            )
        )
    return found


def _number(text: str, unit: str) -> float:
    """`0,5 %` is a half, `1,200 ms` more than a thousand."""
    thousands = re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+", text) is not None
    return float(text.replace(",", "" if thousands and unit != "%" else "."))


def _role(before: str, behind: str, other: Role | None) -> Role | None:
    """By the last word before the number; the word behind it counts for the baseline."""
    if _BEHIND.match(behind):
        return "baseline"
    nearest: tuple[int, Role] | None = None
    for role, pattern in _ROLES:
        last = max((match.start() for match in pattern.finditer(before)), default=-1)
        if last >= 0 and (nearest is None or last > nearest[0]):
            nearest = (last, role)
    return nearest[1] if nearest else other


def groups(prose: Sequence[tuple[int, str]]) -> Iterator[list[Level]]:
    """The levels that belong together: of one line, or of a list item and those nested below it."""
    parent: list[Level] = []
    indent = -1
    for line, text in prose:
        item = LIST_ITEM.match(text)
        here = levels_in(text, line) if any(sign in text for sign in "%sx\u00d7") else []
        if item is not None and (indent < 0 or len(item["indent"]) <= indent):
            if parent:
                yield parent
            parent, indent = here, len(item["indent"])
        elif item is not None or (text.startswith(" ") and indent >= 0):
            parent += here
        elif text.strip():
            if parent:
                yield parent
            parent, indent = [], -1
            if here:
                yield here
    if parent:
        yield parent


def out_of_order(group: Sequence[Level]) -> Iterator[tuple[Level, Level]]:
    """Pairs (level, the one that should lie on its other side). Each level at most once; units are not mixed."""
    base = next((one for one in group if one.role == "baseline" and one.unit != "times"), None)
    first: dict[Role, Level] = {}
    for level in group:
        first.setdefault(level.role, level)
    known = [first[role] for role in ORDER if role in first]
    for place, level in enumerate(known):
        for lower in reversed(known[:place]):
            low, high = _value(lower, base), _value(level, base)
            if low is None or high is None or low[1] != high[1]:
                continue
            falls = level.falls or lower.falls
            if falls and (lower.role == "baseline" or level.falls != lower.falls):
                continue
            if high[0] > low[0] if falls else high[0] < low[0]:
                yield level, lower
                break


def _value(level: Level, base: Level | None) -> tuple[float, str] | None:
    if level.unit != "times":
        return level.value, level.unit
    return (level.value * base.value, base.unit) if base is not None else None


def in_words(level: Level, base: float | None) -> str:
    """`2x baseline` with what it comes to, where that is known."""
    return f"{level.text} baseline = {level.value * base:g}" if level.unit == "times" and base else level.text
