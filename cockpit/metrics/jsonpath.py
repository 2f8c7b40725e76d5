"""A small, well-defined part of JSON paths: `series[0].points[-1]["value"]`. Names, quoted names, indexes, negative
indexes; an optional `$` in front. Nothing that gives several values."""

import json
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from cockpit.text.masking import outside

Part = str | int

_PART = re.compile(
    r"""\.?([A-Za-z_$@][\w$@-]*)                  # a name
      | \[\s*(-?\d{1,9})\s*\]                     # an index
      | \[\s*("(?:[^"\\]|\\.)*"|'[^'\\]*')\s*\]  # a quoted name
    """,
    re.VERBOSE,
)
_MILLISECONDS_FROM = 1e11
"""Unix times from here on are milliseconds: as seconds it would be the year 5138."""


class PathError(Exception):
    """The document is not what the path says; the text names the part and what was found there."""


@dataclass(frozen=True)
class Absent:
    """Nothing there, which is no data and no error; `why` in words."""

    why: str


def parts(path: str) -> tuple[Part, ...]:
    """The path's parts. Raises ValueError."""
    text = path.strip().removeprefix("$")
    found: list[Part] = []
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None or (position and match[1] and not match[0].startswith(".")):
            raise ValueError(f"cannot be parsed at {text[position : position + 20]!r}")
        if match[1] is not None:
            found.append(match[1])
        elif match[2] is not None:
            found.append(int(match[2]))
        else:
            found.append(json.loads(match[3]) if match[3][0] == '"' else match[3][1:-1])
        position = match.end()
    return tuple(found)


def look(document: object, path: tuple[Part, ...]) -> object:
    """What stands at the path, an Absent where a name, an item or a value is missing. Raises PathError."""
    here = document
    for depth, part in enumerate(path):
        where = written(path[:depth])
        if here is None:
            return Absent(f"{where} is null")
        if isinstance(part, int):
            if not isinstance(here, list):
                raise PathError(f"{where} is {kind(here)}, not a list with an item {part}")
            if not -len(here) <= part < len(here):
                return Absent(f"{where} is {kind(here)}, without an item {part}")
        elif not isinstance(here, dict):
            raise PathError(f"{where} is {kind(here)}, not an object with {part!r}")
        elif part not in here:
            return Absent(f"{where} has no {part!r}, only {outside(', '.join(map(str, here)), limit=80) or 'nothing'}")
        here = here[part]  # type: ignore[index]
    return Absent(f"{written(path)} is null") if here is None else here


def number(document: object, path: tuple[Part, ...]) -> float | Absent:
    """The number at the path, perhaps infinite; text that is a number is taken. Raises PathError for anything else."""
    value = look(document, path)
    if isinstance(value, Absent):
        return value
    if not isinstance(value, bool) and isinstance(value, int | float | str):
        try:
            result = float(value)
        except (ValueError, OverflowError):
            raise PathError(f"{written(path)} is {kind(value)}, not a number") from None
        return Absent(f"{written(path)} is {result}") if math.isnan(result) else result
    raise PathError(f"{written(path)} is {kind(value)}, not a number")


def moment(document: object, path: tuple[Part, ...]) -> float | Absent:
    """The Unix time at the path, from Unix seconds, Unix milliseconds or RFC 3339. Raises PathError."""
    value = look(document, path)
    if isinstance(value, Absent):
        return value
    found = unix_time(value)
    if found is None:
        raise PathError(f"{written(path)} is {kind(value)}, not a time (Unix seconds, milliseconds, or RFC 3339)")
    return found


def unix_time(value: object) -> float | None:
    """Unix seconds of a number of seconds or milliseconds, or of an RFC 3339 text (which has a zone); else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        result = float(value)
    except OverflowError:
        return None
    except ValueError:
        try:
            read = datetime.fromisoformat(str(value).strip())
            return read.astimezone(UTC).timestamp() if read.tzinfo is not None else None
        except (ValueError, OverflowError):
            return None
    if not math.isfinite(result):
        return None
    return result / 1000 if abs(result) >= _MILLISECONDS_FROM else result


def written(path: tuple[Part, ...]) -> str:
    """The path as people write it; `the answer` for none."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            # A `$` at the very beginning means the document.
            bare = re.fullmatch(r"[A-Za-z_$@][\w$@-]*", part) and (text or not part.startswith("$"))
            text += f".{part}" if bare else f"[{json.dumps(part)}]"
    return text.removeprefix(".") or "the response"


def kind(value: object) -> str:
    """A JSON value in words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text {outside(value, limit=40)!r}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return "an object"
    return "null" if value is None else f"the number {value:g}" if isinstance(value, int | float) else "unknown"
