"""`uv run python -m bench [GROUP...]`: figures as ratios to what was measured in the same run."""

import os
import sys
from collections.abc import Callable

from bench import compiler, face, journal, logs, migrations, redaction, runs, screen, triggers
from bench.table import Row, show
from bench.team import measure as team

GROUPS: dict[str, Callable[[], list[Row]]] = {
    "runs": runs.rows,
    "journal": journal.rows,
    "screen": screen.rows,
    "face": face.rows,
    "logs": logs.rows,
    "redaction": redaction.rows,
    "triggers": triggers.rows,
    "migrations": migrations.rows,
    "compiler": compiler.rows,
    "team": team.rows,
}


def main(chosen: list[str]) -> int:
    unknown = [one for one in chosen if one not in GROUPS]
    if unknown:
        print(f"no group {unknown[0]!r}; there are {', '.join(GROUPS)}")
        return 2
    # Where Python may not keep what it compiled, a start would measure the compiler.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    found: list[Row] = []
    for name in chosen or GROUPS:
        print(f"measuring {name} ...", file=sys.stderr)
        found += GROUPS[name]()
    show(found)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
