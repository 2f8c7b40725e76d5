"""What PostgreSQL refuses inside a transaction, and transactions that are not what they look like."""

import re
from collections.abc import Iterator

from cockpit.migrations.model import Script, Statement
from cockpit.migrations.rules.base import Hit, Rule, name_at, skip_words
from cockpit.migrations.rules.blocks import body, statements
from cockpit.migrations.split import split

_ALONE = (
    ("VACUUM",), ("CREATE", "DATABASE"), ("DROP", "DATABASE"), ("CREATE", "TABLESPACE"), ("DROP", "TABLESPACE"),
    ("ALTER", "SYSTEM"), ("REINDEX", "DATABASE"), ("REINDEX", "SYSTEM"), ("REINDEX", "SCHEMA"),
    ("CREATE", "SUBSCRIPTION"), ("DROP", "SUBSCRIPTION"),
)  # fmt: skip
"""PreventInTransactionBlock() of PostgreSQL's source; REINDEX also where it names CONCURRENTLY."""

_COMMENT_LINES = re.compile(r"(?:^[ \t]*--[^\n]*(?:\n|\Z))+", re.M)
_COMMENT_MARK = re.compile(r"^[ \t]*--", re.M)
_DO = re.compile(r"^[ \t]*DO\s+\$", re.I | re.M)


def not_in_transaction(statement: Statement) -> str:
    """The command, where PostgreSQL runs it outside of a transaction only; else empty."""
    for words in _ALONE:
        if statement.begins(*words):
            return " ".join(words)
    if statement.words[:1] in (("CREATE",), ("DROP",), ("REINDEX",)) and "CONCURRENTLY" in statement.words:
        return f"{statement.words[0]} INDEX CONCURRENTLY" if statement.words[0] != "REINDEX" else "REINDEX CONCURRENTLY"
    if statement.begins("REINDEX") and statement.has("CONCURRENTLY"):
        return "REINDEX CONCURRENTLY"
    if statement.begins("ALTER", "TABLE") and statement.has("DETACH", "PARTITION"):
        return "ALTER TABLE ... DETACH PARTITION CONCURRENTLY" if statement.has("CONCURRENTLY") else ""
    if statement.begins("CLUSTER") and len(statement.tokens) == 1:
        return "CLUSTER of every table"
    if statement.begins("ALTER", "DATABASE") and statement.has("TABLESPACE"):
        return "ALTER DATABASE ... SET TABLESPACE"
    return ""


def _where(script: Script, statement: Statement) -> str:
    return (
        "inside BEGIN ... COMMIT" if statement.transaction else "in the transaction that the tool wraps around the file"
    )


def _no_block(script: Script) -> Iterator[Hit]:
    for one in script.notable:
        command = not_in_transaction(one) if one.kind == "sql" and script.inside(one) else ""
        if command:
            yield Hit(one.start, f"{command} {_where(script, one)}: refused by PostgreSQL, the migration fails")


def _commit_in_block(script: Script) -> Iterator[Hit]:
    for one in script.notable:
        if not script.inside(one):
            continue
        for _, tokens in statements(body(one)):
            if tokens[0].upper in ("COMMIT", "ROLLBACK"):
                words = f"{tokens[0].upper} in a DO block {_where(script, one)}"
                yield Hit(tokens[0].offset, f"{words}: invalid transaction termination, the migration fails")


def _commented(script: Script) -> Iterator[Hit]:
    """A block that somebody will take out of its comments one day."""
    for one in script.notable:
        if not script.inside(one):
            continue
        for match in _COMMENT_LINES.finditer(script.text, one.lead, one.start):
            code = _COMMENT_MARK.sub("", match[0])
            begin = _DO.search(code)
            if begin is None:
                continue
            for inner in split(code[begin.start() :]):
                if any(tokens[0].upper == "COMMIT" for _, tokens in statements(body(inner))):
                    lines = code.count("\n", 0, begin.start())
                    offset = match.start() + sum(map(len, match[0].splitlines(keepends=True)[:lines]))
                    yield Hit(offset, f"if uncommented, this block would commit {_where(script, one)} and fail")


