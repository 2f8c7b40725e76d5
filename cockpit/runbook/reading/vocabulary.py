"""The words that tell what a part of a runbook is for, in the languages of `words/`: one file each, one list a kind.

A phrase is whole words; `*` ends one anywhere, a blank also stands for a hyphen or nothing. In scripts without blanks
a phrase is found anywhere. `=` in front: the phrase is the whole title.
"""

import functools
import re
import tomllib
from collections import Counter
from importlib import resources
from typing import Literal

Kind = Literal[
    "rollback", "not_rollback", "trouble", "once", "optional", "reference", "example", "forward", "verify", "prepare",
    "after", "teardown", "family", "default", "without", "using", "condition", "clause_condition", "mid_condition",
    "alternatively", "expected", "file", "only_once", "skip", "example_lead", "teach", "elsewhere", "back_here",
    "observe", "minutes", "hours", "half_hour",
]  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")
_LEAST = 4
"""So many common words of a language make it the document's; fewer say nothing."""
_BEFORE_ANY_TITLE = 4
"""Shorter words of other languages than the document's are not looked for in titles: `fin`, `om`, `als`."""


@functools.cache
def _lists() -> dict[str, dict[str, list[str] | str]]:
    folder = resources.files(__package__) / "words"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return {file.name.removesuffix(".toml"): tomllib.loads(file.read_text("utf-8")) for file in files}


def languages() -> tuple[str, ...]:
    """The languages that have a file of words."""
    return tuple(_lists())


def phrases(language: str, kind: str) -> tuple[str, ...]:
    """The phrases of a kind in one language, as the file has them."""
    return tuple(_lists()[language].get(kind, ()))


@functools.cache
def pattern(kind: Kind, spoken: tuple[str, ...]) -> re.Pattern[str]:
    """Matches a phrase of `kind` in the languages `spoken`."""
    found = sorted({phrase for one in spoken for phrase in phrases(one, kind)}, key=len, reverse=True)
    return re.compile("|".join(map(_regex, found)) or r"(?!)", re.IGNORECASE)


@functools.cache
def title_pattern(kind: Kind, spoken: tuple[str, ...]) -> re.Pattern[str]:
    """The same for a title: a few words are in no language for sure, so the longer words of every one count."""
    found = {phrase for one in spoken for phrase in phrases(one, kind)}
    found |= {
        phrase
        for one in languages()
        for phrase in phrases(one, kind)
        if len(phrase.rstrip("*")) > _BEFORE_ANY_TITLE or not phrase.isascii()
    }
    return re.compile("|".join(map(_regex, sorted(found, key=len, reverse=True))) or r"(?!)", re.IGNORECASE)


@functools.cache
def start_pattern(kind: Kind, spoken: tuple[str, ...]) -> re.Pattern[str]:
    """Matches at the beginning of a sentence."""
    return re.compile(rf"[\W_]*(?:{pattern(kind, spoken).pattern})", re.IGNORECASE)


def _regex(phrase: str) -> str:
    if phrase.startswith("="):
        return rf"^[\W\d_]*(?:{_regex(phrase[1:])})[\W_]*$"
    text = ""
    for part in phrase.split():
        if part == "*":
            text += r"\s+(?:\S+\s+){0,3}" if text else r"(?:\S+\s+){0,3}"
            continue
        joint = "" if not text or text.endswith("{0,3}") else r"[\s-]?"
        text += joint + re.escape(part).replace(r"\*", r"\w*")
    if not _is_spaced(phrase):
        return text
    return (r"\b" if phrase[0].isalnum() else "") + text + (r"\b" if phrase[-1].isalnum() else "")


def _is_spaced(phrase: str) -> bool:
    """False for the scripts that write words without blanks between them, or with endings joined to them."""
    return not re.search(r"[぀-ヿ㐀-鿿가-힯]", phrase)


def languages_of(text: str) -> tuple[str, ...]:
    """The languages that `text` is written in, the most likely first; empty where none is known. English is not
    taken for granted: commands are English in every runbook."""
    for language in ("ja", "ko", "zh", "ru"):
        span = _lists()[language]["script"]
        count = len(re.findall(f"[{span}]", text[:20_000]))
        if count >= 2 and count * 8 > len(_WORD.findall(text[:20_000])):
            return (language,)
    words = Counter(word.lower() for word in _WORD.findall(text[:20_000]))
    common = {language: lists["common"] for language, lists in _lists().items() if "script" not in lists}
    shared = Counter(one for lists in common.values() for one in lists)
    counts = {language: sum(words[one] for one in lists) for language, lists in common.items()}
    # A word that three languages have says a third as much for each of them.
    weights = {language: sum(words[one] / shared[one] for one in lists) for language, lists in common.items()}
    best = sorted(counts, key=lambda one: -weights[one])
    return tuple(one for one in best[:2] if counts[one] >= _LEAST and weights[one] * 3 >= weights[best[0]] * 2)


def spoken_in(text: str) -> tuple[str, ...]:
    """`languages_of` with English, which its authors mix in."""
    return tuple(dict.fromkeys((*languages_of(text), "en")))
