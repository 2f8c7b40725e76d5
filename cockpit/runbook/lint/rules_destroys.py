"""Commands that destroy data: what they take away, no rollback brings back."""

import re
from collections.abc import Iterator

from cockpit.runbook.inner import Words, inner
from cockpit.runbook.known_commands import known_as
from cockpit.runbook.lint.context import Call, Context
from cockpit.runbook.lint.model import Finding, Rule, short

DESTROYS = Rule(
    "destroys-data", "warning", "A command that destroys data",
    "A dropped table, a flushed cache or a deleted volume can only be restored from a backup: rolling back the code "
    "does not help. In a list of steps such a line looks like any other.",
    "take and verify a backup first, or rename instead (`ALTER TABLE ... RENAME`); and add `{confirm=true}` to the "
    "fence, so that it is run on purpose",
    "psql -v ON_ERROR_STOP=1 \"${DATABASE_URL:?}\" -c 'DROP TABLE orders'",
    "psql -v ON_ERROR_STOP=1 \"${DATABASE_URL:?}\" -c 'ALTER TABLE orders RENAME TO orders_old'",
)  # fmt: skip
_SQL = re.compile(
    r"\b(?:drop\s+(?:database|schema|table|materialized\s+view|owned|tablespace)|truncate(?:\s+table)?)\s+(?=[\w\"`$\[{])"
    r"(?:if\s+exists\s+)?\S+|\bdelete\s+from\s+[\w.\"`]+\s*(?=;|$|\")",
    re.I,
)
_TEMPORARY = re.compile(r"drop\s+table\s+(?:if\s+exists\s+)?(?:pg_temp\.|temp_|tmp_)", re.I)
_CLIENTS = frozenset({
    "psql", "mysql", "mariadb", "sqlite3", "sqlcmd", "mongosh", "mongo", "cqlsh", "clickhouse-client", "cockroach",
    "sqlplus", "duckdb", "bq", "snowsql", "usql", "pgcli", "mycli",
})  # fmt: skip
_HARMLESS = re.compile(
    r"(?:/var)?/tmp/|/var/cache|/(?:build|dist|target|out|tmp|\.?cache|node_modules|\.next|vendor|coverage)(?:/|$)"
)


def destroys(context: Context) -> Iterator[Finding]:
    for script in context.scripts:
        if script.step.notes.confirm:
            continue
        for call in script.calls:
            what = known_as("destroys", call.words) or _destroyed(call)
            if what:
                yield script.find(DESTROYS, call.node, f"`{short(what)}` deletes data that no rollback restores")


def _destroyed(call: Call) -> str:
    for one in inner(call.words):
        if one[0] in _CLIENTS and (sql := _in_sql(" ".join(one))):
            return sql
        if one[0] == "rm" and _removes_a_tree(one):
            return " ".join(one)
    return ""


def _in_sql(text: str) -> str:
    if "dropDatabase(" in text or re.search(r"\.(?:drop|deleteMany|remove)\((?:\{\s*\})?\)", text):
        return text
    found = _SQL.search(text)
    return " ".join(found[0].split()) if found is not None and not _TEMPORARY.search(text) else ""


def _removes_a_tree(one: Words) -> bool:
    """A folder outside of the checkout, with all in it; what is built or cached is made again."""
    if not any(re.fullmatch(r"-[a-zA-Z]*[rR][a-zA-Z]*|--recursive", word) for word in one[1:]):
        return False
    return any(word.startswith(("/", "~")) and not _HARMLESS.search(word) for word in one[1:])


RULES = ((DESTROYS, destroys),)
