"""Alternatives: "Option 1", "Path B", "If ..." that stand side by side, and `# OR` inside a script. Rule 12."""

import itertools
import re
from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct

from cockpit.runbook.blocks import Around, Fence
from cockpit.runbook.inline import plain
from cockpit.runbook.reading.titles import family_of, is_platform, names_a_place
from cockpit.runbook.reading.vocabulary import start_pattern
from cockpit.runbook.shell import Script
from cockpit.runbook.tree import Node

_OR = re.compile(
    r"(?:\d+[.)]\s*)?(?:OR\b|Or\b|or:|or$|Alternatively\b|Oder\b|Alternativ\b|Ou\b|O bien\b|Oppure\b|Of:|Eller\b|Lub\b|"
    r"Albo\b|Или\b|Veya\b|或者?|または|또는)\s*[:,-]?\s*"
)


class Variant(NamedTuple):
    """One of several ways to do the same: the group that it is chosen from, and its title."""

    group: str
    title: str


class Choices(NamedTuple):
    """What is to be chosen from, and where."""

    sections: dict[str, str]
    """Id of a section that is an alternative -> its title."""
    labels: dict[tuple[str, str], str]
    """(id of a section, bold line in it) that is an alternative -> its title."""
    parents: set[str]
    """Ids of the sections in which one is chosen."""
    variants: dict[int, Variant]
    """Line of a fence -> what it is a variant of."""


def find_choices(nodes: list[Node]) -> Choices:
    """All alternatives among headings, bold lines, list items and tabs.

    In the rollback drawer a single "If ..." is one as well.
    """
    choices = Choices({}, {}, set(), {})
    siblings: dict[str, list[Node]] = {}
    for node in nodes:
        siblings.setdefault(node.parent.id if node.parent else "", []).append(node)
    for parent, children in siblings.items():
        told = any(child.parent and child.parent.notes.choose_one for child in children)
        chosen = _alike([(child.title, child.is_rollback) for child in children], children[0].spoken, told=told)
        chosen |= set() if told else parallel(child.title for child in children)
        choices.sections.update({child.id: child.title for child in children if child.title in chosen})
        if chosen and parent:
            choices.parents.add(parent)
        for child in children:
            if child.title in chosen:
                _put(choices, child, f"{parent or 'top'}/choice", child.title)
    for node in nodes:
        bold = list(dict.fromkeys(fence.label for _, fence in node.fences if fence.label))
        chosen = _alike([(label, node.is_rollback) for label in bold], node.spoken, told=node.notes.choose_one)
        choices.labels.update({(node.id, label): label for label in chosen})
        for _, fence in node.fences:
            if fence.label in chosen:
                choices.variants[fence.line] = Variant(f"{node.id}/choice", fence.label)
        if len(chosen) > 1:
            choices.parents.add(node.id)
        if _among_items(node, choices) | _among_tabs(node, choices) | _said_or(node, choices):
            choices.parents.add(node.id)
    return choices


def _put(choices: "Choices", node: Node, group: str, title: str) -> None:
    for _, fence in node.fences:
        choices.variants[fence.line] = Variant(group, title)
    for child in node.children:
        _put(choices, child, group, title)


def _alike(titles: list[tuple[str, bool]], spoken: tuple[str, ...], *, told: bool) -> set[str]:
    if told:
        return {title for title, _ in titles}
    families: dict[str, list[tuple[str, bool]]] = {}
    for title, rollback in titles:
        families.setdefault(family_of(title, spoken), []).append((title, rollback))
    return {
        title
        for family, members in families.items()
        if family and (len(members) > 1 or members[0][1])
        for title, _ in members
    }


def parallel(titles: Iterable[str]) -> set[str]:
    """Titles of sections that do the same in different ways, though no word says so.

    They are the same but for the kind ("Minor release", "Patch release"; "Upgrade with downtime", "... without ...") or
    for what is used ("Deploy with Helm", "Deploy with Kustomize"). Environments are no ways: one comes after another.
    """
    alike: dict[tuple[str, str], set[str]] = {}
    for title in titles:
        if names_a_place(title):
            continue
        plainly = _NUMBERING.sub("", title).lower()
        kind = " ".join(re.findall(r"\w+", _KINDS.sub(" ", plainly)))
        alike.setdefault((kind, ""), set()).add(title)
        means = _MEANS.fullmatch(title)
        if means:
            alike.setdefault((means["verb"], means["means"]), set()).add(title)
    found: set[str] = set()
    for (kind, means_word), members in alike.items():
        told = [title for title in members if means_word or _KINDS.search(title)]
        if kind and len(members) > 1 and told:
            found |= members
    return found


