"""A dump's script as a stream of statements: split where psql splits it, in pieces, because it is larger than memory.

Bytes throughout: a dump may be in any encoding, and nothing that splits it is outside ASCII.
"""

import re
from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct

from cockpit.backup.database import BackupError

_CHUNK = 1 << 20
_WORD = rb"[A-Za-z_\x80-\xff][\w$\x80-\xff]*"
_CODE = re.compile(
    rb"--[^\n]*|/\*|[eE]'|['\";()\\]|\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$|\d[\w.]*|" + _WORD
)  # fmt: skip
_INSIDE = {
    b"'": re.compile(rb"'"),
    b'"': re.compile(rb'"'),
    b"e'": re.compile(rb"\\.|'", re.S),
    b"/*": re.compile(rb"/\*|\*/"),
}
_SPACE = re.compile(rb"(?:\s+|--[^\n]*(?:\n|\Z))+")
_ROUTINE = re.compile(rb"CREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE)\b", re.I)
_IDENTIFIER = rb'(?:"(?:[^"]|"")*"|[\w$\x80-\xff]+)'
_COPY_IN = re.compile(
    rb"COPY\s+(" + _IDENTIFIER + rb"(?:\s*\.\s*" + _IDENTIFIER + rb")?)\s*"
    rb'(?:\((?:"(?:[^"]|"")*"|[^()"])*\)\s*)?FROM\s+STDIN\b\s*(?:(?:WITH\b\s*)?\([^()]*\)|WITH\b[^()]*)?\Z',
    re.I,
)  # fmt: skip
_COPY_END = re.compile(rb"^\\\.[ \t]*\r?(?:\n|\Z)", re.M)
_OLD_STRINGS = re.compile(rb"SET\s+standard_conforming_strings\s*(?:=|TO)\s*'?(on|off)\b", re.I)


class Readable(Protocol):
    """What the script comes from."""

    def read(self, size: int, /) -> bytes: ...


class Statement(Struct, frozen=True):
    """`text`: without its semicolon, its comments and what stands before it; `line`: where it begins;
    `rows`: of an INSERT with VALUES. `table`: where data of a COPY follow (`Statements.data`).
    `meta`: a command of psql, with its backslash."""

    text: bytes
    line: int
    rows: int = 0
    table: bytes = b""
    meta: bool = False


