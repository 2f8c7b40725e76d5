"""Backups: taken so that a failure shows, read before anyone relies on them, restored so that an error stops."""

import re
from collections.abc import Iterator

from cockpit.runbook.lint import words
from cockpit.runbook.lint.context import Call, Context, Script
from cockpit.runbook.lint.model import Finding, Rule

DUMP_REDIRECT = Rule(
    "dump-redirect", "error", "A dump is redirected straight into the file that will be restored",
    "The shell creates the file before the dump begins: when the dump fails (address, password, version, disk) an "
    "empty "
    "or half a file stands there under the name of a backup, and nothing that only looks for the file can tell.",
    "let the tool write a temporary name and move it when it went well: "
    "`pg_dump --format=custom --file=X.part \"$URL\" && mv X.part X`",
    'pg_dump "$DATABASE_URL" > backups/before.sql',
    'pg_dump --format=custom --file=b.part "${DATABASE_URL:?}"\npg_restore --file=/dev/null b.part\nmv b.part b.dump',
)  # fmt: skip
BACKUP_UNREAD = Rule(
    "backup-not-read", "warning", "A backup is taken and never read",
    "A truncated dump looks like a backup until it is needed. In PostgreSQL's custom format `pg_restore --list` reads "
    "only the table of contents at the front and is content with half a file; only reading all of it finds the damage.",
    "read all of it: `pg_restore --file=/dev/null X`, or better restore it into a scratch database",
    'pg_dump --format=custom --file=b.part "${DATABASE_URL:?}" && mv b.part b.dump\npg_restore --list b.dump',
    'pg_dump --format=custom --file=b.part "${DATABASE_URL:?}"\npg_restore --file=/dev/null b.part\nmv b.part b.dump',
)  # fmt: skip
RESTORE_NO_STOP = Rule(
    "restore-no-stop", "error", "A script or dump is fed to the database without a stop at the first error",
    "psql goes on after an error and ends with exit status 0: a dump restored over a live database gives an error per "
    "object that exists already, mixes old rows with new ones, and is reported as a success. pg_restore goes on as "
    "well, "
    "and ends with a status only at the very end.",
    "`psql -v ON_ERROR_STOP=1 --single-transaction`, into an empty database; `pg_restore --exit-on-error`",
    'psql "${DATABASE_URL:?}" < backups/before.sql',
    'psql -v ON_ERROR_STOP=1 "${SCRATCH_URL:?}" < backups/before.sql',
)  # fmt: skip

_TEMPORARY = (".part", ".partial", ".tmp", ".temp", ".new", ".incomplete")


def dump_redirect(context: Context) -> Iterator[Finding]:
    for script in context.scripts:
        for call in script.calls:
            if not words.is_dump(call):
                continue
            for redirect in words.redirects(call):
                sign, name = words.target(redirect, script)
                if sign in {">", "1>", ">|", "&>"} and name != "/dev/null" and not name.endswith(_TEMPORARY):
                    message = f"if {call.name} fails, {name} is there all the same: empty, or half of it"
                    yield script.find(DUMP_REDIRECT, call.node, message)
                    break


def backup_unread(context: Context) -> Iterator[Finding]:
    if any(_reads(call, script) for script in context.scripts for call in script.calls):
        return
    for script in context.scripts:
        for call in script.calls:
            if words.is_dump(call) and script.section.kind != "rollback":
                yield script.find(BACKUP_UNREAD, call.node, "nothing in this runbook reads the backup before it counts")
                return


def _reads(call: Call, script: Script) -> bool:
    if call.name == "pg_restore":
        return script.section.kind != "rollback" and not call.has("-l", "--list")
    return call.name in {"pg_verifybackup", "createdb"} or call.begins("cockpit", "backup", "verify")


def restore_no_stop(context: Context) -> Iterator[Finding]:
    for script in context.scripts:
        for call in script.calls:
            name = call.nodes[0]
            if call.name in {"psql", "gitlab-psql"} and not _stops(call) and _is_fed(call, script):
                message = f"{call.name} goes on after an error and ends with status 0"
                yield script.find(RESTORE_NO_STOP, name, message, f"{script.text(name)} -v ON_ERROR_STOP=1")
            elif call.name == "pg_restore" and not call.has("-l", "--list", "-e", "--exit-on-error", "-1"):
                if call.has("--single-transaction", "-f", "--file"):
                    continue
                message = "pg_restore goes on after an error"
                yield script.find(RESTORE_NO_STOP, name, message, f"{script.text(name)} --exit-on-error")


def _stops(call: Call) -> bool:
    return any("ON_ERROR_STOP" in word for word in call.words)


def _has_command(call: Call) -> bool:
    """True where its SQL stands in an option, also the last of several letters: `-Atc "select 1"`."""
    return call.has("--command") or any(re.fullmatch(r"-[a-zA-Z0-9]*c", word) for word in call.words[1:])


def _is_fed(call: Call, script: Script) -> bool:
    """True where a file, or another program's output, is run as SQL."""
    if words.file_operands(call) or any(words.target(one, script)[0] == "<" for one in words.redirects(call)):
        return not _has_command(call)
    pipeline = words.pipeline_of(call)
    if pipeline is None or _has_command(call):
        return False
    first = pipeline.named_child(0)
    return first is not None and not first.start_byte <= call.node.start_byte < first.end_byte


RULES = (
    (DUMP_REDIRECT, dump_redirect),
    (BACKUP_UNREAD, backup_unread),
    (RESTORE_NO_STOP, restore_no_stop),
)
