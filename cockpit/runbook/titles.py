"""What the title of a section or a bold line says about its place in a deploy. Rule 12."""

import re

_ROLLBACK = re.compile(r"\b(?:roll(?:ing|ed)?[\s-]?backs?|revert(?:ing)?|undo(?:ing)?|back[\s-]?out)\b", re.IGNORECASE)
_ABOUT_ROLLBACK = re.compile(r"\b(?:triggers?|criteria|conditions?|policy|when to)\b", re.IGNORECASE)
_BRACKETS = re.compile(r"\([^()]*\)")
_NUMBERED = re.compile(r"(option|path|method|approach|variant|alternative|plan)\s+[\w.]{1,4}\b", re.IGNORECASE)
_IF = re.compile(r"(?:if|when|in case)\s+\S", re.IGNORECASE)


def says_rollback(title: str) -> bool:
    """True where `title` says roll back, revert or undo, and not in brackets, and not when or whether to."""
    title = _BRACKETS.sub("", title)
    return bool(_ROLLBACK.search(title)) and not _ABOUT_ROLLBACK.search(title)


def family_of(title: str) -> str:
    """`option`, `path`, `if`, ...: titles of one family side by side are alternatives. Empty: an ordinary title."""
    match = _NUMBERED.match(title)
    if match:
        return match[1].lower()
    return "if" if _IF.match(title) else ""
