"""Inline Markdown -> plain text: titles and items as they are shown on a screen."""

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from cockpit.runbook.mojibake import repair

_INLINE = MarkdownIt("commonmark").enable("strikethrough")
_MARKUP = re.compile(r"[*_<>\[\]!\\&`~]")
# Emphasis and links are resolved by scanning back; a line of 100,000 asterisks is no title and not worth the time.
_LONGEST = 4_000


def plain(text: str) -> str:
    """`text` without emphasis, links and comments, on one line, damage repaired. Code keeps its backticks."""
    shown = text
    if len(text) <= _LONGEST and _MARKUP.search(text):
        shown = "".join(_shown(token) for root in _INLINE.parseInline(text) for token in root.children or ())
    return repair(" ".join(shown.split()))


def _shown(token: Token) -> str:
    match token.type:
        case "text" | "text_special":
            return token.content
        case "code_inline":
            return f"`{token.content}`"
        case "softbreak" | "hardbreak":
            return " "
        case "image":
            return token.content
    return ""
