"""What a script does, read without running it: its commands, what it asks people, what it takes from outside."""

import re
from typing import NamedTuple

from msgspec import Struct
from tree_sitter import Node

from cockpit.runbook import grammar, interactive
from cockpit.runbook.holes import Hole, find_holes, mask
from cockpit.runbook.model import Command, Placeholder
from cockpit.runbook.mojibake import repair
from cockpit.runbook.sessions import Session, session_of
from cockpit.runbook.variables import outside_variables

_ASKS = re.compile(
    r"(?:\d+[.)]\s*)?(?:(?:please|now|then|manually|first|finally|important:|todo:)\s+)?"
    r"(?:double-?check|verify|check|confirm|wait|ensure|make sure)\b",
    re.IGNORECASE,
)
_SOFT = re.compile(
    rb"\byour[-_][\w-]+|/path/to\b|\[[A-Z][A-Z _]{2,40}\](?!\])"
    rb"|(?<=\s)\[[a-z]+(?:[ -][a-z]+){0,4}\](?=\s|$)|(?<=[ \t])(?:\.\.\.|\xe2\x80\xa6)(?=\s|$)"
    rb"|\b(?:user|username)@(?:host|hostname|server|ip|remote|your[\w.-]*|example\.(?:com|org|net))\b"
    rb"|(?<![\w$/.={\"'-])(?!\w+=)(?:[A-Z][A-Z0-9]*_)+(?:NAME|ID|VERSION|TAG|SHA|HASH|NUMBER|HOST|IP|BRANCH)(?![\w=(-])"
)
_NAMES_VARIABLES = re.compile(
    rb"\b(?:export|unset|declare|local|readonly|printenv|read|env|secrets?|config|set|put|var|variables?)\b|(?:^|\s)(?:-e|--env|--build-arg)\s"
)
"""Commands whose arguments are names of variables: in capitals, and meant so."""


class Note(NamedTuple):
    """A finding in a script: line of the file, text."""

    line: int
    text: str


class Script(Struct, frozen=True):
    """A script's facts; all lines are lines of the file."""

    commands: tuple[Command, ...] = ()
    sign_offs: tuple[Note, ...] = ()
    comments: tuple[Note, ...] = ()
    placeholders: tuple[Placeholder, ...] = ()
    soft: tuple[Note, ...] = ()
    """Holes that only warn: `your-...`, `/path/to`, `[REASON]`."""
    variables: tuple[str, ...] = ()
    asks: tuple[Note, ...] = ()
    """Commands known to ask a question, with the reason."""
    session: Session | None = None
    """The shell or client that one of the commands opens, and the lines that are typed into it."""
    suspicious: bool = False
    """The grammar saw an error; bash has the last word."""
    masked: str = ""
    """The script with a plain word in every placeholder: what a syntax check looks at."""


def read_script(body: str, line: int) -> Script:
    """The facts about `body`, whose first line is line `line` of the file. Pure, and never fails."""
    script = body.encode("utf-8", "replace")
    holes, root = find_holes(script)
    nodes = grammar.top_level(root)
    commands, sign_offs, comments = _sort(nodes, script, line)
    session = session_of(root, script)
    asks = interactive.questions(root, script)
    if session is not None and not any(row == session.row for row, _ in asks):
        asks = sorted([*asks, (session.row, session.opens.words)])
    masked = mask(script, holes)
    return Script(
        commands=commands,
        sign_offs=sign_offs,
        comments=comments,
        placeholders=_once_per_name(holes, script, line),
        soft=_soft(root, script, holes, line),
        variables=outside_variables(root, script),
        asks=tuple(Note(line + row, reason) for row, reason in asks),
        session=session,
        suspicious=grammar.is_suspicious(root, masked),
        masked=masked.decode("utf-8", "replace"),
    )


def _sort(
    nodes: list[Node], script: bytes, line: int
) -> tuple[tuple[Command, ...], tuple[Note, ...], tuple[Note, ...]]:
    """Commands with their labels, sign-offs, and all comments that have a line of their own."""
    commands: list[Command] = []
    sign_offs: list[Note] = []
    comments: list[Note] = []
    block: list[Note] = []
    previous_row = -1
    for node in [*nodes, None]:
        row = grammar.first_row(node) if node is not None else -1
        is_comment = node is not None and node.type == "comment"
        if is_comment and row == previous_row:
            continue  # behind a command, on its line
        adjacent = bool(block) and row + line == block[-1].line + 1
        if (block and not adjacent) or (node is not None and not is_comment):
            # Directly above a command the whole block is the command's name, else each line speaks for itself (rule 8).
            label = " ".join(note.text for note in block) if adjacent else ""
            if not label:
                sign_offs += [note for note in block if _ASKS.match(note.text)]
            if node is not None and not is_comment:
                commands.append(_command(node, script, line, label))
            block = []
        if node is not None:
            previous_row = grammar.last_row(node)
            if is_comment and (text := _comment_text(node, script)):
                block.append(Note(row + line, text))
                comments.append(block[-1])
    return tuple(commands), tuple(sign_offs), tuple(comments)


def _command(node: Node, script: bytes, line: int, label: str) -> Command:
    text = grammar.text_of(node, script).rstrip("\n")
    if node.next_sibling is not None and node.next_sibling.type == "&":
        text += " &"
    return Command(line + grammar.first_row(node), line + grammar.last_row(node), text, label)


def _comment_text(node: Node, script: bytes) -> str:
    return repair(grammar.text_of(node, script).lstrip("#").strip())


def _once_per_name(holes: tuple[Hole, ...], script: bytes, line: int) -> tuple[Placeholder, ...]:
    found: dict[str, Placeholder] = {}
    for hole in holes:
        if hole.name not in found:
            at = line + script.count(b"\n", 0, hole.start)
            found[hole.name] = Placeholder(hole.name, hole.token, at, hole.kind, hole.choices, hole.pattern)
    return tuple(found.values())


def _soft(root: Node, script: bytes, holes: tuple[Hole, ...], line: int) -> tuple[Note, ...]:
    """What looks like a hole and is no certain one. What is asked for is not told again."""
    notes = []
    for match in _SOFT.finditer(script):
        if any(hole.start < match.end() and match.start() < hole.end for hole in holes):
            continue
        before = script[script.rfind(b"\n", 0, match.start()) + 1 : match.start()]
        if match[0].isupper() and match[0][:1] != b"[" and _NAMES_VARIABLES.search(before):
            continue
        node = root.descendant_for_byte_range(match.start(), match.end())
        if node is None or not any(n.type == "comment" for n in grammar.above(node)):
            at = line + script.count(b"\n", 0, match.start())
            notes.append(Note(at, match[0].decode("utf-8", "replace")))
    return tuple(notes)
