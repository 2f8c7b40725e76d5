"""Print every string with a space in it that a user may see, with its place: to read all words in one sitting.

String constants and f-strings of `cockpit/`, `widgets/` and `styles/`, without docstrings; a hole of an f-string is
printed as `{…}`. Arguments are paths to look at instead.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("cockpit", "widgets", "styles")
HOLE = "{…}"


def words(node: ast.expr) -> str | None:
    """The text of a string constant or f-string, its holes as `{…}`; None for any other expression."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(HOLE if isinstance(part, ast.FormattedValue) else words(part) or "" for part in parts)
        case _:
            return None


def bare(tree: ast.AST) -> set[int]:
    """Ids of the nodes that are docstrings, or strings that stand as statements of their own."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of every string with a space in it, outermost f-strings first, in the order of the source."""
    silent, inside = bare(tree), set[int]()
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            # Pieces of an f-string are printed with it; expressions in its holes are strings of their own.
            inside |= {id(part) for part in node.values}
            inside |= {id(part.format_spec) for part in node.values if isinstance(part, ast.FormattedValue)}
        if not isinstance(node, ast.expr) or id(node) in silent | inside:
            continue
        text = words(node)
        if text is not None and " " in text.strip():
            found.append((node.lineno, text))
    yield from sorted(found, key=lambda each: each[0])


def files(arguments: list[str]) -> list[Path]:
    """Python files below the given paths, else below every room of the product."""
    roots = [Path(each).resolve() for each in arguments] or [ROOT / room for room in ROOMS]
    return [path for root in roots for path in ([root] if root.is_file() else sorted(root.rglob("*.py")))]


def main(arguments: list[str]) -> None:
    """One line per string: `file:line: text`, as Python would write it."""
    for path in files(arguments):
        for line, text in strings(ast.parse(path.read_text(encoding="utf-8"))):
            place = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
            sys.stdout.buffer.write(f"{place}:{line}: {text!r}\n".encode("utf-8", "backslashreplace"))


if __name__ == "__main__":
    main(sys.argv[1:])
