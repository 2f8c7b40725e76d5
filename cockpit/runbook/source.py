"""Bytes of any kind -> lines of text. The only place that knows about encodings, line ends and byte order marks."""

import re

from msgspec import Struct

from cockpit.runbook.model import Problem
from cockpit.runbook.mojibake import repair

_SURROGATE = re.compile("[\ud800-\udfff]")
_MARK = "\ufeff"


class Source(Struct, frozen=True):
    """The text that is parsed. Line `n` of the file is `lines[n - 1]`."""

    text: str
    lines: tuple[str, ...]
    bad_lines: frozenset[int] = frozenset()
    """1-based lines whose bytes were not UTF-8: what stands there is not what the file says, so it never runs."""
    damaged_lines: tuple[int, ...] = ()
    """1-based lines that hold double-encoded characters which can be repaired for display."""
    problems: tuple[Problem, ...] = ()


def read(source: bytes | str) -> Source:
    """Decode `source` without ever failing. Bytes that are not UTF-8 become U+FFFD and a problem per line (first ten).

    CRLF and CR are line ends, as in CommonMark; NUL becomes U+FFFD for the same reason.
    """
    raw = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    text = raw.decode("utf-8", "surrogateescape").removeprefix(_MARK).removeprefix("\u00ef\u00bb\u00bf")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # Not splitlines(): it also splits at U+0085 and U+2028, which no Markdown parser and no editor counts as a line.
    lines = text.split("\n")
    bad = [number for number, line in enumerate(lines, 1) if "\0" in line or _SURROGATE.search(line)]
    if bad:
        text = _SURROGATE.sub("\ufffd", text).replace("\0", "\ufffd")
        lines = text.split("\n")
    damaged = () if text.isascii() else tuple(n for n, line in enumerate(lines, 1) if repair(line) != line)
    problems = [
        Problem(number, "error", "not-utf-8", "bytes that are not UTF-8; scripts on this line do not run")
        for number in bad[:10]
    ]
    if not text.strip():
        problems.append(Problem(1, "error", "empty", "the file has no text"))
    return Source(text, tuple(lines), frozenset(bad), damaged, tuple(problems))
