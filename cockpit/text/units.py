"""Durations and levels as people write them."""

import math
import re

_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|sec|s|min|m|h|d)?\s*")
_SECONDS = {"ms": 0.001, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_QUANTITY = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(%|ms|s|min|m|h)?\s*")


def parse_duration(value: object) -> float:
    """Seconds of `"90s"`, `"1h30m"`, `"500 ms"`, or a number of seconds. Raises ValueError."""
    if isinstance(value, bool):
        raise ValueError("write a duration as 90s, 15m or 1h")
    if isinstance(value, int | float):
        return _finite(value, "a duration", least=0.0)
    total, position, text = 0.0, 0, str(value)
    while position < len(text):
        match = _DURATION.match(text, position)
        if match is None or (match[2] is None and (position or match.end() != len(text))):
            raise ValueError(f"{text!r} is not a duration; use a form such as 90s, 15m or 1h30m")
        total += float(match[1]) * _SECONDS[match[2] or "s"]
        position = match.end()
    if not text.strip():
        raise ValueError("write a duration as 90s, 15m or 1h")
    return total


def parse_quantity(value: object) -> float:
    """A level in its metric's unit: percent for `"5 %"`, seconds for `"500 ms"`, the number itself otherwise."""
    if isinstance(value, bool):
        raise ValueError('write a threshold as "5%", "500 ms" or 40')
    if isinstance(value, int | float):
        return _finite(value, "a threshold")
    match = _QUANTITY.fullmatch(str(value))
    if match is None:
        raise ValueError(f'{value!r} is not a threshold; use a form such as "5%", "500 ms" or 40')
    factor = _SECONDS.get(match[2], 1.0)
    return float(match[1]) * factor


_RELATIVE = re.compile(
    r"\s*(?:(?P<times>\d+(?:\.\d+)?)\s*[x*]\s*)?baseline\s*(?:(?P<sign>[+-])\s*(?P<plus>[^+-]+))?", re.IGNORECASE
)


def parse_level(value: object) -> float | tuple[float, float]:
    """A level as `parse_quantity` has it, or against the measured baseline: (times, plus) of `"2x baseline"`,
    `"baseline + 1 %"`, `"1.5x baseline + 100 ms"`. Raises ValueError."""
    if isinstance(value, list | tuple) and len(value) == 2:
        return _finite(value[0], "a threshold", least=0.0), _finite(value[1], "a threshold")
    match = _RELATIVE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        try:
            return parse_quantity(value)
        except ValueError as error:
            raise ValueError(f'{error}, "2x baseline" or "baseline + 1%"') from None
    plus = parse_quantity(match["plus"].strip()) if match["plus"] else 0.0
    return float(match["times"] or 1.0), -plus if match["sign"] == "-" else plus


def _finite(value: float, what: str, least: float = -math.inf) -> float:
    """TOML knows `nan` and `inf`: a level that is one of them would never be passed by anything."""
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or number < least:
        raise ValueError(f"{number:g} cannot be {what}")
    return number
