"""What changed in a script since it was reviewed, line by line. Pure."""

import difflib
from typing import Literal, NamedTuple

from cockpit.text.sanitize import visible

Sign = Literal[" ", "-", "+", "~"]
_AROUND = 3
_MOST = 4000


class Line(NamedTuple):
    """`-` was there, `+` is there now, ` ` is in both, `~` stands for lines that are left out."""

    sign: Sign
    text: str


def changes(before: str, after: str) -> list[Line]:
    """The difference with some lines around each change, fit to be shown. Empty where there is none."""
    old, new = (visible(text).rstrip("\n").split("\n") for text in (before, after))
    if max(len(old), len(new)) > _MOST:
        return [Line("~", f"{len(old)} lines were reviewed, {len(new)} are here now: too many to compare")]
    found: list[Line] = []
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_AROUND):
        if found or group[0][1] > 0:
            found.append(Line("~", ""))
        for kind, first, last, start, end in group:
            if kind == "equal":
                found += [Line(" ", text) for text in old[first:last]]
            else:
                found += [Line("-", text) for text in old[first:last]]
                found += [Line("+", text) for text in new[start:end]]
    return found
