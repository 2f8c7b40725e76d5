"""SQL as far as rules need it: statements with their places, and whether they stand in a transaction."""

import re
from collections.abc import Iterator

from msgspec import Struct

_TOKEN = re.compile(
    r"--[^\n]*|/\*.*?(?:\*/|\Z)|'(?:[^']|'')*(?:'|\Z)|\"[^\"]*(?:\"|\Z)"
    r"|(?P<tag>\$[A-Za-z_]*\$).*?(?:(?P=tag)|\Z)|;|[^\s;'\"$/-]+|\s+|.",
    re.DOTALL,
)
_BEGINS = re.compile(r"(?:BEGIN|START\s+TRANSACTION)\b(?!\s+ATOMIC)", re.I)
_ENDS = re.compile(r"(?:COMMIT|ROLLBACK|END|ABORT)\b(?!\s+(?:TO|PREPARED)\b)", re.I)
_COMMENTED = re.compile(r"[ \t]*--")
_DO_BEGINS = re.compile(r"[ \t]*--[ \t]*DO\s+\$", re.I)
_DO_ENDS = re.compile(r"[ \t]*--.*\bEND\b.*\$", re.I)
_OUTSIDE_ONLY = re.compile(
    r"(?P<what>(?:CREATE\s+(?:UNIQUE\s+)?|DROP\s+)INDEX\s+CONCURRENTLY|REINDEX\b[^;]*?\bCONCURRENTLY"
    r"|VACUUM|CREATE\s+DATABASE|DROP\s+DATABASE|ALTER\s+SYSTEM)\b",
    re.I,
)
_ENDS_INSIDE = re.compile(r"(?:^|;|\b(?:BEGIN|THEN|ELSE|LOOP))\s*(?P<what>COMMIT|ROLLBACK)\s*(?:;|\Z)", re.I)


class Statement(Struct, frozen=True):
    """`start`: offset of its first word in the text. `in_transaction`: an explicit one is open before it."""

    text: str
    start: int
    in_transaction: bool


class Place(Struct, frozen=True):
    """Where something stands in the text that was given, and what."""

    start: int
    what: str


def statements(text: str) -> Iterator[Statement]:
    """The statements of `text`, without the comments before them. Quotes and dollar quotes hold together.

    Comments are kept inside a statement. Never fails: an open quote takes the rest.
    """
    first, opened = -1, False
    for match in _TOKEN.finditer(text):
        piece = match[0]
        if piece == ";":
            if first >= 0:
                one = Statement(text[first : match.start()], first, opened)
                yield one
                opened = _after(one, opened)
            first = -1
        elif first < 0 and not piece.isspace() and not piece.startswith(("--", "/*")):
            first = match.start()
    if first >= 0:
        yield Statement(text[first:].rstrip(), first, opened)


def _after(statement: Statement, opened: bool) -> bool:
    if _BEGINS.match(statement.text):
        return True
    return opened and _ENDS.match(statement.text) is None


def with_commented_blocks(text: str) -> str:
    """`text` with `DO` blocks that are commented out uncommented, every character in its place.

    An example is copied with its comments; the block in it is meant to be used.
    """
    lines = text.split("\n")
    begun = -1
    for number, line in enumerate(lines):
        if _COMMENTED.match(line) is None:
            begun = -1
        elif begun < 0 and _DO_BEGINS.match(line):
            begun = number
        if begun >= 0 and _DO_ENDS.match(line):
            lines[begun : number + 1] = [one.replace("--", "  ", 1) for one in lines[begun : number + 1]]
            begun = -1
    return "\n".join(lines)


def only_outside_transactions(text: str) -> Iterator[Place]:
    """Statements inside BEGIN that PostgreSQL refuses there: indexes CONCURRENTLY, VACUUM, CREATE DATABASE, ..."""
    for statement in statements(text):
        match = _OUTSIDE_ONLY.match(statement.text) if statement.in_transaction else None
        if match:
            yield Place(statement.start, " ".join(match["what"].split()))


def commits_in_do(text: str) -> Iterator[Place]:
    """COMMIT or ROLLBACK in a DO block that stands inside BEGIN: `invalid transaction termination`."""
    whole = with_commented_blocks(text)
    for statement in statements(whole):
        if not statement.in_transaction or not re.match(r"DO\b", statement.text, re.I):
            continue
        body = re.sub(r"--[^\n]*", lambda match: " " * len(match[0]), statement.text)
        for match in _ENDS_INSIDE.finditer(body):
            yield Place(statement.start + match.start("what"), match["what"].upper())
