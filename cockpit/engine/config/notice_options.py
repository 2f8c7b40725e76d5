"""The options of the places that notices go to, with their secrets: in memory only."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from cockpit.engine.config.values import value_from
from cockpit.settings.load import Settings
from cockpit.settings.notices import SECRET, SOURCES, NoticeSettings

_LONG = 16
"""Length from which on the last part of a webhook's path is taken for the secret of it."""


class NoticeOptions(Struct, frozen=True):
    """What a notifier is built from. `problem`: why it cannot be; empty where it can."""

    type: str
    options: Mapping[str, object] = {}
    secrets: tuple[str, ...] = ()
    problem: str = ""


def resolve_notices(settings: Settings, root: Path, values: Mapping[str, str]) -> dict[str, NoticeOptions]:
    """Per `[notices.NAME]`: every `env:`, `file:` and `command:` replaced by what is there."""
    return {name: _resolved(one, root, values) for name, one in settings.notices.items()}


def _resolved(table: NoticeSettings, root: Path, values: Mapping[str, str]) -> NoticeOptions:
    options: dict[str, object] = {"timeout": table.timeout}
    secrets: set[str] = set()
    for key, value in table.options().items():
        try:
            options[key], found = _value(key, value, root, values)
        except LookupError as error:
            return NoticeOptions(table.type, secrets=tuple(sorted(secrets)), problem=f"{key}: {error.args[0]}")
        secrets |= found
    return NoticeOptions(table.type, options, tuple(sorted(secrets)))


def _value(key: str, value: Any, root: Path, values: Mapping[str, str]) -> tuple[object, set[str]]:
    """The value, and what of it is a secret: what a secret key holds, and whatever a plug-in's key takes from outside.
    Raises LookupError."""
    if isinstance(value, list):
        found = [_value(key, one, root, values) for one in value]
        return [one for one, _ in found], {secret for _, hidden in found for secret in hidden}
    if not isinstance(value, str) or not value.startswith(SOURCES) or key == "command":
        return value, set()
    got = value_from(value, root, values)
    if not got.strip():
        raise LookupError(f"{value} is empty")
    open_keys = NoticeSettings.model_fields.keys() | {"from"}
    return got, set(_parts(got)) if key in SECRET or key not in open_keys else set()


def _parts(secret: str) -> Iterator[str]:
    """The secret, and of an address what anybody could post with: its path and the last part of it."""
    yield secret
    if "://" not in secret:
        return
    try:
        path = urlsplit(secret.strip()).path
    except ValueError:
        return
    last = path.rstrip("/").rpartition("/")[2]
    if len(path) >= _LONG:
        yield path
    if len(last) >= _LONG:
        yield last
