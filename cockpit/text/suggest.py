"""A name that nobody knows: what was probably meant."""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that somebody may have meant; empty where none is near."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)), "")


def meant(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """`did you mean 'x'?`; where none is near, `otherwise`, by default all there is."""
    known = list(known)
    near = nearest(name, known)
    return f"did you mean {near!r}?" if near else otherwise or f"known: {', '.join(known) or 'none'}"
