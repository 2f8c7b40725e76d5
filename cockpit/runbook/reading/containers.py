"""Markup around blocks that Markdown does not know: tabs, call-outs, `<details>`. Read from lines, before the parser.

Every generator has its own: MkDocs (`=== "Linux"`, `!!! note`), MDX and Docusaurus (`<TabItem>`), Hugo (`{{< tab >}}`),
HTML. What they hold is ordinary Markdown and is read as such; lines keep their numbers.
"""

import re
from typing import NamedTuple

from msgspec import Struct

_DIRECTIVE = re.compile(r"(\s*)(:{3,})(\{(?:code-block|code-cell|code|sourcecode|prompt)\}.*)", re.I)
_FENCE = re.compile(r"[\s>]*(?:(?:[-*+]|\d+[.)])\s+)*(`{3,}|~{3,})(.*)")
_INDENTED = re.compile(r"(\s*)(?:(===)\+?!?|(!!!)|\?\?\?\+?)\s+(?:[\w-]+\s*)*(?:\"([^\"]*)\"|'([^']*)')?\s*$")
_OPEN_TABS = re.compile(r"\s*(?:<(?:Tabs|CodeGroup)\b|\{\{[<%]\s*(?:tabs|tabpane)\b|:{3,}+\{?tab-set\b)", re.I)
_CLOSE_TABS = re.compile(r"\s*(?:</(?:Tabs|CodeGroup)>|\{\{[<%]\s*/\s*(?:tabs|tabpane)\b)", re.I)
_OPEN_TAB = re.compile(
    r"\s*(?:<(?:TabItem|Tab)\b(?P<mdx>[^>]*)>|\{\{[<%]\s*tab(?:item)?\b(?P<hugo>[^>%]*)[>%]\}\}"
    r"|:{3,}\{?tab-item\}?\s*(?P<myst>.*))",
    re.I,
)
_CLOSE_TAB = re.compile(r"\s*(?:</(?:TabItem|Tab)>|\{\{[<%]\s*/\s*tab(?:item)?\s*[>%]\}\})", re.I)
_TAB_NAME = re.compile(r"""\b(label|name|title|header|value)\s*=\s*["']?\{?["']?([^"'}>]+)""", re.I)
_CALL_OUT = re.compile(
    r"\s*:{3,}\s*(?:\{?(note|tip|info|warning|caution|danger|important|attention|hint|seealso)\b.*)?$", re.I
)
_SUMMARY = re.compile(r"<summary>(.*?)(?:</summary>|$)", re.I)
_TAG_LINE = re.compile(r"\s*</?(?:details|summary|Tabs|TabItem|Tab|CodeGroup|div|Steps?)\b.*>\s*$", re.I)


class Tab(Struct, frozen=True):
    """One tab of a group of tabs."""

    group: int
    title: str


class Containers(Struct, frozen=True):
    """The lines as the parser shall see them, and what was open at each of them (1-based)."""

    lines: list[str]
    summaries: dict[int, str]
    tabs: dict[int, Tab]
    asides: frozenset[int]
    """Lines inside call-outs: notes and warnings beside the text."""
    folded: dict[int, int]
    """Lines inside what a reader unfolds (`<details>`, `???`) -> the line where the innermost of these begins."""


def read_containers(lines: tuple[str, ...]) -> Containers:
    """Blocks indented below a call-out or tab lose that indentation; markup that would swallow a fence is blanked."""
    reader = _Reader(list(lines))
    for number in range(1, len(lines) + 1):
        reader.line(number)
    return Containers(reader.lines, reader.summaries, reader.tabs, frozenset(reader.asides), reader.folded)


class _Indented(NamedTuple):
    """An open block that is told by indentation: a tab, a call-out, or what a reader unfolds."""

    indent: int
    """Of its marker."""
    tab: Tab | None
    title: str
    folded_at: int
    """Line of its marker where a reader has to unfold it; 0 elsewhere."""


