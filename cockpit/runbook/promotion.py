"""Unlabelled fences that look like commands: offered for promotion, never run by themselves. Rule 5."""

import re
from collections.abc import Iterable

from cockpit.runbook.fences import is_lone_path, is_prose
from cockpit.runbook.known_programs import PROGRAMS
from cockpit.runbook.shell import Script

_NAME = re.compile(r"[A-Za-z0-9_.~][A-Za-z0-9_./~+-]*")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=\S*")
_SCRIPT_PATH = re.compile(r"\.{1,2}/|.*\.(?:sh|bash|py|rb|pl|mjs|js)$|(?:s?bin|scripts?)/")
_STRONG = re.compile(r"(?:^|\s)--?[A-Za-z][\w-]*|\s&&\s|\s\|\|\s|\$\w|\$[({]")


def program_of(text: str) -> str:
    """The first word of a command that is not an assignment; empty where there is none."""
    words = [word for word in text.split() if not _ASSIGNMENT.fullmatch(word)]
    return words[0] if words else ""


def is_program(name: str) -> bool:
    """True for a program that deploys are made of, or a script by its path."""
    return name in PROGRAMS or (bool(_SCRIPT_PATH.match(name)) and not is_lone_path(name))


def promotable(scripts: Iterable[Script], known: Iterable[str] = ()) -> list[bool]:
    """For every unlabelled script of a runbook: does it look like commands?

    Sure signs are a known program, a script's path, options, `&&` or variables. What a sure one (or `known`, the
    programs of the labelled fences) calls is then a known program for the others: a lone `createPr` counts because
    `createBranch x && createPr` stands elsewhere in the file.
    """
    scripts = list(scripts)
    possible = [_could_be_commands(script) for script in scripts]
    sure = [ok and _has_sign(script) for ok, script in zip(possible, scripts, strict=True)]
    programs = set(known)
    for script, is_sure in zip(scripts, sure, strict=True):
        if is_sure:
            programs |= {
                p for c in script.commands for part in re.split(r"&&|\|\||[;|]", c.text) if (p := program_of(part))
            }
    return [
        is_sure or (ok and all(program_of(c.text) in programs for c in script.commands))
        for is_sure, ok, script in zip(sure, possible, scripts, strict=True)
    ]


def _could_be_commands(script: Script) -> bool:
    if not script.commands or script.suspicious:
        return False
    texts = [command.text for command in script.commands]
    if any(is_prose(text) or is_lone_path(text) for text in texts):
        return False
    return all(_ASSIGNMENT.match(text) or _NAME.fullmatch(program_of(text)) for text in texts)


def _has_sign(script: Script) -> bool:
    return all(
        _ASSIGNMENT.match(c.text) or is_program(program_of(c.text)) or _STRONG.search(c.text) for c in script.commands
    )
