"""Annotations: the attributes of a fence and the words of a `<!-- cockpit: ... -->` comment."""

import json
import re
import shlex
from collections.abc import Callable
from typing import Any

from msgspec import Struct, structs

from cockpit.runbook.model import Annotations
from cockpit.runbook.offsets import find_offset, parse_duration

COMMENT = re.compile(r"<!--\s*cockpit:(?P<words>(?:(?!<!--|-->).)*)-->", re.DOTALL)


class Read(Struct, frozen=True):
    """What was said, and what of it could not be understood."""

    notes: Annotations = Annotations()
    unknown: tuple[str, ...] = ()


def _flag(value: str) -> bool:
    return {"true": True, "yes": True, "1": True, "": True, "false": False, "no": False, "0": False}[value.lower()]


def _seconds(value: str) -> float:
    seconds = parse_duration(value)
    # No time at all would end the script before its first command.
    if not seconds:
        raise ValueError(value)
    return seconds


def _offset(value: str) -> int:
    seconds = find_offset(value)
    if seconds is None:
        raise ValueError(value)
    return seconds


def _statuses(value: str) -> tuple[int, ...]:
    statuses = tuple(int(part) for part in value.split(","))
    if not all(0 <= status <= 255 for status in statuses):
        raise ValueError(value)
    return statuses


def _one_of(*words: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in words:
            raise ValueError(value)
        return value

    return read


def _text(value: str) -> str:
    if not value:
        raise ValueError(value)
    return value


# Key in the runbook -> field of Annotations, reader of the value.
_SHARED: dict[str, tuple[str, Callable[[str], Any]]] = {
    "at": ("at_seconds", _offset),
    "check": ("check", _text),
    "timeout": ("timeout_seconds", _seconds),
    "confirm_by": ("confirm_by", _one_of("second")),
    "start": ("start", _one_of("due", "person")),
}
_FENCE: dict[str, tuple[str, Callable[[str], Any]]] = _SHARED | {
    "name": ("name", _text),
    "cwd": ("cwd", _text),
    "interactive": ("interactive", _flag),
    "background": ("background", _flag),
    "ignore": ("ignore", _flag),
    "tag": ("tag", _text),
    "interpreter": ("interpreter", _text),
    "confirm": ("confirm", _flag),
    "retries": ("retries", lambda value: min(int(value), 100) if value.isdecimal() else _statuses("x")[0]),
    "ok": ("ok_statuses", _statuses),
    "rollback": ("rollback", _text),
    "interrupt": ("interrupt", _one_of("stop", "wait")),
    "no-return": ("no_return", _flag),
    "env": ("env", lambda value: tuple(name for name in value.split(",") if name)),
}
FOR_CHECK = frozenset({"ignore-rule", "reason"})
_WORDS = {
    "rollback": "is_rollback",
    "choose-one": "choose_one",
    "reference": "reference",
    "ignore": "ignore",
    "optional": "optional",
    "required": "required",
    "critical": "critical",
}
_COMMENT: dict[str, tuple[str, Callable[[str], Any]]] = (
    _SHARED | {"owner": ("owner", _text)} | {word: (name, _flag) for word, name in _WORDS.items()}
)


def read_fence(attributes: str) -> Read:
    """`{name=deploy confirm=true}` or `{"name": "deploy"}`, with the braces; Runme's keys and ours."""
    attributes = attributes.strip()
    try:
        told = json.loads(attributes)
        pairs = [(str(key), _json_text(value)) for key, value in told.items()]
    except (ValueError, AttributeError, RecursionError):
        inside = attributes.removeprefix("{").removesuffix("}")
        pairs = [_pair(word) for word in _split(inside)]
    return _read(pairs, _FENCE)


def read_comment(words: str) -> Read:
    """The words after `cockpit:` in a comment; a quoted value may hold blanks.

    `ignore-rule=` and `reason=` say nothing about the deploy: they are for `cockpit check`.
    """
    return _read([pair for word in _split(words) if (pair := _pair(word))[0] not in FOR_CHECK], _COMMENT)


def only_for_check(words: str) -> bool:
    """True where the comment only silences a rule; it may then stand above any block."""
    keys = {_pair(word)[0] for word in _split(words)}
    return "ignore-rule" in keys and keys <= FOR_CHECK


def is_command_check(comment: str) -> bool:
    """True where `check=` is quoted: a command, not the name of a built-in check."""
    return re.search(r"""\bcheck=["']""", comment) is not None


def _json_text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(_json_text, value))
    return value if isinstance(value, str) else json.dumps(value)


def _split(words: str) -> list[str]:
    try:
        return shlex.split(words)
    except ValueError:
        return words.split()


def _pair(word: str) -> tuple[str, str]:
    key, _, value = word.partition("=")
    return key, value


def _read(pairs: list[tuple[str, str]], known: dict[str, tuple[str, Callable[[str], Any]]]) -> Read:
    found: dict[str, Any] = {}
    unknown = []
    for key, value in pairs:
        try:
            name, reader = known[key]
            found[name] = reader(value)
        except KeyError:
            unknown.append(key if key not in known else f"{key}={value}")
        except ValueError:
            unknown.append(f"{key}={value}")
    return Read(structs.replace(Annotations(), **found), tuple(unknown))