class _Reader:
    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.summaries: dict[int, str] = {}
        self.tabs: dict[int, Tab] = {}
        self.asides: set[int] = set()
        self.folded: dict[int, int] = {}
        self._colons = 0
        self._fence = ""
        self._blocks: list[_Indented] = []
        self._open: list[tuple[int, str]] = []
        """(line, summary) of the open `<details>`."""
        self._tab: Tab | None = None
        self._groups: list[int] = []
        self._last_tabs = (0, -9)
        """(group, line of the end) of the last indented tab: the next one that follows belongs to the same group."""

    def line(self, number: int) -> None:
        text = self.lines[number - 1]
        text = self._dedented(number, text)
        self.lines[number - 1] = text
        if self._colons or any(block.tab is None for block in self._blocks):
            self.asides.add(number)
        begin = max([line for line, _ in self._open[-1:]] + [block.folded_at for block in self._blocks], default=0)
        if begin:
            self.folded[number] = begin
        if self._fence:
            if re.match(rf"[\s>]*{re.escape(self._fence[0])}{{{len(self._fence)},}}\s*$", text):
                self._fence = ""
            return
        directive = _DIRECTIVE.match(text)
        if directive and self._as_fence(number, directive):
            text = self.lines[number - 1]
        fence = _FENCE.match(text)
        if fence and not (fence[1][0] == "`" and "`" in fence[2]):
            self._fence = fence[1]
            self._note(number)
        elif text.lstrip()[:1] in ("<", "{", "=", "!", "?", ":"):
            self._markup(number, text)

    def _as_fence(self, number: int, directive: re.Match[str]) -> bool:
        """MyST writes a code block with colons as well: to the parser it is a fence like the others."""
        closing = re.compile(rf"\s*:{{{len(directive[2])},}}\s*$")
        end = next((n for n in range(number, min(number + 500, len(self.lines))) if closing.match(self.lines[n])), None)
        if end is None:
            return False
        ticks = "`" * len(directive[2])
        self.lines[number - 1] = f"{directive[1]}{ticks}{directive[3]}"
        self.lines[end] = f"{directive[1]}{ticks}"
        return True

    def _dedented(self, number: int, text: str) -> str:
        if not self._blocks or not text.strip():
            return text
        indent = len(text) - len(text.lstrip(" "))
        while self._blocks and indent < self._blocks[-1].indent + 4:
            block = self._blocks.pop()
            if block.tab is not None:
                self._last_tabs = (block.tab.group, number)
        return text[4 * len(self._blocks) :] if self._blocks else text

    def _note(self, number: int) -> None:
        called = next((block.title for block in reversed(self._blocks) if block.tab is None), "")
        summary = called or (self._open[-1][1] if self._open else "")
        if summary:
            self.summaries[number] = summary
        tab = next((block.tab for block in reversed(self._blocks) if block.tab is not None), self._tab)
        if tab is not None:
            self.tabs[number] = tab

    def _markup(self, number: int, text: str) -> None:
        indented = _INDENTED.match(text)
        if indented and (indented[2] is None or indented[4] or indented[5]):
            self._indented(number, indented)
            return
        colons = _CALL_OUT.match(text)
        if colons:
            self._colons = max(0, self._colons + (1 if colons[1] else -1))
        if _OPEN_TABS.match(text):
            self._groups.append(number)
        elif _CLOSE_TABS.match(text):
            self._groups, self._tab = self._groups[:-1], None
        elif match := _OPEN_TAB.match(text):
            told = match["mdx"] or match["hugo"] or match["myst"] or ""
            named = {found[1].lower(): found for found in reversed(list(_TAB_NAME.finditer(told)))}
            name = next((named[key] for key in ("label", "name", "title", "header", "value") if key in named), None)
            self._tab = Tab(self._groups[-1] if self._groups else 0, (name[2] if name else told).strip(" \"'"))
        elif _CLOSE_TAB.match(text):
            self._tab = None
        lower = text.lower()
        if "<details" in lower:
            self._open.append((number, ""))
        if (summary := _SUMMARY.search(text)) and self._open:
            self._open[-1] = (self._open[-1][0], re.sub(r"<[^>]*>", "", summary[1]).strip())
        if "</details" in lower and self._open:
            self._open.pop()
        following = self.lines[number] if number < len(self.lines) else ""
        if _TAG_LINE.match(text) and _FENCE.match(following):
            # Without a blank line between them, Markdown takes the fence for a part of the HTML.
            self.lines[number - 1] = ""

    def _indented(self, number: int, match: re.Match[str]) -> None:
        base = 4 * len(self._blocks) + len(match[1])
        following = next((line for line in self.lines[number : number + 4] if line.strip()), "")
        if len(following) - len(following.lstrip(" ")) < base + 4:
            return
        tab, title = None, (match[4] or match[5] or "").strip()
        if match[2]:
            group, end = self._last_tabs
            follows = group and not any(line.strip() for line in self.lines[end - 1 : number - 1])
            tab = Tab(group if follows else number, title)
        self._blocks.append(_Indented(base, tab, title, number if tab is None and match[3] is None else 0))
        self.lines[number - 1] = ""
