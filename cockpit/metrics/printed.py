"""What a command printed: one number, or JSON with a value."""

import json
import math

from cockpit.metrics.base import Reading
from cockpit.metrics.jsonpath import unix_time
from cockpit.text.masking import outside
from cockpit.text.units import parse_quantity


class CommandError(Exception):
    """The command gave no usable answer; the text is for a person."""


def parse(metric: str, output: str, now: float) -> Reading:
    """`0.4`, `12 %`, `340 ms`, or an object with value and, if it knows, at and detail. Nothing, null or NaN is no
    data. Raises CommandError for anything else."""
    text = output.strip()
    if not text:
        return Reading(metric, now, detail="the command printed nothing")
    if text == "null":  # what JMESPath and jq print for nothing
        return Reading(metric, now, detail="the command printed null")
    at, detail, value = now, "", object()
    if text.startswith("{"):
        try:
            told = json.loads(text)
        except (ValueError, RecursionError):
            raise CommandError(f"printed invalid JSON: {text[:60]!r}") from None
        if "value" not in told:
            raise CommandError('printed JSON without "value"')
        value, detail = told["value"], outside(str(told.get("detail") or ""), limit=120)
        if told.get("at") is not None:
            moment = unix_time(told["at"])
            if moment is None:
                raise CommandError('printed an "at" that is not a time (Unix seconds, milliseconds, or RFC 3339)')
            at = moment
        if value is None:
            return Reading(metric, at, detail=detail or "the command's value is null")
    elif len(lines := text.splitlines()) > 1:
        raise CommandError(f"printed {len(lines)} lines; expected one number: {lines[0][:40]!r} ...")
    else:
        value = text
    number = _number(value)
    if number is None:
        raise CommandError(f"printed {str(value)[:60]!r}, which is not a number")
    if not math.isfinite(number):
        detail = f"the command's value is {number}"
        return Reading(metric, at, None if math.isnan(number) else number, detail=detail)
    return Reading(metric, at, number, detail=detail)


def _number(value: object) -> float | None:
    """The number with its unit taken into account (`12 %` is 12, `340 ms` is 0.34); None for no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf
    except ValueError:
        try:
            return parse_quantity(value)
        except ValueError:
            return None
