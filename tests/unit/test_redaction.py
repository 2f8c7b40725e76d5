"""Any secret in any event: its form, ids, numbers and keys stay, and its free text loses the secret."""

from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.deploy import events as e
from cockpit.engine.redaction import IDENTIFIERS, redacted
from cockpit.runner.secrets import patterns

KINDS = [kind for kind in e.KINDS.values() if kind not in (e.DeployOpened, e.CommandReached, e.UnknownEvent)]
WORDS = [
    "null", "false", "true", "1234", "12.5", "type", "task", "StepFinished", "succeeded", "deploy:script-1", "metric",
    "reason", '","x', '":"x', "}],[", "\\u0000", "ok ok", "pass", "outcome", "steps/001-1", "äöü€", "\U0001f512key",
]  # fmt: skip
TEXT = "before {} after"


def _filled(hint: Any, name: str, secret: str) -> Any:
    """A value of this type; free text has the secret in it, an identifier is the secret itself."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return parts[0]
    if origin is tuple:
        return tuple(_filled(part, name, secret) for part in parts if part is not Ellipsis)
    if origin is dict:
        return {secret: _filled(parts[1], name, secret)}
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _event(hint, secret)
    if parts:
        return _filled(parts[0], name, secret)
    if hint is str:
        return secret if name in IDENTIFIERS else TEXT.format(secret)
    plain: dict[Any, Any] = {int: 3, float: 1.5, bool: True, bytes: b"x"}
    return plain[hint]


def _event(kind: type[msgspec.Struct], secret: str) -> Any:
    hints = get_type_hints(kind)
    return kind(**{name: _filled(hints[name], name, secret) for name in kind.__struct_fields__})


def _strings(value: Any, name: str = "") -> list[tuple[str, str]]:
    """(field, text) of every string that is no key."""
    if isinstance(value, str):
        return [(name, value)]
    if isinstance(value, msgspec.Struct):
        return [one for field in value.__struct_fields__ for one in _strings(getattr(value, field), field)]
    if isinstance(value, dict):
        return [one for inner in value.values() for one in _strings(inner, name)]
    if isinstance(value, (tuple, list)):
        return [one for inner in value for one in _strings(inner, name)]
    return []


def _holds(kind: type[msgspec.Struct], secret: str) -> None:
    body = _event(kind, secret)
    clean = redacted(body, patterns([secret]))
    assert type(clean) is type(body)
    assert e.decode_body(e.encode_body(clean)) == clean
    for (field, was), (_, text) in zip(_strings(body), _strings(clean), strict=True):
        if was == TEXT.format(secret):
            assert secret not in text, field
        else:
            assert text == was, field


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("secret", WORDS)
def test_a_secret_is_taken_out_of_the_text_and_nothing_else(kind: type[msgspec.Struct], secret: str) -> None:
    _holds(kind, secret)


@given(st.sampled_from(KINDS), st.text(st.characters(exclude_categories=["Cs"]), min_size=4, max_size=40))
def test_whatever_the_secret_is_an_event_keeps_its_form(kind: type[msgspec.Struct], secret: str) -> None:
    if secret.strip() and not (set(secret) <= set("before after")):
        _holds(kind, secret)


def test_every_identifier_is_a_field_of_some_event() -> None:
    """A name that nothing has any more would let the next field of that name through."""
    seen: set[str] = set()

    def walk(kind: Any) -> None:
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            for name, hint in get_type_hints(kind).items():
                seen.add(name)
                walk(hint)
        for part in get_args(kind):
            walk(part)

    for kind in KINDS:
        walk(kind)
    assert not IDENTIFIERS - seen
