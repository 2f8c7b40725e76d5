"""Every refusal says what to do: a key, a command, or a plain word for it. Looked up in the source, so that none is
forgotten."""

import ast
import re
from pathlib import Path

import pytest

import cockpit

ROOM = Path(cockpit.__file__).parent
SOURCES = sorted(
    (*(ROOM / "deploy").rglob("*.py"), *(ROOM / "tui").rglob("*.py"), *(ROOM / "client" / "flows").glob("*.py"))
)
GUARDS = ("guards", "planned_window", "second_person", "decide", "briefing")
"""Files whose `why_...` functions word refusals; those of others word a judgement."""
WHY = re.compile(r"_?(why_|hindrance|open_needs)")
"""Functions that give the words of a refusal."""

_VERBS = """
wait waited press presses choose look add set use type say start starts close run ask asks name insist waive skip cancel
make mend go hand write check fill leave follow export shows lists esc until space enter reason
fix free finish shorten pass tick resume continue choose see
"""
_PHRASES = ("opens in", "there are", "says when", "goes the other way", "deploy the")
WAY_ON = re.compile(
    rf"\b({'|'.join((*_VERBS.split(), *_PHRASES))})\b"
    # An action, which a frontend shows as its key; a command.
    r"|⟦|`cockpit",
    re.IGNORECASE,
)
SAID_ELSEWHERE = {
    "",
    # How long it lasts is said: it comes by itself.
    "{} is still soaking, {} left.",
    "{} is due in {}.",
    "The flag {} has not been read yet.",
    "Measuring the baseline: too few values in the last {}.",
    # What is wrong, in the words of who knows it.
    "Production is unhealthy: {}.",
    "production is already unhealthy: {}",
    "{} has no data: {}.",
    "The flag {} cannot be read: {}.",
    '"{}": {}',
    "{}: {}",
    "The deploy window is closed: {}{}.",
    "a deploy typically takes {} ({}), and the window closes in {}",
    # Nothing is left to do.
    "This machine already runs the deploy.",
    "The value of {} must be a single line.",
    # Run, tick or skip what stands before.
    "{} comes first. {}.",
    # Notes that are not refusals, in the same files.
    "{} {} lies {} {} {}",
}


def _words(node: ast.expr) -> str | None:
    """The text with `{}` for what is filled in; None where it is not written there."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)  # type: ignore[misc]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _words(node.left), _words(node.right)
        return f"{left or '{}'}{right or '{}'}" if left or right else None
    return None


def _texts(tree: ast.AST, *, guards: bool) -> list[tuple[int, str]]:
    found: list[tuple[int, str | None]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("Refusal", "refuse"):
                first = node.args[0]
                both = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
                found += [(one.lineno, _words(one)) for one in both]
        elif guards and isinstance(node, ast.FunctionDef) and WHY.match(node.name):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and inner.value is not None:
                    value = inner.value
                    both = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
                    found += [(one.lineno, _words(one)) for one in both]
    return [(line, text) for line, text in found if text is not None]


REFUSALS = [
    pytest.param(text, id=f"{path.stem}:{line}")
    for path in SOURCES
    for line, text in _texts(ast.parse(path.read_text()), guards=path.stem.startswith(GUARDS))
]


def test_there_are_refusals_to_look_at() -> None:
    assert len(REFUSALS) > 100


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_says_what_to_do(text: str) -> None:
    assert text in SAID_ELSEWHERE or WAY_ON.search(text), text
