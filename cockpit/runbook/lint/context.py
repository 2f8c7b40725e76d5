"""What the rules look at: the runbook, its lines, and every script that can run with its tree and its calls."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from tree_sitter import Node

from cockpit.runbook import grammar
from cockpit.runbook.blocks import Fence, Indented
from cockpit.runbook.holes import Hole, find_holes, mask
from cockpit.runbook.lint.model import Finding, Replacement, Rule
from cockpit.runbook.model import Runbook, Section, Step
from cockpit.runbook.source import Source
from cockpit.runbook.wrappers import wrapped

Known = Mapping[tuple[str, ...], frozenset[str]]
"""What an installed tool answered: the words of a command -> its subcommands."""


class Call(Struct, frozen=True):
    """One simple command: its words as written but for the quotes around them, without `sudo` and its like in front."""

    node: Node
    words: tuple[str, ...]
    nodes: tuple[Node, ...]
    """One per word."""

    @property
    def name(self) -> str:
        return self.words[0].rsplit("/", 1)[-1] if self.words else ""

    def begins(self, *words: str) -> bool:
        return (self.name, *self.words[1 : len(words)]) == words

    def has(self, *options: str) -> bool:
        """True where one of the options is given, as `--name` or `--name=value`."""
        return any(word.partition("=")[0] in options for word in self.words[1:])


class Script(Struct, frozen=True):
    """A script that can run, and where its text stands in the file."""

    step: Step
    section: Section
    data: bytes
    masked: bytes
    root: Node
    holes: tuple[Hole, ...]
    calls: tuple[Call, ...]
    lines: tuple[str, ...]
    """The lines of the file."""
    starts: tuple[int, ...]
    """Byte offset of each of its own lines."""
    given: frozenset[str] = frozenset()
    """Variables that the scripts above it set: they carry over."""

    def place(self, offset: int) -> tuple[int, int]:
        """(line, column) of the file for a byte of the script. Indentation and prompts are counted in."""
        row = bisect_right(self.starts, offset) - 1
        begin, end = self.starts[row], self.data.find(b"\n", offset)
        text = self.data[begin : end if end >= 0 else len(self.data)].decode("utf-8", "replace").rstrip()
        line = self.step.body_line + row
        at = self.lines[line - 1].rfind(text) if 0 < line <= len(self.lines) and text else -1
        return line, at + len(self.data[begin:offset].decode("utf-8", "replace")) + 1 if at >= 0 else 0

    def text(self, node: Node) -> str:
        return grammar.text_of(node, self.data)

    def find(self, rule: Rule, node: Node, message: str, new: str | None = None) -> Finding:
        """A finding at `node`; with `new`, what `node` is to be replaced with."""
        return self.at(rule, node.start_byte, message, self.text(node) if new is not None else "", new)

    def at(self, rule: Rule, offset: int, message: str, old: str = "", new: str | None = None) -> Finding:
        line, column = self.place(offset)
        fix = Replacement(line, column, old, new) if new is not None and column else None
        return Finding(rule.code, rule.severity, line, column, message, rule.safer, fix)


class Sql(Struct, frozen=True):
    """The text of a fence with SQL. `line` is the file line of its first line."""

    text: str
    line: int
    indent: int = 0
    """How many columns of the file stand before its text."""


class Context(Struct, frozen=True):
    """Everything a rule may look at."""

    runbook: Runbook
    source: Source
    scripts: tuple[Script, ...]
    sql: tuple[Sql, ...]
    prose: tuple[tuple[int, str], ...]
    """(line, text) of every line that stands in no fence and in no indented code."""
    known: Known

    @property
    def lines(self) -> tuple[str, ...]:
        return self.source.lines


def read_context(runbook: Runbook, source: Source, code: Sequence[Fence | Indented], known: Known) -> Context:
    scripts = tuple(_scripts(runbook, source))
    inside = {line for block in code for line in range(block.line, block.end_line + 1)}
    prose = tuple((number, text) for number, text in enumerate(source.lines, 1) if number not in inside)
    sql = tuple(
        Sql(fence.content, fence.line + 1, _indent(fence, source.lines))
        for fence in code
        if isinstance(fence, Fence)
        and (fence.info.split() or [""])[0].lower() in {"sql", "postgresql", "pgsql", "psql", "postgres"}
    )
    return Context(runbook, source, scripts, sql, prose, known)


def _indent(fence: Fence, lines: tuple[str, ...]) -> int:
    first = fence.content.split("\n", 1)[0]
    return max(0, lines[fence.line].find(first)) if first and fence.line < len(lines) else 0


def _scripts(runbook: Runbook, source: Source) -> Iterator[Script]:
    given: frozenset[str] = frozenset()
    for section in runbook.sections:
        for step in section.steps:
            if step.fits:
                data = step.body.encode("utf-8", "replace")
                holes, root = find_holes(data)
                calls = tuple(_calls(root, data))
                starts = (0, *(match.end() for match in re.finditer(rb"\n", data)))
                yield Script(step, section, data, mask(data, holes), root, holes, calls, source.lines, starts, given)
                given |= _set_by(root, data)


def _set_by(root: Node, data: bytes) -> frozenset[str]:
    """Names that the script gives a value to, for those that come after it."""
    if b"=" not in data and b"read" not in data:
        return frozenset()
    found = set()
    for node in grammar.walk(root):
        if node.type == "variable_assignment" and (node.parent is None or node.parent.type != "command"):
            name = node.child_by_field_name("name")
            found |= {grammar.text_of(name, data)} if name is not None else set()
        elif node.type == "command" and (words := grammar.words_of(node, data))[:1] == ["read"]:
            found |= {word for word in words[1:] if word.isidentifier()}
    return frozenset(found)


def _calls(root: Node, data: bytes) -> Iterator[Call]:
    for node in grammar.walk(root):
        if node.type != "command":
            continue
        nodes = grammar.word_nodes(node)
        words = [grammar.text_of(word, data).strip("\"'") for word in nodes]
        skip = _wrapped(words)
        if words[skip:]:
            yield Call(node, tuple(words[skip:]), tuple(nodes[skip:]))


def _wrapped(words: list[str]) -> int:
    """How many words stand before the program that really runs."""
    at = 0
    while before := wrapped(words[at:]):
        at += before
    return at