def _enum(script: Script) -> Iterator[Hit]:
    added: dict[str, int] = {}
    made = set[str]()
    for one in script.statements if any(one.begins("ALTER", "TYPE") for one in script.notable) else ():
        if one.begins("CREATE", "TYPE"):
            made.add(name_at(one.tokens, 2)[0])
        used = {token.value() for token in one.tokens if token.kind == "string"} if added else set[str]()
        used |= {token.value() for token in body(one) if token.kind == "string"}
        for value in sorted(used & {*added}):
            if script.wrapped or (one.transaction and one.transaction == added[value]):
                yield Hit(one.start, f"the enum value '{value}' is used in the transaction that adds it")
        if not one.begins("ALTER", "TYPE") or (index := one.find("ADD", "VALUE")) is None:
            continue
        place = skip_words(one.tokens, index + 2, "IF", "NOT", "EXISTS")
        if script.inside(one) and place < len(one.tokens) and name_at(one.tokens, 2)[0] not in made:
            added[one.tokens[place].value()] = one.transaction


def _left_open(script: Script) -> Iterator[Hit]:
    sql = [one for one in script.statements if one.kind == "sql"]
    last = sql[-1] if sql else None
    if last is None or not last.transaction or last.words[0] in ("COMMIT", "END", "ROLLBACK", "ABORT", "PREPARE"):
        return
    first = next(one for one in sql if one.transaction == last.transaction)
    yield Hit(first.start, "this transaction is never committed; all of it is rolled back")


_OUTSIDE = "put it in its own file without BEGIN (`-- Transaction: none` in its header)"
_ENUM = "ALTER TYPE mood ADD VALUE 'calm';\n"
_USE = "UPDATE settings SET mood = 'calm' WHERE id = 1;\n"
_BLOCK = "DO $$\nBEGIN\n  DELETE FROM orders WHERE id = 1;\n  COMMIT;\nEND $$;\n"
_COMMENTED = "".join(f"-- {line}\n" for line in _BLOCK.splitlines())
RULES = (
    Rule(
        code="not-in-transaction",
        level="error",
        why="Some statements manage their own transactions; inside one, PostgreSQL raises an error.",
        fix=_OUTSIDE,
        bad="BEGIN;\nCREATE INDEX CONCURRENTLY orders_note ON orders (note);\nCOMMIT;\n",
        good="CREATE INDEX CONCURRENTLY orders_note ON orders (note);\n",
        source="PostgreSQL, PreventInTransactionBlock()",
        find=_no_block,
        covers=("ban-concurrent-index-creation-in-transaction",),
    ),
    Rule(
        code="commit-in-block",
        level="error",
        why="A DO block may only end transactions when called outside one.",
        fix=_OUTSIDE,
        bad=f"BEGIN;\n{_BLOCK}COMMIT;\n",
        good=_BLOCK,
        source="PostgreSQL, 43.8 Transaction Management (PL/pgSQL)",
        find=_commit_in_block,
    ),
    Rule(
        code="commit-in-commented-block",
        level="warning",
        why="Commented-out code is meant to be used some day; this block will fail then.",
        fix=_OUTSIDE,
        bad=f"BEGIN;\n{_COMMENTED}SELECT 1;\nCOMMIT;\n",
        good=f"{_COMMENTED}SELECT 1;\n",
        source="PostgreSQL, 43.8 Transaction Management (PL/pgSQL)",
        find=_commented,
    ),
    Rule(
        code="enum-value-used",
        level="error",
        why="A new value of an enum cannot be used before the transaction that adds it has been committed.",
        fix="add the value in one file, use it in the next",
        bad=f"BEGIN;\n{_ENUM}{_USE}COMMIT;\n",
        good=f"{_ENUM}{_USE}",
        source="PostgreSQL, ALTER TYPE: Notes",
        find=_enum,
    ),
    Rule(
        code="transaction-left-open",
        level="error",
        why="If the file ends inside a transaction, the server rolls all of it back, and psql says nothing.",
        fix="add COMMIT at the end",
        bad="BEGIN;\nALTER TABLE orders ADD COLUMN note text;\n",
        good="BEGIN;\nALTER TABLE orders ADD COLUMN note text;\nCOMMIT;\n",
        source="PostgreSQL, BEGIN",
        find=_left_open,
        covers=("ban-uncommitted-transaction",),
    ),
)
