"""The statements of a script with their places, split where psql splits it.

A semicolon ends a statement outside quotes, parentheses and the BEGIN ATOMIC body of a function; a backslash outside
quotes is a command of psql up to the end of its line; what follows COPY ... FROM STDIN is data up to a line with `\\.`.
"""

import re
from collections.abc import Iterator

from msgspec import structs

from cockpit.migrations.lexer import STRUCTURE, WITH_WORDS, end_of_comment, end_of_dollar
from cockpit.migrations.model import Kind, Statement

_LEADING = re.compile(r"(?:\s+|--[^\n]*)*")
_ROUTINE = re.compile(r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE)\b", re.I)
_COPY_IN = re.compile(r"COPY\b.*\bFROM\s+STDIN\b", re.I | re.S)
_COPY_END = re.compile(r"^\\\.[ \t]*\r?$", re.M)
_SENDS = re.compile(r"\\(?:g|gx|gexec|gset|gdesc|crosstabview|watch|bind|sendpipeline)\b")
_BEGIN = re.compile(r"(?:BEGIN|START\s+TRANSACTION)\b", re.I)
_END = re.compile(r"(?:COMMIT|END|ROLLBACK|ABORT|PREPARE\s+TRANSACTION)\b(?!\s+PREPARED)", re.I)
_BACK_TO = re.compile(r"ROLLBACK\s+(?:(?:WORK|TRANSACTION)\s+)?TO\b", re.I)
_CHAIN = re.compile(r"\bAND\s+CHAIN\b", re.I)


def split(text: str) -> tuple[Statement, ...]:
    """Every statement in order, transactions numbered."""
    found, number, open_one = [], 0, 0
    for statement in _Splitter(text).run():
        if statement.kind != "sql":
            found.append(statement)
            continue
        head = statement.text[:200]
        if head[:6].upper() == "INSERT":
            found.append(structs.replace(statement, transaction=open_one) if open_one else statement)
            continue
        begins = _BEGIN.match(head) is not None
        if begins and not open_one:
            number += 1
            open_one = number
        found.append(structs.replace(statement, transaction=open_one) if open_one else statement)
        if not begins and _END.match(head) and not _BACK_TO.match(head) and open_one:
            chained = _CHAIN.search(head) is not None
            number += chained
            open_one = number if chained else 0
    return tuple(found)


class _Splitter:
    def __init__(self, text: str) -> None:
        self.text = text
        self.line = 1
        self.counted = 0

    def run(self) -> Iterator[Statement]:
        position = 0
        while True:
            lead, behind = position, self._skip(position)
            if behind is None:
                yield self._made(lead, len(self.text), lead, "unfinished", "a comment starting with /*")
                return
            position = behind
            if position >= len(self.text):
                return
            if self.text[position] == ";":
                position += 1
                continue
            if self.text[position] == "\\":
                end = self._line_end(position)
                yield self._made(position, end, lead, "meta")
                position = end
                continue
            statement, position = self._statement(position, lead)
            yield statement

    def _skip(self, position: int) -> int | None:
        """Behind spaces and comments; None where a comment does not end."""
        while True:
            match = _LEADING.match(self.text, position)
            position = match.end() if match else position
            if not self.text.startswith("/*", position):
                return position
            end = end_of_comment(self.text, position)
            if end is None:
                return None
            position = end

    def _statement(self, start: int, lead: int) -> tuple[Statement, int]:
        text, position, parens, depth = self.text, start, 0, 0
        pattern = WITH_WORDS if _ROUTINE.match(text, start) else STRUCTURE
        while (match := pattern.search(text, position)) is not None:
            kind, found = match.lastgroup, match[0]
            position = match.end()
            if kind == "block" or kind == "dollar":
                what = "a comment starting with /*" if kind == "block" else f"a string starting with {found}"
                end = end_of_comment(text, match.start()) if kind == "block" else end_of_dollar(text, match)
                if end is None:
                    return self._made(start, len(text), lead, "unfinished", what), len(text)
                position = end
            elif kind == "open":
                return self._made(start, len(text), lead, "unfinished", f"an unmatched {found}"), len(text)
            elif kind == "word" and not parens:
                # psqlscan.l: CASE counts only inside a body, END takes either back.
                word = found.upper()
                depth += (word == "BEGIN") + (word == "CASE" and depth > 0) - (word == "END" and depth > 0)
            elif found in "()":
                parens = max(0, parens + (1 if found == "(" else -1))
            elif found == ";" and not parens and not depth:
                return self._ended(start, match.start(), position, lead)
            elif found == "\\":
                if text.startswith("\\;", match.start()):
                    return self._ended(start, match.start(), position + 1, lead)
                if _SENDS.match(text, match.start()):
                    return self._ended(start, match.start(), match.start(), lead)
                position = self._line_end(match.start())
        return self._ended(start, len(text), len(text), lead)

    def _ended(self, start: int, end: int, after: int, lead: int) -> tuple[Statement, int]:
        made = self._made(start, end, lead)
        if not _COPY_IN.match(made.text[:4096]):
            return made, after
        begins = min(self._line_end(after) + 1, len(self.text))
        last = _COPY_END.search(self.text, begins)
        if last is None:
            return structs.replace(made, kind="unfinished", what="COPY data without its end, a line with \\."), len(
                self.text
            )
        return structs.replace(made, data=self.text[begins : last.start()]), last.end()

    def _line_end(self, position: int) -> int:
        end = self.text.find("\n", position)
        return end if end >= 0 else len(self.text)

    def _made(self, start: int, end: int, lead: int, kind: Kind = "sql", what: str = "") -> Statement:
        self.line += self.text.count("\n", self.counted, start)
        self.counted = start
        column = start - (self.text.rfind("\n", 0, start) + 1) + 1
        body = self.text[start:end].rstrip()
        return Statement(
            text=body, start=start, end=end, line=self.line, column=column, kind=kind, lead=lead, what=what
        )  # fmt: skip
