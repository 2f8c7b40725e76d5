"""Secrets out of an event before it is written: out of its free text, never out of what the core decides by.

An id, a kind, a number or a flag is what other events and the plan are matched with. With `REDIS_PASSWORD=null` in an
`env_file` a mask over the encoded event turned every absent value into a word, and steps never ended.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from msgspec import Struct
from msgspec.structs import replace

from cockpit.deploy import events as e
from cockpit.runner.redact import redact

IDENTIFIERS = frozenset({
    "boot", "digest", "directory", "exports", "from_host", "gate", "host", "kind", "metric",
    "notice", "option", "phase", "reference", "removed", "root", "task", "tasks", "to", "variables",
    "version",
})  # fmt: skip
"""Fields of events, and of what is in them, that name something. Whatever else is a string is free text."""

B = TypeVar("B")


def redacted(body: B, patterns: Sequence[bytes]) -> B:
    """The event without the patterns in its free text; its form, ids, numbers and keys stay as they are.

    The plan stays whole: it is the team's own file, and a script with holes in it must never run.
    """
    if not patterns or isinstance(body, (e.DeployOpened, e.CommandReached, e.UnknownEvent)):
        return body
    clean: B = _clean(body, patterns)
    return clean


def clean_text(text: str, patterns: Sequence[bytes]) -> str:
    """The text without the patterns."""
    return redact(text.encode("utf-8", "surrogatepass"), patterns).decode("utf-8", "replace")


def _clean(value: Any, patterns: Sequence[bytes]) -> Any:
    if isinstance(value, str):
        return clean_text(value, patterns)
    if isinstance(value, Struct):
        changed = {
            name: clean
            for name in _free(type(value))
            if (clean := _clean(old := getattr(value, name), patterns)) != old
        }
        return replace(value, **changed) if changed else value
    if isinstance(value, (tuple, list)):
        return type(value)(_clean(one, patterns) for one in value)
    if isinstance(value, Mapping):
        return {key: _clean(one, patterns) for key, one in value.items()}
    return value


@lru_cache(maxsize=256)
def _free(kind: type[Struct]) -> tuple[str, ...]:
    """The fields that may hold free text: no identifiers, and no words of a fixed list."""
    hints = get_type_hints(kind)
    return tuple(
        name for name in kind.__struct_fields__ if name not in IDENTIFIERS and not _is_fixed(hints.get(name, str))
    )


def _is_fixed(hint: Any) -> bool:
    """True for numbers, flags and literals, and for what is made of these."""
    if get_origin(hint) is Literal or hint in (int, float, bool, bytes, type(None)):
        return True
    parts = [part for part in get_args(hint) if part is not Ellipsis]
    return bool(parts) and get_origin(hint) is not dict and all(map(_is_fixed, parts))
