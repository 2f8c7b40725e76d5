"""Print the four numbers that keep the house livable, and fail where one is over its limit. CI runs it.

Modules that lie loose in `cockpit/`, own ancestors of a class, the biggest class, names of keys in the core.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOOSE, ANCESTORS, LINES, METHODS = 5, 2, 300, 30


def classes(root: Path = ROOT) -> Iterator[tuple[str, ast.ClassDef]]:
    """Every class of the product, with `module.Name`."""
    for room in ("cockpit", "widgets", "styles"):
        for path in sorted((root / room).rglob("*.py")):
            if "template" in path.parts:
                continue
            module = ".".join(path.relative_to(root).with_suffix("").parts)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    yield f"{module}.{node.name}", node


def chains(found: dict[str, ast.ClassDef]) -> dict[str, int]:
    """How many classes of ours each class inherits from, one after another."""
    short = {name.rpartition(".")[2]: name for name in found}

    def depth(name: str, seen: frozenset[str] = frozenset()) -> int:
        bases = [ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in found[name].bases]
        ours = [short[base] for base in bases if base in short and short[base] not in seen | {name}]
        return max((1 + depth(one, seen | {name}) for one in ours), default=0)

    return {name: depth(name) for name in found}


def keys_in_core(root: Path = ROOT) -> list[str]:
    """Places where a string of the core names a key: `H releases it`, `press r`, `(r)`, `R takes`."""
    import re

    key = re.compile(
        r"(?<![\w`'\"-])(?:[RHWKVNCPAFTB] (?:takes|releases|retries|rolls|says|shows|opens|waives|skips|goes|asks|now)"
        r"|[Pp]ress (?:[A-Za-z]|enter|space|esc)\b|\((?:[a-z>]|enter|space|esc)\))"
    )
    found = []
    for path in sorted((root / "cockpit" / "deploy").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in docs:
                continue
            if key.search(node.value):
                found.append(f"{path.relative_to(root)}:{node.lineno}: {node.value.strip()}")
    return found


def main() -> int:
    loose = sorted(path.name for path in (ROOT / "cockpit").glob("*.py"))
    found = dict(classes())
    depth, longest = max((depth, name) for name, depth in chains(found).items())
    size = {name: (node.end_lineno or 0) - node.lineno + 1 for name, node in found.items()}
    methods = {
        name: sum(isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) for one in node.body)
        for name, node in found.items()
    }
    lines, biggest = max((lines, name) for name, lines in size.items())
    most, busiest = max((count, name) for name, count in methods.items())
    keys = keys_in_core()
    rows = [
        (f"modules loose in cockpit/: {len(loose)} ({', '.join(loose)})", len(loose) <= LOOSE),
        (f"own ancestors of a class, at most: {depth} ({longest})", depth <= ANCESTORS),
        (
            f"biggest class: {lines} lines ({biggest}), most methods: {most} ({busiest})",
            lines <= LINES and most <= METHODS,
        ),
        (f"names of keys in the core: {len(keys)}", not keys),
    ]
    for text, good in rows:
        print(f"{'ok   ' if good else 'OVER '} {text}")
    if "-v" in sys.argv:
        print("\n".join(keys))
    return 0 if all(good for _, good in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
