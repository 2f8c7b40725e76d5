"""Any event: a strategy per type of field, small enough that thousands of events are quick to make."""

import types
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from msgspec import Struct

from cockpit.deploy import events as e
from cockpit.deploy.plan import Plan
from tests.builders import item, plan, rule, step

BODIES: tuple[type, ...] = tuple(body for body in e.KINDS.values() if body is not e.UnknownEvent)
_PLAN = plan(item("a"), step("b", body="echo <x>\n"), metrics=(rule(),))
_SIMPLE: dict[object, st.SearchStrategy[Any]] = {
    str: st.sampled_from(("", "a", "b", "errors")) | st.text(st.characters(codec="utf-8"), max_size=8),
    int: st.integers(-(2**62), 2**62) | st.integers(0, 3),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    bytes: st.binary(max_size=8),
    type(None): st.none(),
    Plan: st.just(_PLAN),
}


def _of(hint: Any) -> st.SearchStrategy[Any]:
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, types.UnionType):
        return st.one_of(*map(_of, arguments))
    if origin is tuple:
        return st.lists(_of(arguments[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(_of(arguments[0]), _of(arguments[1]), max_size=3)
    assert isinstance(hint, type), hint
    assert issubclass(hint, Struct)
    return _built(hint)


def _built(struct: type) -> st.SearchStrategy[Any]:
    hints = get_type_hints(struct)
    return st.builds(struct, **{name: _of(hints[name]) for name in struct.__struct_fields__})  # type: ignore[attr-defined]


any_body: st.SearchStrategy[e.Body] = st.one_of(*map(_built, BODIES))
