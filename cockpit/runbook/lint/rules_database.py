"""What a command is pointed at, and whether anybody looks at the database after it was changed."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from cockpit.runbook import grammar
from cockpit.runbook.lint import words
from cockpit.runbook.lint.context import Call, Context, Script
from cockpit.runbook.lint.model import Finding, Rule
from cockpit.runbook.model import Section

UNSET_VARIABLE = Rule(
    "unset-variable", "error", "An unset variable falls through to a default target",
    "`psql $URL` with URL unset is plain `psql`: it connects to the local default server, or to whatever PGHOST "
    "says, and runs there what was meant for production. The same goes for pg_dump, pg_restore, mysql, and for "
    "options that swallow the next argument.",
    'fail if it is unset: `"${URL:?is not set}"`',
    "psql -v ON_ERROR_STOP=1 $PRODUCTION_DB_URL --command 'select 1'",
    "psql \"${PRODUCTION_DB_URL:?is not set}\" --command 'select 1'",
)  # fmt: skip
NO_VERIFICATION = Rule(
    "no-verification", "warning", "Nothing verifies the database after a migration",
    "A migration tool that exits 0 only says that its statements ran, not that the schema is the intended one: a "
    "migration can be skipped, recorded and rolled back, or applied to another database.",
    "list the applied migrations or query the new schema right afterwards, or add an item that says who verifies what",
    "alembic upgrade head",
    "alembic upgrade head\n# Verify the revision\nalembic current",
)  # fmt: skip

_CLIENTS = frozenset({
    "psql", "pg_dump", "pg_dumpall", "pg_restore", "mysql", "mysqldump", "mongosh", "mongodump", "mongorestore",
    "redis-cli", "createdb", "dropdb", "supabase",
})  # fmt: skip
_BY_PLACE = frozenset({"psql", "pg_dump", "mysql", "mysqldump", "mongosh", "createdb", "dropdb"})
"""Those that take the database as a word of its own, not only behind an option."""
_TARGETS = frozenset({
    "-h", "--host", "-d", "--dbname", "--db-url", "--database-url", "--url", "--uri", "-U", "--username", "-p",
    "--port", "--context", "--kube-context", "-n", "--namespace", "--project", "--profile", "--region", "--cluster",
})  # fmt: skip
_BARE = re.compile(r"\$(?:\{(?P<braced>[A-Za-z_]\w*)\}|(?P<plain>[A-Za-z_]\w*))")
_LOOK_WORDS = (
    r"\b(?:verif|check|confirm|inspect|status|validat|smoke|test|compare|select|current|history|info|diff|list)"
)
_LOOKS, _LOOKS_BYTES = re.compile(_LOOK_WORDS, re.I), re.compile(_LOOK_WORDS.encode(), re.I)


def unset_variable(context: Context) -> Iterator[Finding]:
    for script in context.scripts:
        outside = set(script.step.variables) - _guarded(script) - script.given
        if not outside:
            continue
        for call in script.calls:
            for node, name, option in _target_variables(call, script):
                if name in outside:
                    where = f"{option} swallows the next argument" if option else f"{call.name} uses its default target"
                    value = f"${{{name}:?is not set}}"
                    quoted = node.parent is not None and node.parent.type == "string"
                    yield script.find(
                        UNSET_VARIABLE, node, f"if {name} is unset, {where}", value if quoted else f'"{value}"'
                    )


def _guarded(script: Script) -> set[str]:
    """Variables that the script refuses to go on without: `${X:?}` or `set -u` anywhere before."""
    text = script.data.decode("utf-8", "replace")
    if re.search(r"^\s*set\s+(?:-\w*u|-o\s+nounset)", text, re.M):
        return set(script.step.variables)
    return set(re.findall(r"\$\{([A-Za-z_]\w*):?\?", text))


def _target_variables(call: Call, script: Script) -> Iterator[tuple[Node, str, str]]:
    """(node, name, option) of the variables that say what a client talks to; the option may be empty."""
    if call.name not in _CLIENTS:
        return
    for place, (word, node) in enumerate(zip(call.words, call.nodes, strict=True)):
        option, equals, value = word.partition("=") if word.startswith("--") else ("", "", word)
        match = _BARE.fullmatch(value)
        if place == 0 or match is None:
            continue
        before = option if equals else call.words[place - 1]
        by_place = call.name in _BY_PLACE and (not before.startswith("-") or before in {"-1", "-q", "-X"})
        if by_place or before in _TARGETS:
            inner = next((one for one in grammar.walk(node) if one.type in {"simple_expansion", "expansion"}), node)
            yield (
                (node if node.type == inner.type else inner),
                match["braced"] or match["plain"],
                (before if before in _TARGETS else ""),
            )


def no_verification(context: Context) -> Iterator[Finding]:
    steps = [one for one in context.scripts if one.section.kind != "rollback"]
    for number, script in enumerate(steps):
        migrations = [call for call in script.calls if words.is_migration(call)]
        if not migrations or _looked_at_later(script, steps[number + 1 :], context):
            continue
        looks = [match.start() for match in _LOOKS_BYTES.finditer(script.data)]
        for call in migrations:
            if not looks or looks[-1] < call.node.end_byte:
                message = f"nothing verifies the database after {' '.join(call.words[:3])}"
                yield script.find(NO_VERIFICATION, call.node, message)


def _looked_at_later(script: Script, after: list[Script], context: Context) -> bool:
    """In the items and the other scripts of its section, or by the section that follows."""
    if any(_LOOKS.search(item.text) and item.line > script.step.line for item in script.section.items):
        return True
    following = _following(script.section, context.runbook.sections)
    if following is not None and _LOOKS.search(following.title):
        return True
    return any(_LOOKS_BYTES.search(one.data) for one in after if one.section is script.section)


def _following(section: Section, sections: tuple[Section, ...]) -> Section | None:
    return next((one for one in sections if one.line > section.line), None)


RULES = (
    (UNSET_VARIABLE, unset_variable),
    (NO_VERIFICATION, no_verification),
)
