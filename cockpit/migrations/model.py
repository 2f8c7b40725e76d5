"""What a migration's file holds, and what is found in it."""

from bisect import bisect_right
from functools import cached_property
from itertools import islice
from typing import Literal

from msgspec import Struct

from cockpit.migrations.lexer import Token, tokens

Level = Literal["error", "warning"]
Kind = Literal["sql", "meta", "unfinished"]
_FIRST_WORDS = 4096
"""Characters in which the first words of a statement are sought."""


class Finding(Struct, frozen=True):
    """One thing to mend. `line` and `column` begin at 1; `fix` is empty where none is known."""

    file: str
    line: int
    column: int
    rule: str
    level: Level
    message: str
    fix: str = ""


class Statement(Struct, frozen=True, dict=True):
    """One statement as psql would send it, without its semicolon; for `meta` a line of psql's own.

    `start` and `end` are offsets in the file, `line` and `column` those of the first character that is no comment.
    `transaction`: 0 outside any, else the number of the one it stands in. `data`: the lines of a COPY FROM STDIN.
    `lead` is where the statement before it ended: the comments between belong to this one.
    """

    text: str
    start: int
    end: int
    line: int
    column: int
    kind: Kind = "sql"
    transaction: int = 0
    data: str | None = None
    lead: int = 0
    what: str = ""

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """Everything but spaces and comments, with offsets in the file."""
        return tuple(tokens(self.text, self.start))

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The first eight words in capitals; empty ones for what is quoted."""
        if len(self.text) <= _FIRST_WORDS:
            return tuple(token.upper for token in self.tokens[:8])
        return tuple(token.upper for token in islice(tokens(self.text[:_FIRST_WORDS]), 8))

    @cached_property
    def _uppers(self) -> frozenset[str]:
        return frozenset(token.upper for token in self.tokens)

    def begins(self, *words: str) -> bool:
        return self.words[: len(words)] == words

    def has(self, *words: str) -> bool:
        """Whether these words stand one after the other anywhere outside quotes."""
        return self.find(*words) is not None

    def find(self, *words: str) -> int | None:
        """Index of the first token of the run of words; None where there is none."""
        if not self._uppers.issuperset(words):
            return None
        every = self.tokens
        for index in range(len(every) - len(words) + 1):
            if all(every[index + step].upper == word for step, word in enumerate(words)):
                return index
        return None


class Header(Struct, frozen=True):
    """The comment at the top of a file. `estimate`: seconds; None where there is none or it is no duration."""

    author: str = ""
    created: str = ""
    estimate: float | None = None
    said: str = ""
    single: bool | None = None


class Script(Struct, frozen=True, dict=True):
    """A file as it was read. `wrapped`: a tool puts one transaction around all of it. `encoding`: empty for UTF-8."""

    name: str
    text: str
    statements: tuple[Statement, ...]
    header: Header
    wrapped: bool = False
    is_down: bool = False
    encoding: str = ""

    @cached_property
    def notable(self) -> tuple[Statement, ...]:
        """Without the INSERTs, to which no rule but one has anything to say: of 50 MB they are nearly all."""
        return tuple(one for one in self.statements if one.text[:6].upper() != "INSERT")

    @cached_property
    def _lines(self) -> list[int]:
        starts, position = [0], self.text.find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = self.text.find("\n", position + 1)
        return starts

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def inside(self, statement: Statement) -> bool:
        """Whether the statement runs in a transaction that more than itself belongs to."""
        return self.wrapped or statement.transaction > 0
