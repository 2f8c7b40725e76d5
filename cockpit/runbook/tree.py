"""Blocks -> the tree of headings, with what stands directly below each. Rule 2."""

import re
from dataclasses import dataclass, field

from cockpit.runbook.annotations import COMMENT, only_for_check, read_comment
from cockpit.runbook.blocks import Block, Box, Comment, Document, Fence, Heading, Numbered, Prose
from cockpit.runbook.inline import plain
from cockpit.runbook.model import Annotations, Problem
from cockpit.runbook.names import Ids, slug
from cockpit.runbook.offsets import find_offset, strip_offset
from cockpit.runbook.reading.titles import family_of, says_rollback
from cockpit.runbook.reading.vocabulary import languages_of, spoken_in

_FRONT_TITLE = re.compile(r"^(?:title|name)\s*[:=]\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)


@dataclass
class Node:
    """A section while it is being built."""

    id: str
    title: str
    level: int
    line: int
    end_line: int
    parent: "Node | None"
    offset: int | None = None
    notes: Annotations = field(default_factory=Annotations)
    words: str = ""
    """The annotations below its heading, as written."""
    numbered: list[Numbered] = field(default_factory=list)
    boxes: list[tuple[int, Box]] = field(default_factory=list)
    """With their index in the document: boxes and fences refer to the box around them by it."""
    fences: list[tuple[int, Fence]] = field(default_factory=list)
    prose: list[tuple[int, str]] = field(default_factory=list)
    """(line, text) of its paragraphs and items."""
    asides: set[int] = field(default_factory=set)
    """Lines of those that stand in a call-out, a quotation, a list, or are folded away."""
    spoken: tuple[str, ...] = ("en",)
    children: list["Node"] = field(default_factory=list)

    def upward(self) -> "list[Node]":
        """This section and those around it, outermost first."""
        chain = [self]
        while (parent := chain[-1].parent) is not None:
            chain.append(parent)
        return chain[::-1]

    @property
    def titles_rollback(self) -> bool:
        """True where the title makes this section the drawer.

        One of several alternatives ("Path B: plain rollback") stays with the others.
        """
        family = family_of(self.title, self.spoken)
        beside = self.parent.children if family and self.parent else []
        others = [node for node in beside if family_of(node.title, self.spoken) == family]
        return says_rollback(self.title, self.spoken) and all(says_rollback(o.title, self.spoken) for o in others)

    @property
    def is_rollback(self) -> bool:
        return any(node.notes.is_rollback or node.titles_rollback for node in self.upward())

    @property
    def is_reference(self) -> bool:
        return any(node.notes.reference or node.notes.ignore for node in self.upward())


@dataclass
class Tree:
    title: str
    nodes: list[Node]
    preamble_end: int
    """Last line before the first section."""
    problems: list[Problem]
    title_line: int = 1
    spoken: tuple[str, ...] = ("en",)
    languages: tuple[str, ...] = ()


def build_tree(document: Document, last_line: int) -> Tree:
    """The sections of a document in their order. A lone H1 that comes first is the title and no section."""
    headings = [block for block in document.blocks if isinstance(block, Heading) and block.sectioning]
    first_levels = [heading for heading in headings if heading.level == 1]
    front = _FRONT_TITLE.search(document.front_matter)
    top = headings[0] if len(first_levels) == 1 and headings[0].level == 1 else None
    named = top or (first_levels[0] if first_levels else None)
    title = _title(named) if named else front[1] if front else _title(headings[0]) if headings else ""
    words = "\n".join(b.raw for b in document.blocks if isinstance(b, Heading | Prose | Box | Numbered))
    tree = Tree(title, [], last_line, [], named.line if named else 1, spoken_in(words), languages_of(words))
    _Builder(tree, document, top, last_line).build()
    return tree


def _title(heading: Heading) -> str:
    return strip_offset(plain(COMMENT.sub("", heading.raw)))


class _Builder:
    def __init__(self, tree: Tree, document: Document, top: Heading | None, last_line: int) -> None:
        self.tree = tree
        self.document = document
        self.top = top
        self.last_line = last_line
        self.ids = Ids()
        self.open: list[Node] = []
        first = next((b.line for b in document.blocks if _begins_section(b) and b is not top), last_line + 1)
        tree.preamble_end = first - 1
        self.preamble = Node("", tree.title, 1, tree.title_line, first - 1, None, spoken=tree.spoken)

    def build(self) -> None:
        current = self.preamble
        for index, block in enumerate(self.document.blocks):
            match block:
                case Heading() if block is self.top:
                    self._words(current, COMMENT.findall(block.raw))
                case Heading(sectioning=True):
                    current.end_line = min(current.end_line, block.line - 1)
                    current = self._section(block)
                case Box():
                    current.boxes.append((index, block))
                    current.prose.append((block.line, block.raw))
                    current.asides.add(block.line)
                case Numbered():
                    current.numbered.append(block)
                    current.prose.append((block.line, block.raw))
                    current.asides.add(block.line)
                case Prose():
                    current.prose.append((block.line, block.raw))
                    current.asides |= {block.line} if block.aside else set()
                case Fence():
                    current.fences.append((index, block))
                case Comment():
                    self._comment(current, block)
        if self.preamble.boxes or self.preamble.fences:
            # Boxes below the title and above the first section have a section of their own, named like the runbook.
            self.preamble.id = self.ids.take(slug(self.tree.title) or "top")
            self.tree.nodes.insert(0, self.preamble)

    def _section(self, heading: Heading) -> Node:
        while self.open and self.open[-1].level >= heading.level:
            self.open.pop()
        parent = self.open[-1] if self.open else None
        title, raw = _title(heading), plain(heading.raw)
        own = slug(title) or "section"
        node = Node(
            self.ids.take(f"{parent.id}/{own}" if parent else own),
            title, heading.level, heading.line, self.last_line, parent, find_offset(raw), spoken=self.tree.spoken,
        )  # fmt: skip
        if parent:
            parent.children.append(node)
            node.offset = parent.offset if node.offset is None else node.offset
        self.open.append(node)
        self.tree.nodes.append(node)
        self._words(node, COMMENT.findall(heading.raw))
        return node

    def _words(self, node: Node, found: list[str]) -> None:
        words = " ".join(found)
        if not words.strip():
            return
        node.words = f"{node.words} {words}".strip()
        read = read_comment(node.words)
        node.notes = read.notes
        node.offset = read.notes.at_seconds if read.notes.at_seconds is not None else node.offset
        for word in read_comment(words).unknown:
            self.tree.problems.append(
                Problem(node.line, "warning", "unknown-annotation", f"{word!r} is not a section annotation")
            )

    def _comment(self, node: Node, block: Comment) -> None:
        found = COMMENT.findall(block.content)
        problems = self.tree.problems
        if block.between == "list" and block.content.lstrip().startswith("<!--"):
            problems.append(
                Problem(block.line, "warning", "comment-splits-list",
                        "a comment at column 0 splits the list in two; put it at the end of the item's line")
            )  # fmt: skip
        elif block.between == "table":
            problems.append(Problem(block.line, "warning", "comment-breaks-table", "a comment breaks the table in two"))
        elif found and block.first:
            self._words(node, found)
        elif found and not all(map(only_for_check, found)):
            message = "belongs below a heading or at the end of an item's line; ignored here"
            problems.append(Problem(block.line, "warning", "annotation-out-of-place", message))
        for number, line in enumerate(block.content.split("\n"), block.line):
            if re.match(r"\s*(?:<!--\s*)?(?:[-*+]|\d+[.)])\s+\[[ xX]\]\s+\S", line):
                problems.append(
                    Problem(number, "warning", "box-in-comment", "an item inside a comment or HTML is ignored")
                )


def _begins_section(block: Block) -> bool:
    return isinstance(block, Heading) and block.sectioning
