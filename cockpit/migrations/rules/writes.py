"""Much data in one statement: row locks until the end, WAL at once, replicas behind, bloat. From the rule that data
change in batches and no transaction is long."""

from collections.abc import Iterator, Sequence

from cockpit.migrations.lexer import Token
from cockpit.migrations.model import Script
from cockpit.migrations.rules.base import Hit, Rule, created_table, name_at, skip_words
from cockpit.migrations.rules.blocks import body, statements

_BATCH = "work in batches by key with a COMMIT after each, outside BEGIN (a DO block with a loop)"


def _written(tokens: Sequence[Token], verb: str) -> str:
    """The table of an UPDATE or DELETE (behind a WITH too); empty for anything else."""
    words = [token.upper for token in tokens]
    start, depth = 0, 0
    while words[:1] == ["WITH"] and start < len(words):
        depth += (words[start] == "(") - (words[start] == ")")
        if not depth and words[start] in ("UPDATE", "DELETE", "INSERT", "SELECT"):
            break
        start += 1
    if start >= len(words) or words[start] != verb:
        return ""
    return name_at(tokens, skip_words(tokens, start + 1, "FROM", "ONLY"))[0]


def _bounded(tokens: Sequence[Token]) -> bool:
    """A LIMIT, a range, a list of values or one value of a key: so many rows and no more."""
    words = [token.upper for token in tokens]
    if "WHERE" not in words:
        return False
    behind = range(words.index("WHERE"), len(words))
    if "LIMIT" in words or "FETCH" in words or "BETWEEN" in words or "CURRENT" in words:
        return True
    for index in behind:
        if words[index] == "IN" and index + 2 < len(tokens) and words[index + 2] not in ("SELECT", "WITH"):
            return True
        if tokens[index].text == "=" and _is_key(tokens[index - 1]):
            return True
    return False


def _is_key(token: Token) -> bool:
    name = token.value() if token.kind in ("word", "name") else ""
    return name in ("id", "key", "slug", "code", "name", "ctid", "uuid", "email") or name.endswith("_id")


def _found(script: Script, verb: str, whole: bool) -> Iterator[Hit]:
    made = set[str]()
    for one in script.notable:
        made.add(created_table(one))
        inner = body(one)
        parts = [(0, one.tokens)] if one.words[:1] in (("WITH",), (verb,)) else [*statements(inner)]
        for _, tokens in parts:
            table = _written(tokens, verb)
            if not table or table in made or _bounded(tokens):
                continue
            if whole is any(token.upper == "WHERE" for token in tokens):
                continue
            what = "every row" if whole else "every row that matches"
            yield Hit(tokens[0].offset, f"{verb} of {what} of {table} in one transaction: locked until it ends", _BATCH)


def _one_transaction(script: Script) -> Iterator[Hit]:
    for one in script.notable:
        parts = [*statements(body(one))]
        if any(tokens[0].upper == "COMMIT" for _, tokens in parts):
            continue
        for loops, tokens in parts:
            if loops and _bounded(tokens) and (_written(tokens, "UPDATE") or _written(tokens, "DELETE")):
                yield Hit(tokens[0].offset, "batches without a COMMIT between them are still one transaction")
                break


_LOOP = """DO $$
BEGIN
  LOOP
    {verb} WHERE id IN (SELECT id FROM orders WHERE note IS NULL LIMIT 1000);
    EXIT WHEN NOT FOUND;{commit}
  END LOOP;
END $$;
"""
_COMMIT = "\n    COMMIT;"
_PROCESS = "the team's process: change data in batches, never much in one transaction"
RULES = (
    Rule(
        code="update-whole-table",
        level="error",
        why="Every row is locked until the end and rewritten; the table doubles, replicas fall behind.",
        fix=_BATCH,
        bad="UPDATE orders SET note = '';\n",
        good=_LOOP.format(verb="UPDATE orders SET note = ''", commit=_COMMIT),
        source=_PROCESS,
        find=lambda script: _found(script, "UPDATE", True),
    ),
    Rule(
        code="update-unbatched",
        level="warning",
        why="A condition that may match millions of rows limits nothing.",
        fix=_BATCH,
        bad="UPDATE orders SET note = '' WHERE note IS NULL;\n",
        good="UPDATE settings SET value = '2' WHERE id = 7;\n",
        source=_PROCESS,
        find=lambda script: _found(script, "UPDATE", False),
    ),
    Rule(
        code="delete-whole-table",
        level="error",
        why="Every row is deleted, and locked until then; if only a few rows were meant, the WHERE is missing.",
        fix=_BATCH,
        bad="DELETE FROM orders;\n",
        good=_LOOP.format(verb="DELETE FROM orders", commit=_COMMIT),
        source=_PROCESS,
        find=lambda script: _found(script, "DELETE", True),
    ),
    Rule(
        code="delete-unbatched",
        level="warning",
        why="A condition that may match millions of rows limits nothing.",
        fix=_BATCH,
        bad="DELETE FROM orders WHERE placed_at < '2020-01-01';\n",
        good="DELETE FROM orders WHERE id IN (4711, 4712);\n",
        source=_PROCESS,
        find=lambda script: _found(script, "DELETE", False),
    ),
    Rule(
        code="batches-in-one-transaction",
        level="warning",
        why="A DO block is one transaction unless it commits; the locks of the first batch are held until the last.",
        fix="COMMIT at the end of each iteration, with no BEGIN around the block",
        bad=_LOOP.format(verb="UPDATE orders SET note = ''", commit=""),
        good=_LOOP.format(verb="UPDATE orders SET note = ''", commit=_COMMIT),
        source="PostgreSQL, 43.8 Transaction Management (PL/pgSQL)",
        find=_one_transaction,
    ),
)
