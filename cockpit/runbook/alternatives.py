"""Alternatives: "Option 1", "Path B", "If ..." that stand side by side, and `# OR` inside a script. Rule 12."""

import itertools
import re

from msgspec import Struct

from cockpit.runbook.shell import Script
from cockpit.runbook.titles import family_of
from cockpit.runbook.tree import Node

_OR = re.compile(r"(?:OR\b|Or[:,]|or:)\s*[:,-]?\s*")


class Choices(Struct, frozen=True):
    """What is to be chosen from, and where."""

    sections: dict[str, str]
    """Id of a section that is an alternative -> its title."""
    labels: dict[tuple[str, str], str]
    """(id of a section, bold line in it) that is an alternative -> its title."""
    parents: frozenset[str]
    """Ids of the sections in which one is chosen."""


def find_choices(nodes: list[Node]) -> Choices:
    """All alternatives among headings and bold lines. In the rollback drawer a single "If ..." is one as well."""
    sections: dict[str, str] = {}
    labels: dict[tuple[str, str], str] = {}
    parents = set()
    siblings: dict[str, list[Node]] = {}
    for node in nodes:
        siblings.setdefault(node.parent.id if node.parent else "", []).append(node)
    for parent, children in siblings.items():
        told = any(child.parent and child.parent.notes.choose_one for child in children)
        chosen = _alike([(child.title, child.is_rollback) for child in children], told=told)
        sections |= {child.id: child.title for child in children if child.title in chosen}
        if chosen and parent:
            parents.add(parent)
    for node in nodes:
        bold = list(dict.fromkeys(fence.label for _, fence in node.fences if fence.label))
        chosen = _alike([(label, node.is_rollback) for label in bold], told=node.notes.choose_one)
        labels |= {(node.id, label): label for label in chosen}
        if len(chosen) > 1:
            parents.add(node.id)
    return Choices(sections, labels, frozenset(parents))


def _alike(titles: list[tuple[str, bool]], *, told: bool) -> set[str]:
    if told:
        return {title for title, _ in titles}
    families: dict[str, list[tuple[str, bool]]] = {}
    for title, rollback in titles:
        families.setdefault(family_of(title), []).append((title, rollback))
    return {
        title
        for family, members in families.items()
        if family and (len(members) > 1 or members[0][1])
        for title, _ in members
    }


class Part(Struct, frozen=True):
    """One of the alternatives of a script: its lines of the file, and a title."""

    first: int
    last: int
    title: str


def split_at_or(script: Script, first: int, last: int) -> tuple[list[Part], str]:
    """The alternatives of a script whose body is lines `first` to `last`, or the reason why they cannot be told apart.

    Only where each of them is a single block of commands: what stands before the first or behind the last might belong
    to all of them, and guessing wrong would run it never or twice.
    """
    starts = [index for index, command in enumerate(script.commands) if _OR.match(command.label)]
    if not starts or starts[0] == 0:
        return [], ""
    bounds = [0, *starts, len(script.commands)]
    groups = [script.commands[a:b] for a, b in itertools.pairwise(bounds)]
    lines = ", ".join(str(group[0].line) for group in groups[1:])
    if any(later.label or later.line > before.end_line + 1 for g in groups for before, later in itertools.pairwise(g)):
        return [], f"alternatives in one script (OR, line {lines}); put each in a fence of its own"
    # The comment block that names a command belongs to it.
    cuts = []
    for group in groups[1:]:
        line = group[0].line
        while any(note.line == line - 1 for note in script.comments):
            line -= 1
        cuts.append(line)
    edges = [first, *cuts, last + 1]
    titles = [_OR.sub("", group[0].label, count=1) or group[0].text.split("\n")[0] for group in groups]
    return [Part(a, b - 1, title) for (a, b), title in zip(itertools.pairwise(edges), titles, strict=True)], ""