_NUMBERING = re.compile(r"^[\W\d_]+|\s*\{#[^}]*\}\s*$")
_KINDS = re.compile(
    r"\b(?:with|without|non|minor|major|patch|hotfix|point|main|feature|security|embargoed|emergency|standard|normal|"
    r"regular|scheduled|quick|manual|manually|automatic|automated|automatically|online|offline|air[- ]?gapped|"
    r"in[- ]place|rolling|blue[/-]green|canary|graceful|unsafe|single[- ]node|multi[- ]node|from source|ohne|mit|"
    r"manuelle?|automatische?|sin|con|manual|automátic[oa]|sans|avec|manuel(?:le)?|automatique|sem|com|senza|manuale|"
    r"automatico|zonder|met|handmatig|utan|med|manuell|automatisk|bez|без|ручн\w+|автоматическ\w+)\b"
    r"|不|非|无|無|手动|自动|手動|自動|수동|자동",
    re.I,
)
_MEANS = re.compile(
    r"(?P<verb>\S+(?:\s+\S+){0,3})\s+"
    r"(?P<means>with|using|via|on|mit|en|con|avec|sur|com|met|med|mediante|usando|przez|через|ile)\s+"
    r"(?P<what>[A-Z][\w .+-]*)"
)


def _among_items(node: Node, choices: "Choices") -> bool:
    """Items of one list that begin alike ("If it was installed with ...") or name where they are for ("pip:")."""
    lists: dict[int, list[tuple[Around, Fence]]] = {}
    for _, fence in node.fences:
        for around in fence.place.items:
            lists.setdefault(around.list, []).append((around, fence))
    found = False
    for start, members in lists.items():
        families: dict[str, set[int]] = {}
        of_item: dict[int, str] = {}
        for around, _ in members:
            if around.number not in of_item:
                own = "platform" if is_platform(around.text) else family_of(plain(around.text), node.spoken)
                of_item[around.number] = own
                families.setdefault(own, set()).add(around.number)
        for around, fence in members:
            family = of_item[around.number]
            if family and len(families[family]) > 1:
                found = True
                title = plain(around.text).split("\n")[0].rstrip(": ")
                choices.variants.setdefault(fence.line, Variant(f"{node.id}/list-{start}", title))
    return found


def _among_tabs(node: Node, choices: "Choices") -> bool:
    tabs: dict[int, set[str]] = {}
    for _, fence in node.fences:
        if fence.place.tab is not None:
            tabs.setdefault(fence.place.tab.group, set()).add(fence.place.tab.title)
    for _, fence in node.fences:
        tab = fence.place.tab
        if tab is not None and len(tabs[tab.group]) > 1:
            choices.variants[fence.line] = Variant(f"{node.id}/tabs-{tab.group}", tab.title)
    return any(len(titles) > 1 for titles in tabs.values())


def _said_or(node: Node, choices: "Choices") -> bool:
    """A fence whose text begins with "Or" or "Alternatively" is a variant of the one before it."""
    found = False
    before: Fence | None = None
    for _, fence in node.fences:
        lead = fence.place.lead
        if (
            before is not None
            and start_pattern("alternatively", node.spoken).match(lead)
            and not _CONDITION_TOO.match(lead)
        ):
            group = choices.variants.get(before.line, Variant(f"{node.id}/or-{before.line}", "")).group
            choices.variants.setdefault(before.line, Variant(group, _title_of(before)))
            choices.variants.setdefault(fence.line, Variant(group, _title_of(fence)))
            found = True
        before = fence
    return found


_CONDITION_TOO = re.compile(r"(?:otherwise|sinon|ansonsten|altrimenti|иначе|否则)\b", re.I)


def _title_of(fence: Fence) -> str:
    first = next((line.strip() for line in fence.content.split("\n") if line.strip()), "")
    return plain(fence.place.lead.split("\n")[-1]).rstrip(": ") or first


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
    named = [index for index, command in enumerate(script.commands) if family_of(command.label) not in ("", "if")]
    if len(named) > 1 and named[0] == 0:
        # "Option 1: ...", "Option 2: ..." above the commands.
        starts = sorted({*starts, *named[1:]})
    if not starts or starts[0] == 0:
        return [], ""
    bounds = [0, *starts, len(script.commands)]
    groups = [script.commands[a:b] for a, b in itertools.pairwise(bounds)]
    lines = ", ".join(str(group[0].line) for group in groups[1:])
    if any(later.label or later.line > before.end_line + 1 for g in groups for before, later in itertools.pairwise(g)):
        return [], f"alternatives in one script (OR, line {lines}); put each in its own fence"
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
