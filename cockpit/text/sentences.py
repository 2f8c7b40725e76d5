"""Texts that stand alone are sentences; after a colon, or joined to others, they are fragments. Pure."""

import re

_WORD = re.compile(r"[A-Z][a-z']* ")
"""An ordinary word at the beginning: not `CPU`, `P95`, `"Build"` or `$TOKEN`."""


def sentence(text: str) -> str:
    """The text with a capital letter and a final stop; empty stays empty."""
    return f"{text[0].upper()}{text[1:]}{'' if text[-1] in '.?!' else '.'}" if text else ""


def fragment(text: str) -> str:
    """The text without its first capital letter and its final stop."""
    bare = text if text.endswith("..") else text.removesuffix(".")
    return f"{bare[0].lower()}{bare[1:]}" if _WORD.match(bare) else bare
