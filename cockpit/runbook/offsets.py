"""Offsets around the planned time T: `T-30min`, `T+1hour`. A unit is required: "T-1000" is a terminator."""

import re
from typing import Literal

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_UNIT = r"(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)"
_AMOUNT = rf"\d{{1,6}}(?:\.\d{{1,3}})?\s?{_UNIT}(?![a-zA-Z])"
_OFFSET = rf"(?<![A-Za-z0-9_])T\s?([-+\u2212\u2010-\u2014])\s?({_AMOUNT}(?:\s?{_AMOUNT})*)"
_ANYWHERE = re.compile(_OFFSET)
_IN_BRACKETS = re.compile(rf"[(\[]\s*~?\s*{_OFFSET}[^()\[\]]*[)\]]")
_LEADING = re.compile(rf"^\s*{_OFFSET}\s*(?:[:|]|[-\u2010-\u2014]+(?=\s)|\s|$)\s*")
_TRAILING = re.compile(rf"\s*(?:[-:,|@\u2010-\u2014]|\bat\b)\s*{_OFFSET}\s*$")
_PART = re.compile(r"(\d+(?:\.\d+)?)\s?([a-z])")


def find_offset(text: str, where: Literal["anywhere", "edge"] = "anywhere") -> int | None:
    """Seconds from T (negative: before) of the first offset in `text`, or None.

    `edge` accepts it only at the start or in brackets: in the running text of an item it is something that is told.
    """
    match = _ANYWHERE.search(text) if where == "anywhere" else _LEADING.match(text) or _IN_BRACKETS.search(text)
    if match is None:
        return None
    seconds = sum(float(amount) * _SECONDS[unit] for amount, unit in _PART.findall(match[2]))
    return round(seconds) if match[1] == "+" else -round(seconds)


def strip_offset(text: str) -> str:
    """`text` without its offset, as a title: "Step 3: Migrate (T-10min)" is "Step 3: Migrate"."""
    if _ANYWHERE.search(text) is None:
        return text
    for pattern in (_IN_BRACKETS, _LEADING, _TRAILING):
        shorter, times = pattern.subn("", text, count=1)
        if times and shorter.strip():
            return " ".join(shorter.split())
    return text


def parse_duration(text: str) -> float | None:
    """Seconds of `10m`, `1h30m`, `45s`, or of a bare number of seconds; None for anything else."""
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text):
        return float(text)
    if not re.fullmatch(rf"{_AMOUNT}(\s?{_AMOUNT})*", text):
        return None
    return sum(float(amount) * _SECONDS[unit] for amount, unit in _PART.findall(text))
