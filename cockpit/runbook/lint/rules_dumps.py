"""Backups: taken so that a failure shows, read before anyone relies on them, restored so that an error stops."""

import re
from collections.abc import Iterator

from cockpit.runbook.lint import words
from cockpit.runbook.lint.context import Call, Context, Script
from cockpit.runbook.lint.model import Finding, Rule

DUMP_REDIRECT = Rule(
    "dump-redirect", "error", "A dump is redirected straight into the backup file",
    "The shell creates the file before the dump starts: if the dump fails (address, password, version, disk), an "
    "empty or truncated file remains under the backup's name, and a check that only looks for the file cannot tell.",
    'write to a temporary file and rename on success: `pg_dump --format=custom --file=X.part "$URL" && mv X.part X`',
    'pg_dump "$DATABASE_URL" > backups/before.sql',
    'pg_dump --format=custom --file=b.part "${DATABASE_URL:?}"\npg_restore --file=/dev/null b.part\nmv b.part b.dump',
)  # fmt: skip
BACKUP_UNREAD = Rule(
    "backup-not-read", "warning", "A backup is never verified",
    "A truncated dump looks like a backup until it is needed. In PostgreSQL's custom format `pg_restore --list` "
    "only reads the table of contents at the front and accepts half a file; only reading it in full finds the "
    "damage.",
    "read it in full (`pg_restore --file=/dev/null X`) or, better, restore it into a scratch database",
    'pg_dump --format=custom --file=b.part "${DATABASE_URL:?}" && mv b.part b.dump\npg_restore --list b.dump',
    'pg_dump --format=custom --file=b.part "${DATABASE_URL:?}"\npg_restore --file=/dev/null b.part\nmv b.part b.dump',
)  # fmt: skip
RESTORE_NO_STOP = Rule(
    "restore-no-stop", "error", "A script or dump is fed to the database without stopping at the first error",
    "psql continues after an error and exits 0: a dump restored over a live database fails for each object that "
    "already exists, mixes old rows with new ones, and is reported as a success. pg_restore continues too, and "
    "reports failure only at the very end.",
    "use `psql -v ON_ERROR_STOP=1 --single-transaction` into an empty database, or `pg_restore --exit-on-error`",
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
                    message = f"if {call.name} fails, {name} still exists, empty or truncated"
                    yield script.find(DUMP_REDIRECT, call.node, message)
                    break


def backup_unread(context: Context) -> Iterator[Finding]:
    if any(_reads(call, script) for script in context.scripts for call in script.calls):
        return
    for script in context.scripts:
        for call in script.calls:
            if words.is_dump(call) and script.section.kind != "rollback":
                yield script.find(BACKUP_UNREAD, call.node, "nothing in this runbook verifies the backup")
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
                message = f"{call.name} continues after an error and exits 0"
                yield script.find(RESTORE_NO_STOP, name, message, f"{script.text(name)} -v ON_ERROR_STOP=1")
            elif call.name == "pg_restore" and not call.has("-l", "--list", "-e", "--exit-on-error", "-1"):
                if call.has("--single-transaction", "-f", "--file"):
                    continue
                message = "pg_restore continues after an error"
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
