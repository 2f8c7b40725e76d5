"""The end of a check box: a command in brackets answers it, a file in brackets explains it. Rule 4."""

import re

from cockpit.runbook.annotations import COMMENT
from cockpit.runbook.grammar import parse_script
from cockpit.runbook.promotion import is_program, program_of

_TAIL = re.compile(r"\((?P<before>[^()`]{0,60})(?P<ticks>`+)(?P<code>.+?)(?P=ticks)(?P<after>[^()`]{0,40})\)[\s.;:]*$")
_EXPLAINS = re.compile(
    r"\b(?:see|cf|in|per|from|listed|documented|described|e\.g|example|like|not|set to|value)\b", re.I
)
_RUNS = re.compile(r"\b(?:run|runs|via|using|with|command|execute|check)\b", re.IGNORECASE)
_ALONE = frozenset({"make", "pytest", "tox", "mypy", "gitleaks", "rake"})
_PATH = re.compile(r"[\w.@~*<>{}$-]*(?:/[\w.@~*<>{}$-]*)+|[\w-]+\.[A-Za-z][A-Za-z0-9]{0,5}|\.[\w.-]+")


def without_comments(raw: str) -> tuple[str, str]:
    """The text of an item without its annotations, and their words."""
    words = " ".join(match["words"] for match in COMMENT.finditer(raw))
    return COMMENT.sub("", raw).strip(), words.strip()


def check_and_reference(raw: str) -> tuple[str | None, str | None]:
    """(command that answers the item, file that it refers to) from the code span in brackets at its end."""
    match = _TAIL.search(raw) if len(raw) <= 4_000 else None
    if match is None:
        return None, None
    code, before = match["code"].strip(), match["before"]
    explains = bool(_EXPLAINS.search(before))
    words = code.split()
    is_path = len(words) == 1 and _PATH.fullmatch(code) is not None
    if explains or (is_path and not _is_script(code, before)):
        return None, code if is_path else None
    return (code, None) if _is_command(code, words, before) else (None, None)


def _is_script(code: str, before: str) -> bool:
    return code.startswith("./") or (bool(_RUNS.search(before)) and is_program(code))


def _is_command(code: str, words: list[str], before: str) -> bool:
    if not words or parse_script(code.encode("utf-8", "replace")).has_error:
        return False
    program = program_of(code)
    if len(words) == 1:
        return program in _ALONE or _is_script(code, before)
    lower_case = re.fullmatch(r"[a-z0-9_./-]+", program) is not None
    return is_program(program) or (
        lower_case and (any(w.startswith("-") for w in words[1:]) or bool(_RUNS.search(before)))
    )
