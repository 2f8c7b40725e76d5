"""Locks that everybody waits for. Conflicts as in PostgreSQL's documentation, 13.3 "Explicit Locking"."""

from collections.abc import Iterator

from cockpit.migrations.model import Script
from cockpit.migrations.rules.base import Hit, Rule, created_table, name_at, skip_words

_MILD = {"ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE"}
_LOCKING = "PostgreSQL, 13.3 Explicit Locking"


def _lock_table(script: Script) -> Iterator[Hit]:
    for one in script.notable:
        if not one.begins("LOCK"):
            continue
        name, index = name_at(one.tokens, skip_words(one.tokens, 1, "TABLE", "ONLY"))
        words = [token.upper for token in one.tokens[index:]]
        mode = "ACCESS EXCLUSIVE"
        if "IN" in words and "MODE" in words:
            mode = " ".join(words[words.index("IN") + 1 : words.index("MODE")])
        if mode not in _MILD:
            yield Hit(one.start, f"LOCK TABLE {name} in {mode} mode; everyone who needs the table waits until the end")


def _truncate(script: Script) -> Iterator[Hit]:
    made = set[str]()
    for one in script.notable:
        made.add(created_table(one))
        if one.begins("TRUNCATE"):
            name, _ = name_at(one.tokens, skip_words(one.tokens, 1, "TABLE", "ONLY"))
            if name not in made:
                yield Hit(one.start, f"TRUNCATE {name} removes every row, and reads wait for its ACCESS EXCLUSIVE lock")


RULES = (
    Rule(
        code="lock-table",
        level="error",
        why=(
            "An explicit lock is held until the transaction ends; everything that comes later waits behind it, "
            "including reads."
        ),
        fix="remove it, as the statements lock what they need, or keep the transaction to milliseconds",
        bad="BEGIN;\nLOCK TABLE orders;\nALTER TABLE orders ADD COLUMN note text;\nCOMMIT;\n",
        good="SET lock_timeout = '2s';\nALTER TABLE orders ADD COLUMN note text;\n",
        source=_LOCKING,
        find=_lock_table,
    ),
    Rule(
        code="truncate",
        level="error",
        why="It removes every row at once under an ACCESS EXCLUSIVE lock, with no WHERE to limit it.",
        fix="delete in batches with a condition, or rename the table and drop it a release later",
        bad="TRUNCATE TABLE orders;\n",
        good="CREATE TABLE basket (id bigint);\nTRUNCATE TABLE basket;\n",
        source="PostgreSQL, TRUNCATE: Notes",
        find=_truncate,
        covers=("ban-truncate-cascade",),
    ),
)