class Statements:
    """Iterate over it; behind a statement with a `table` read `data()` to its end (the next statement does it else).

    Raises BackupError where the script ends inside a string, a comment or the data of a table.
    """

    def __init__(self, source: Readable) -> None:
        self._source = source
        self._buffer = b""
        self._at = 0
        self._line = 1
        self._old_strings = False
        self._tail = b""
        self._comments: list[tuple[int, int]] = []
        """Of the statement that is being read: from its beginning, first byte and behind the last."""
        self._data: Iterator[bytes] | None = None

    def __iter__(self) -> Iterator[Statement]:
        while True:
            if self._data is not None:
                for _ in self._data:
                    pass
            if not self._skipped():
                return
            if self._buffer.startswith(b"\\", self._at):
                yield self._meta()
                continue
            found = self._statement()
            if found.table:
                self._data = self._copied()
            if found.text:
                yield found

    def data(self) -> Iterator[bytes]:
        """What stands between COPY and the line that ends it, in pieces that end with a line."""
        return self._data if self._data is not None else iter(())

    def _more(self) -> bool:
        """Reads on up to the end of a line; what has been used is dropped."""
        pieces = [self._buffer[self._at :]]
        self._at = 0
        while chunk := self._source.read(_CHUNK):
            pieces.append(chunk)
            if b"\n" in chunk:
                break
        rest = self._tail
        self._buffer = b"".join((pieces[0], rest, *pieces[1:]))
        self._tail = b""
        if chunk:
            cut = self._buffer.rfind(b"\n") + 1
            self._tail, self._buffer = self._buffer[cut:], self._buffer[:cut]
        return len(pieces) > 1 or bool(rest)

    def _move(self, position: int) -> None:
        self._line += self._buffer.count(b"\n", self._at, position)
        self._at = position

    def _skipped(self) -> bool:
        """Behind spaces, comments and empty statements; False at the end of the script."""
        while True:
            match = _SPACE.match(self._buffer, self._at)
            if match:
                self._move(match.end())
            if self._at >= len(self._buffer):
                if not self._more():
                    return False
            elif self._buffer.startswith(b"/*", self._at):
                self._move(self._comment_end(self._at))
            elif self._buffer.startswith(b";", self._at):
                self._move(self._at + 1)
            else:
                return True

    def _meta(self) -> Statement:
        end = self._buffer.find(b"\n", self._at)
        end = end if end >= 0 else len(self._buffer)
        made = Statement(self._buffer[self._at : end].rstrip(), self._line, meta=True)
        self._move(end)
        return made

    def _statement(self) -> Statement:
        routine = _ROUTINE.match(self._buffer, self._at) is not None
        position, parens, depth, rows, values = self._at, 0, 0, 0, False
        self._comments.clear()
        while True:
            match = _CODE.search(self._buffer, position)
            if match is None:
                position = self._grown(len(self._buffer))
                if position < 0:
                    return self._ended(len(self._buffer), len(self._buffer), rows)
                continue
            found, position = match[0], match.end()
            if found[:1] in (b"'", b'"', b"$") or found in (b"e'", b"E'", b"/*"):
                begins = match.start() - self._at
                position = self._quoted(found, match.start(), position)
                if found == b"/*":
                    self._comments.append((begins, position - self._at))
            elif found.startswith(b"--"):
                self._comments.append((match.start() - self._at, position - self._at))
            elif found == b"(":
                parens += 1
                rows += values and parens == 1
            elif found == b")":
                parens = max(0, parens - 1)
            elif found == b"\\":
                # \g, \gexec and their like send what stands before them to a place of their own: refused whole.
                end = self._buffer.find(b"\n", position)
                end = end if end >= 0 else len(self._buffer)
                return self._ended(end, end, rows, meta=True)
            elif found == b";":
                if not parens and not depth:
                    return self._ended(match.start(), position, rows)
            elif not parens:
                word = found.upper()
                values = values or word == b"VALUES"
                if routine:
                    # psqlscan.l: CASE counts only inside a body, END takes either back.
                    depth += (word == b"BEGIN") + (word == b"CASE" and depth > 0) - (word == b"END" and depth > 0)

    def _ended(self, end: int, after: int, rows: int, *, meta: bool = False) -> Statement:
        text = self._buffer[self._at : end]
        for first, behind in reversed(self._comments):
            text = b"%b %b" % (text[:first], text[behind:])
        text = text.rstrip()
        line = self._line
        self._move(after)
        strings = _OLD_STRINGS.match(text)
        if strings:
            self._old_strings = strings[1].lower() == b"off"
        copied = _COPY_IN.match(text) if text[:4].upper() == b"COPY" else None
        return Statement(text, line, rows, copied[1] if copied else b"", meta)

    def _grown(self, position: int) -> int:
        """The same place in a longer buffer; negative where there is no more."""
        offset = position - self._at
        return self._at + offset if self._more() else -1

    def _quoted(self, opening: bytes, start: int, position: int) -> int:
        """Behind the end of what begins here."""
        if opening == b"/*":
            return self._comment_end(start)
        if opening[:1] == b"$":
            pattern = re.compile(re.escape(opening))
        else:
            kind = opening.lower()
            pattern = _INSIDE[b"e'" if kind == b"'" and self._old_strings else kind]
        while True:
            match = pattern.search(self._buffer, position)
            if match is None:
                # A backslash or a tag may lie across the edge; lines are whole, so only the last byte can.
                position = self._needs(len(self._buffer), opening)
            elif match[0].startswith(b"\\"):
                position = match.end()
            else:
                return match.end()

    def _comment_end(self, start: int) -> int:
        depth, position = 0, start
        while True:
            match = _INSIDE[b"/*"].search(self._buffer, position)
            if match is None:
                position = self._needs(len(self._buffer), b"/*")
                continue
            depth += 1 if match[0] == b"/*" else -1
            position = match.end()
            if depth == 0:
                return position

    def _needs(self, position: int, opening: bytes) -> int:
        grown = self._grown(position)
        if grown < 0:
            what = opening.decode("ascii", "replace")
            raise BackupError(f"line {self._line}: {what} is never closed; the dump is truncated")
        return grown

    def _copied(self) -> Iterator[bytes]:
        """Data begin on the line behind the COPY."""
        end = self._buffer.find(b"\n", self._at)
        self._move(end + 1 if end >= 0 else len(self._buffer))
        while True:
            near = self._buffer.find(b"\\.", self._at) >= 0  # ten times as fast as the pattern
            last = _COPY_END.search(self._buffer, self._at) if near else None
            if last is not None:
                piece = self._buffer[self._at : last.start()]
                self._move(last.end())
                self._data = None
                if piece:
                    yield piece
                return
            piece = self._buffer[self._at :]
            self._move(len(self._buffer))
            if piece:
                yield piece
            if not self._more():
                raise BackupError(f"line {self._line}: table data without an end; the dump is truncated")
