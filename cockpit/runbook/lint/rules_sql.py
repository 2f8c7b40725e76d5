"""SQL in fences: what fails, or is rolled back without a word, when it is run as it is written."""

from collections.abc import Callable, Iterator

from cockpit.runbook.lint import sql
from cockpit.runbook.lint.context import Context
from cockpit.runbook.lint.model import Finding, Rule

CONCURRENTLY = Rule(
    "concurrently-in-transaction", "error", "A statement inside a transaction that cannot run in one",
    "PostgreSQL refuses CREATE INDEX CONCURRENTLY, VACUUM and the like inside BEGIN. With plain `psql -f` the rest "
    "of the file is then rolled back, and the exit status is 0.",
    "give each its own file without BEGIN",
    "BEGIN;\nCREATE INDEX CONCURRENTLY i ON t (c);\nCOMMIT;",
    "CREATE INDEX CONCURRENTLY i ON t (c);",
    "sql",
)  # fmt: skip
COMMIT_IN_DO = Rule(
    "commit-in-do", "error", "COMMIT in a DO block inside a transaction",
    "A block may only end a transaction that it started itself. Inside BEGIN it stops with `invalid transaction "
    "termination`, and the whole migration is rolled back.",
    "put the block in its own file, without BEGIN around it",
    "BEGIN;\nDO $$ BEGIN UPDATE t SET c = 1; COMMIT; END $$;\nCOMMIT;",
    "DO $$ BEGIN UPDATE t SET c = 1; COMMIT; END $$;",
    "sql",
)  # fmt: skip


def concurrently(context: Context) -> Iterator[Finding]:
    return _each(context, CONCURRENTLY, sql.only_outside_transactions, "{} fails inside BEGIN")


def commit_in_do(context: Context) -> Iterator[Finding]:
    return _each(context, COMMIT_IN_DO, sql.commits_in_do, "{} in a DO block fails inside BEGIN")


def _each(context: Context, rule: Rule, find: Callable[[str], Iterator[sql.Place]], message: str) -> Iterator[Finding]:
    for fence in context.sql:
        for place in find(fence.text):
            line = fence.line + fence.text.count("\n", 0, place.start)
            column = place.start - (fence.text.rfind("\n", 0, place.start) + 1) + fence.indent + 1
            yield Finding(rule.code, rule.severity, line, column, message.format(place.what), rule.safer)


RULES = (
    (CONCURRENTLY, concurrently),
    (COMMIT_IN_DO, commit_in_do),
)
