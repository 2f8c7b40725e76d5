"""Everything that is known of one fence before it is judged."""

import re

from msgspec import Struct

from cockpit.runbook.blocks import Fence
from cockpit.runbook.fences import Code, Unfit
from cockpit.runbook.shell import Script
from cockpit.runbook.tree import Node

_SENTENCE = re.compile(
    r"(?<=[.!?])(?<!\b[eEiI]\.[gGeE]\.)(?<!\betc\.)(?<!\bz\.B\.)[*_]*\s+(?=[^\W\da-z_]|[(`*_\"'\[])|(?<=[。！？；])\s*"
)
_LITTLE = 6
"""A sentence of so few words ("You can do so with:") says what the one before it says."""


class Document(Struct, frozen=True):
    """What is known of the whole document."""

    title: str
    spoken: tuple[str, ...]
    """Languages of its words; English is always among them."""
    runs_unlabelled: bool
    """Its author labels few scripts: what looks like commands is meant to be run."""
    used: frozenset[str]
    """Variables that scripts of it use."""
    repeated: frozenset[str]
    """Titles that several sections have: "If this fails" below each step."""
    ended_at: int
    """Line from which on chapters stand behind the end of the release; a large number where there is none."""


class Said(Struct, frozen=True):
    """What the prose of a section says about all of it: (line, text) of the paragraphs."""

    first: tuple[int, str] = (0, "")
    """Its first paragraph that is neither call-out nor item."""
    skips: tuple[tuple[int, str], ...] = ()
    """Those that say that something may be left out."""
    examples: tuple[tuple[int, str], ...] = ()
    """Those that announce an example."""
    shows: bool = False
    """Not all of its scripts are folded away."""


class Seen(Struct, frozen=True):
    """One fence, where it stands, and what it holds."""

    document: Document
    node: Node
    titles: tuple[str, ...]
    """The headings above it, nearest first, without the document's own title."""
    fence: Fence
    code: Code
    script: Script
    unfit: Unfit | None
    """Why no shell could run it as it stands."""
    promotable: bool
    is_template: bool
    variant: str
    """The title that makes it one of several ways: an "if" in that says which, not whether. Empty: no choice."""
    programs: bool
    """Every command begins with a program that is known."""
    said: Said = Said()

    @property
    def lead(self) -> str:
        """The sentence that leads to the fence: the last one of the paragraph before it."""
        sentences = sentences_of(self.fence.place.lead)
        if len(sentences) > 1 and len(sentences[-1].split()) <= _LITTLE and sentences[-1].isascii():
            return " ".join(sentences[-2:])
        return sentences[-1] if sentences else ""

    @property
    def item(self) -> str:
        """The text of the list item directly around it."""
        items = self.fence.place.items
        return items[-1].text if items else ""


def is_same_text(one: str, other: str) -> bool:
    """True where one text begins like the other, markup and signs aside."""
    bare, beside = (_NOT_WORDS.sub("", text).lower()[:30] for text in (one, other))
    return bool(bare) and bool(beside) and (bare.startswith(beside) or beside.startswith(bare))


_NOT_WORDS = re.compile(r"[\W_]+")


def sentences_of(text: str) -> list[str]:
    """The sentences of a paragraph, markup left in."""
    return [part.strip() for part in _SENTENCE.split(" ".join(text.split())) if part.strip()]
