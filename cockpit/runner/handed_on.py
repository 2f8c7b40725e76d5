"""What scripts hand on to later steps, read for the next step and for what must not be seen. Standard library only.

The file `$COCKPIT_ENV` has `NAME=value` lines, `NAME<<END` up to `END` for several (as GitHub's), and `secret=NAME`:
from there on the value of NAME is masked.
"""

import re
from collections.abc import Iterator
from pathlib import Path

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_HEREDOC = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)<<(\S+)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def read_handed_on(path: Path) -> dict[str, str]:
    """The variables in `$COCKPIT_ENV`. Raises OSError."""
    return dict(_variables(path.read_text(encoding="utf-8", errors="surrogateescape")))


def _variables(text: str) -> Iterator[tuple[str, str]]:
    lines = iter(text.split("\n"))
    for line in lines:
        heredoc = _HEREDOC.fullmatch(line)
        if heredoc:
            body: list[str] = []
            for inner in lines:
                if inner == heredoc[2]:
                    break
                body.append(inner)
            yield heredoc[1], "\n".join(body)
            continue
        match = _LINE.fullmatch(line)
        if match and not line.lstrip().startswith("#"):
            value = match[2].strip()
            quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
            yield match[1], value[1:-1] if quoted else value
