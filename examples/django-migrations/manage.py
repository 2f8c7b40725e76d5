#!/usr/bin/env python3
"""Django's `manage.py` stands here; this one knows the words of the runbook and needs nothing but Python and SQLite."""

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

FILES = sorted(Path(__file__).parent.glob("migrations/*.sql"))
WAY_BACK = "-- migrate:down\n"


def connect() -> sqlite3.Connection:
    connection = sqlite3.connect(os.environ["DATABASE"], timeout=10, isolation_level=None)
    connection.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)")
    return connection


def applied(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM migrations")}


def migrate(target: str = "", plan: str = "") -> None:
    """To the newest, or forth and back to TARGET; each file in a transaction. With a plan it only says so."""
    wanted = [file for file in FILES if not target or file.stem[:4] <= target]
    with closing(connect()) as connection:
        have = applied(connection)
        forth = [(file, True) for file in wanted if file.stem not in have]
        back = [(file, False) for file in reversed(FILES) if file.stem in have and file not in wanted]
        for file, on in [*back, *forth]:
            print(f"{'would be ' if plan else ''}{'applied' if on else 'taken back'}: {file.stem}")
            if plan:
                continue
            up, _, down = file.read_text().partition(WAY_BACK)
            mark = "INSERT INTO migrations VALUES" if on else "DELETE FROM migrations WHERE name IN"
            connection.executescript(f"BEGIN;\n{up if on else down};\n{mark} ('{file.stem}');\nCOMMIT;")
        if not forth and not back:
            print("nothing to do")


def showmigrations() -> None:
    with closing(connect()) as connection:
        for file in FILES:
            print(f"[{'X' if file.stem in applied(connection) else ' '}] {file.stem}")


def backup(target: str) -> None:
    """A copy that is whole although customers go on; read before it gets its name."""
    with closing(connect()) as connection, closing(sqlite3.connect(f"{target}.part")) as copy:
        connection.backup(copy)
        (said,) = copy.execute("PRAGMA integrity_check").fetchone()
        (orders,) = copy.execute("SELECT count(*) FROM orders").fetchone()
    if said != "ok":
        sys.exit(f"{target}: {said}")
    Path(f"{target}.part").replace(target)
    print(f"{target}: whole, {orders} orders")


def check() -> None:
    """Every migration has a way back, and no two have one number."""
    numbers = [file.stem[:4] for file in FILES]
    wrong = [f"{file.name}: no way back" for file in FILES if WAY_BACK not in file.read_text()]
    wrong += [f"{number}: twice" for number in sorted(set(numbers)) if numbers.count(number) > 1]
    sys.exit("\n".join(wrong) or 0)


COMMANDS = {"migrate": migrate, "showmigrations": showmigrations, "backup": backup, "check": check}

if __name__ == "__main__":
    command, *words = sys.argv[1:]
    if "--plan" in words:
        words = [*(word for word in words if word != "--plan"), *[""] * (len(words) == 1), "plan"]
    COMMANDS[command](*words)
