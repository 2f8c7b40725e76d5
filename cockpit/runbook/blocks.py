"""Markdown -> the blocks that a runbook is made of, in the order of the file.

CommonMark + GFM by a real parser: patterns at column 0 miss a third of the boxes and fences of real runbooks. Inline
text is not parsed here; most of a long file is prose that nobody asks about.
"""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin
from msgspec import Struct

from cockpit.runbook.model import Counts
from cockpit.runbook.reading.containers import Containers, Tab, read_containers

_BOX = re.compile(r"\[([ xX]?)\]\s+(?=\S)")
_LABEL = re.compile(r"(\*\*|__)(?P<text>(?:(?!\1).)+)\1\s*:?\s*")
_SIGN = re.compile(r"(?=.*[^\W\d_])[^.!?\n`|<>{}]{2,60}?\s*:?\s*")
"""A paragraph of a few words: it may be the heading of what follows."""
_SIGN_WORDS = 6
_MARKUP_ONLY = re.compile(r"(?:\s*(?:\{\{[<%].*?[>%]\}\}|:{3,}.*|(?:!!!|\?\?\?|===).*|</?[A-Za-z][^>]*>)\s*)+")
_TOML_FRONT = re.compile(r"\A\+\+\+[ \t]*\n(.*?\n)??\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL)


class ListItem:
    """A list item that is open while the tokens are walked."""

    def __init__(self, text: str, box: int | None) -> None:
        self.text = text
        self.numbered = False
        self.list = 0
        self.number = 0
        self.box = box
        """Index of the box in the list of blocks; None for a plain item."""


class Block(Struct, frozen=True, kw_only=True):
    line: int
    end_line: int


class Heading(Block, frozen=True):
    level: int
    raw: str
    sectioning: bool
    """False inside a quotation: a call-out's heading does not begin a section."""


class Box(Block, frozen=True):
    raw: str
    mark: str
    """` `, `x`, `X`, or empty for `[]`."""
    depth: int
    """List items around it."""
    boxes: tuple[int, ...]
    """Indexes of the boxes around it, outermost first."""
    under: str
    """Text of the nearest plain list item around it."""
    label: str


class Numbered(Block, frozen=True):
    """A numbered list item without a box."""

    raw: str


class Around(Struct, frozen=True):
    """A list item around a fence: which list it is of, the how many-th it is there, its text."""

    list: int
    number: int
    text: str


class Place(Struct, frozen=True):
    """Where a fence stands, in the words around it."""

    items: tuple[Around, ...] = ()
    """The list items around it, outermost first."""
    lead: str = ""
    """The paragraph before it; empty where another fence or a heading is nearer."""
    after: str = ""
    """The paragraph behind it."""
    sign: str = ""
    """The last line that stands for a heading: bold, or a few words of their own."""
    summary: str = ""
    tab: Tab | None = None
    quoted: bool = False
    indented: bool = False
    folded: bool = False
    """Inside what a reader unfolds: `<details>`, `???`."""


class Fence(Block, frozen=True):
    info: str
    content: str
    terminated: bool
    box: int | None
    under: str
    """Text of the nearest list item around it."""
    label: str
    """The bold line it stands under."""
    place: Place = Place()


class Prose(Block, frozen=True):
    """A paragraph that is neither a box nor a numbered item."""

    raw: str
    aside: bool = False
    """In a quotation, a call-out or a list: beside the text."""


class Indented(Block, frozen=True):
    """Code by indentation: an example, never a script."""


class Comment(Block, frozen=True):
    """An HTML block: a comment, or markup that Markdown does not look into."""

    content: str
    first: bool
    """Directly below the heading."""
    between: str
    """`list` or `table` where it cuts one in two."""


class Document(Struct, frozen=True):
    blocks: tuple[Block, ...]
    counts: Counts
    front_matter: str


def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark").enable("table").use(front_matter_plugin)
    reader.core.ruler.disable(["inline", "text_join"])
    return reader


_READER = _reader()


def read_blocks(text: str, lines: tuple[str, ...]) -> Document:
    """The blocks of `text`. `lines` are the same text, split."""
    toml = _TOML_FRONT.match(text)
    if toml:
        # Hugo's other front matter: blanked, so that the lines of the rest keep their numbers.
        text = "\n" * toml[0].count("\n") + text[toml.end() :]
    containers = read_containers(tuple(text.split("\n")))
    tokens = _READER.parse("\n".join(containers.lines))
    front = next((t.content for t in tokens[:1] if t.type == "front_matter"), toml[1] or "" if toml else "")
    blocks = tuple(_Walk(tokens, containers).blocks())
    return Document(blocks, _counts(blocks), front)


class _Walk:
    """One pass over the tokens with the few things that were open before each of them."""

    def __init__(self, tokens: list[Token], containers: Containers) -> None:
        self.tokens = tokens
        self.lines = containers.lines
        self.containers = containers
        self.lists: list[list[int]] = []
        """(first line, items so far) of the open lists."""
        self.lead = ""
        self.lead_line = 0
        self.sign, self.sign_line = "", 0
        self.items: list[ListItem] = []
        self.quotes = 0
        self.label = ""
        self.found = 0

    def blocks(self) -> Iterator[Block]:
        for index, token in enumerate(self.tokens):
            block = self._block(index, token)
            if block is not None:
                self.found += 1
                yield block

    def _block(self, index: int, token: Token) -> Block | None:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                self.lists.append([_span(token)[0], 0])
            case "bullet_list_close" | "ordered_list_close":
                self.lists.pop()
            case "blockquote_open":
                self.quotes += 1
            case "blockquote_close":
                self.quotes -= 1
                self.lead = ""
            case "list_item_open":
                self.items.append(ListItem("", None))
                self.items[-1].numbered = token.info != ""
                self.lists[-1][1] += 1
                self.items[-1].list, self.items[-1].number = self.lists[-1]
            case "list_item_close":
                self.items.pop()
            case "inline":
                return self._inline(index, token)
            case "fence":
                return self._fence(index, token)
            case "code_block":
                first, last = _span(token)
                return Indented(line=first, end_line=last)
            case "html_block":
                return self._comment(index, token)
        return None

    def _inline(self, index: int, token: Token) -> Block | None:
        opened, before = self.tokens[index - 1], self.tokens[index - 2] if index > 1 else None
        first, last = _span(token)
        if opened.type == "heading_open":
            first, last = _span(opened)
            sectioning = self.quotes == 0
            self.label = "" if sectioning else self.label
            self.lead, self.sign = "", "" if sectioning else self.sign
            return Heading(
                line=first, end_line=last, level=int(opened.tag[1]), raw=token.content, sectioning=sectioning
            )
        if opened.type != "paragraph_open":
            return None
        text = token.content.strip()
        if _MARKUP_ONLY.fullmatch(text):
            return None
        self.lead, self.lead_line = text, first
        if before is not None and before.type == "list_item_open" and self.items:
            return self._box(first, last, token.content) or self._prose(first, last, text)
        if self.quotes:
            # A call-out's own heading ("**Note:**") is none of what follows the call-out.
            return self._prose(first, last, text)
        label = _LABEL.fullmatch(text) if not self.items else None
        if label:
            self.label = label["text"].strip().rstrip(":")
            self.sign, self.sign_line = self.label, first
        elif not self.items and _SIGN.fullmatch(text) and len(text.split()) <= _SIGN_WORDS and self._leads(index):
            self.sign, self.sign_line = text.rstrip(": "), first
        return self._prose(first, last, text)

    def _prose(self, first: int, last: int, text: str) -> Prose:
        outside = first in self.containers.asides or first in self.containers.folded
        aside = self.quotes > 0 or bool(self.items) or outside
        return Prose(line=first, end_line=last, raw=text, aside=aside)

    def _leads(self, index: int) -> bool:
        """True where a list or a fence follows the paragraph whose text is token `index`."""
        following = self.tokens[index + 2] if index + 2 < len(self.tokens) else None
        return following is not None and following.type in {"bullet_list_open", "ordered_list_open", "fence"}

    def _box(self, first: int, last: int, text: str) -> Box | Numbered | None:
        item = self.items[-1]
        match = _BOX.match(text)
        if match is None:
            item.text = text
            return Numbered(line=first, end_line=last, raw=text) if item.numbered and self.quotes == 0 else None
        item.text = text[match.end() :]
        around = self.items[:-1]
        boxes = tuple(i.box for i in around if i.box is not None)
        under = next((i.text for i in reversed(around) if i.box is None and i.text), "")
        item.box = self.found
        return Box(
            line=first, end_line=last, raw=item.text, mark=match[1], depth=len(self.items), boxes=boxes, under=under,
            label=self.label,
        )  # fmt: skip

    def _fence(self, index: int, token: Token) -> Fence:
        first, last = _span(token)
        closing = re.compile(rf"[\s>]*{re.escape(token.markup[0])}{{{len(token.markup)},}}\s*")
        terminated = last > first and closing.fullmatch(self.lines[last - 1]) is not None
        return Fence(
            line=first, end_line=last, info=token.info.strip(), content=token.content, terminated=terminated,
            box=next((i.box for i in reversed(self.items) if i.box is not None), None),
            under=next((i.text for i in reversed(self.items) if i.text), ""), label=self.label,
            place=self._place(index, first),
        )  # fmt: skip

    def _place(self, index: int, line: int, *, indented: bool = False) -> Place:
        lead, self.lead = self.lead, ""
        if self.lead_line in self.containers.asides and line not in self.containers.asides:
            lead = ""
        folds = self.containers.folded
        # What stands for a heading inside of a fold says nothing of what comes behind it.
        sign = self.sign if folds.get(self.sign_line, 0) in (0, folds.get(line, 0)) else ""
        return Place(
            items=tuple(Around(item.list, item.number, item.text) for item in self.items),
            lead=lead, after=self._after(index), sign=sign, summary=self.containers.summaries.get(line, ""),
            tab=self.containers.tabs.get(line), quoted=self.quotes > 0, indented=indented,
            folded=line in self.containers.folded,
        )  # fmt: skip

    def _after(self, index: int) -> str:
        """The paragraph that comes next, unless another fence or a heading does."""
        for token in self.tokens[index + 1 : index + 12]:
            if token.type in {"fence", "code_block", "heading_open", "html_block"}:
                return ""
            if token.type == "inline":
                return token.content.strip()
        return ""

    def _comment(self, index: int, token: Token) -> Comment:
        first, last = _span(token)
        before = self.tokens[index - 1].type if index else ""
        after = self.tokens[index + 1] if index + 1 < len(self.tokens) else None
        between = ""
        if after is not None and before.endswith("_list_close") and after.type.endswith("_list_open"):
            between = "list"
        elif after is not None and before == "table_close" and self._line(after).lstrip().startswith("|"):
            between = "table"
        return Comment(
            line=first, end_line=last, content=token.content, first=before == "heading_close", between=between
        )

    def _line(self, token: Token) -> str:
        return self.lines[token.map[0]] if token.map and token.map[0] < len(self.lines) else ""


def _span(token: Token) -> tuple[int, int]:
    """First and last line of `token`, 1-based."""
    first, end = token.map or [0, 1]
    return first + 1, max(end, first + 1)


def _counts(blocks: tuple[Block, ...]) -> Counts:
    levels = [block.level for block in blocks if isinstance(block, Heading)]
    boxes = [block for block in blocks if isinstance(block, Box)]
    return Counts(
        headings=len(levels),
        h1=levels.count(1),
        h2=levels.count(2),
        h3=levels.count(3),
        tasks=len(boxes),
        tasks_nested=sum(box.depth > 1 for box in boxes),
        fences=sum(isinstance(block, Fence) for block in blocks),
    )
