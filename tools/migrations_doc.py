"""Writes the rules into docs/migrations.md from their registry. `--check`: exit 1 where it is not up to date."""

import sys
from pathlib import Path

from cockpit.migrations.rules import REGISTRY
from cockpit.migrations.squawk import ERRORS

FILE = Path(__file__).resolve().parents[1] / "docs" / "migrations.md"
BEGIN, END = "<!-- rules: tools/migrations_doc.py -->\n", "<!-- end of the rules -->\n"


def text() -> str:
    """The file with its part between the marks made anew."""
    old = FILE.read_text(encoding="utf-8")
    head, _, rest = old.partition(BEGIN)
    _, _, tail = rest.partition(END)
    parts = ["", "| rule | level | why | source |", "| --- | --- | --- | --- |"]
    parts += [f"| [`{one.code}`](#{one.code}) | {one.level} | {one.why} | {one.source} |" for one in REGISTRY]
    names = ", ".join(f"`{name}`" for name in sorted(ERRORS))
    parts += ["", f"Of squawk's rules these are errors, the others warnings: {names}."]
    for one in REGISTRY:
        covers = f" Stands for squawk's {', '.join(f'`{name}`' for name in one.covers)}." if one.covers else ""
        parts += ["", f"### {one.code}", "", f"{one.why} Instead: {one.fix}.{covers}", ""]
        parts += ["```sql", "-- found", *one.bad.splitlines(), "```", "", "```sql", "-- not found"]
        parts += [*one.good.splitlines(), "```"]
    return f"{head}{BEGIN}{chr(10).join(parts)}\n\n{END}{tail}"


def main(argument: str) -> int:
    if argument == "--check":
        return 0 if FILE.read_text(encoding="utf-8") == text() else 1
    FILE.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
