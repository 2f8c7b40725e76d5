"""Putting values into the placeholders of a script, quoted for the place that each of them has."""

import re
import shlex
from collections.abc import Mapping

from tree_sitter import Node

from cockpit.runbook.grammar import text_of
from cockpit.runbook.holes import Hole, context_of, find_holes
from cockpit.runbook.names import fold

_SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
_IN_DOUBLE_QUOTES = re.compile(r'([\\"$`])')
_IN_HEREDOC = re.compile(r"([\\$`])")
# Places where quoting has rules of its own; a value that needs quoting is refused there.
_TANGLED = frozenset({"expansion", "arithmetic_expansion", "test_command", "ERROR", "extglob_pattern", "regex"})


class CannotFill(ValueError):
    """A value that needs quoting, in a place where no quoting is certain to hold."""


def fill_placeholders(body: str, values: Mapping[str, str]) -> str:
    """`body` with `values` (by placeholder name, in any spelling that folds to it) in its placeholders.

    bash reads each value back exactly as given, whatever it holds; a placeholder without a value and everything else
    stay byte for byte. Raises `CannotFill` for a value that needs quoting inside `${...}`, `$((...))`, backticks or a
    script that does not parse, for a NUL, and for a line that would end the here-document around it.
    """
    wanted = {fold(name): value for name, value in values.items()}
    script = body.encode("utf-8", "surrogatepass")
    holes, root = find_holes(script)
    parts, position = [], 0
    for hole in holes:
        if hole.name in wanted:
            parts += [script[position : hole.start], _quoted(wanted[hole.name], hole, root, script).encode()]
            position = hole.end
    return b"".join([*parts, script[position:]]).decode("utf-8", "surrogatepass")


def _quoted(value: str, hole: Hole, root: Node, script: bytes) -> str:
    if "\0" in value:
        raise CannotFill(f"the value of {hole.token} holds a NUL, which no command accepts")
    around = context_of(root, hole)
    heredoc = next((node for node in around if node.type == "heredoc_body"), None)
    if heredoc is not None:
        _refuse_to_end(heredoc, value, hole, script)
    if _SAFE.fullmatch(value):
        return value
    if root.has_error:
        raise CannotFill(f"the script around {hole.token} is not valid shell, so its value cannot be quoted safely")
    for node in around:
        if node.type in _TANGLED or (node.type == "command_substitution" and text_of(node, script)[:1] == "`"):
            raise CannotFill(
                f"{hole.token} is inside {node.type.replace('_', ' ')}; only a plain word is allowed there"
            )
        match node.type:
            case "string" | "translated_string":
                return _IN_DOUBLE_QUOTES.sub(r"\\\1", value)
            case "raw_string":
                return value.replace("'", "'\\''")
            case "ansi_c_string":
                return value.replace("\\", "\\\\").replace("'", "\\'")
            case "heredoc_body":
                return value if _is_quoted(node, script) else _IN_HEREDOC.sub(r"\\\1", value)
            case "command_substitution" | "process_substitution" | "subshell" | "program":
                break
    return shlex.quote(value)


def _delimiter(heredoc: Node, script: bytes) -> str:
    """The word after `<<`, as written."""
    redirect = heredoc.parent
    start = next((node for node in redirect.children if node.type == "heredoc_start"), None) if redirect else None
    return text_of(start, script) if start else ""


def _is_quoted(heredoc: Node, script: bytes) -> bool:
    """True for `<<'EOF'`: nothing in its body is special to the shell."""
    return any(mark in _delimiter(heredoc, script) for mark in "\"'\\")


def _refuse_to_end(heredoc: Node, value: str, hole: Hole, script: bytes) -> None:
    """Raise where a line of the filled text would be the line that ends the here-document."""
    delimiter = re.sub(r"[\"'\\]", "", _delimiter(heredoc, script))
    line_start = script.rfind(b"\n", 0, hole.start) + 1
    line = script[line_start : hole.start].decode("utf-8", "replace") + value
    line += script[hole.end :].split(b"\n", 1)[0].decode("utf-8", "replace")
    if delimiter in [part.lstrip("\t") for part in line.split("\n")]:
        raise CannotFill(f"the value of {hole.token} would end the here-document it is in")
