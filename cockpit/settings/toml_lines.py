"""The line of a TOML file on which a key, or an element of an array, stands. By looking, for error messages."""

import re
from collections import Counter
from collections.abc import Iterator

_HEADING = re.compile(r"(\[\[?)([^\]]+)\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"((?:\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+|\s*\.\s*)+)\s*=")
_KEY_PART = re.compile(r"\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+)")
_PART = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|\#[^\n]*|[\[\]{},\n]|[^\s\[\]{},"\'#]+',
    re.S,
)


def find_line(text: str, location: tuple[str, ...]) -> int:
    """The file line of a key: the last part below its table's heading, else the heading; 0 where it cannot be found.

    A number in the location is an element of an array: `("window", "deny", "1")`, of `[[...]]` tables as well.
    """
    lines = text.splitlines()
    heading, depth = 0, 0
    here: tuple[str, ...] = ()
    seen: Counter[tuple[str, ...]] = Counter()
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if match := _HEADING.match(stripped):
            here = _key_parts(match[2])
            if here == location:
                return number
            if match[1] == "[[":
                seen[here] += 1
                here = (*here, str(seen[here] - 1))
                if here == location:
                    return number
            if here == location[: len(here)] and len(here) >= depth:
                heading, depth = number, len(here)
        elif match := _KEY.match(stripped):
            key = (*here, *_key_parts(match[1]))
            if key == location[: len(key)] and len(key) > len(here):
                rest = location[len(key) :]
                if rest and rest[0].isdigit():
                    value = stripped[match.end() :] + "".join(f"\n{more}" for more in lines[number:])
                    return number + _element(value, int(rest[0]))
                return number
    return heading


def _element(value: str, wanted: int) -> int:
    """How many lines below the array's key its element stands; 0 where the value is no array, or is shorter."""
    depth, element, below = 0, 0, 0
    for part in _parts(value):
        if depth == 1 and part == ",":
            element += 1
        elif depth == 1 and part not in ("\n", "]") and element == wanted:
            return below
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(part, 0)
        below += part.count("\n")
        if depth == 0:
            return 0
    return 0


def _parts(value: str) -> Iterator[str]:
    for match in _PART.finditer(value):
        if not match[0].startswith("#"):
            yield match[0]


def _key_parts(key: str) -> tuple[str, ...]:
    """The parts of a dotted key; a dot in quotes is part of a name."""
    return tuple(next(part for part in match.groups() if part is not None) for match in _KEY_PART.finditer(key))
