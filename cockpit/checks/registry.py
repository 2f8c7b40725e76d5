"""Checks by name: the built-in ones, then those of installed packages (entry point `cockpit.checks`)."""

from msgspec import Struct

from cockpit.checks.base import Check, Context, Outcome, unknown
from cockpit.external.plugins import Extensions
from cockpit.text.sanitize import one_line

GROUP = "cockpit.checks"


class Known(Struct, frozen=True):
    """Where a check is, and after how many seconds its answer is asked for again while it is waited for."""

    place: str
    seconds: float = 60.0


BUILT_IN: dict[str, Known] = {
    "git.clean": Known("repository:clean", 15),
    "git.pushed": Known("repository:pushed"),
    "git.no_env_files": Known("repository:no_env_files"),
    "git.lockfile": Known("repository:lockfile"),
    "ci.status": Known("github:ci_status", 30),
    "issue.closed": Known("github:issue_closed", 60),
    "secrets.age": Known("github:secrets_age", 3600),
    "secrets.scan": Known("surroundings:secrets_scan", 3600),
    "env.required": Known("surroundings:env_required"),
    "disk.space": Known("surroundings:disk_space"),
    "tls.expiry": Known("surroundings:tls_expiry", 3600),
    "flags.documented": Known("repository:flags_documented"),
    "deps.outdated": Known("dependencies:outdated", 3600),
    "deps.audit": Known("dependencies:audit", 3600),
    "backup.fresh": Known("backups:fresh"),
    "backup.verified": Known("backups:verified", 600),
    "migrations.lint": Known("migrations:linted"),
    "migrations.rehearsed": Known("migrations:rehearsed", 3600),
    "migrations.reversible": Known("migrations:reversible"),
    "postgres.headroom": Known("database:headroom", 15),
    "postgres.locks": Known("database:locks", 15),
    "postgres.invalid_indexes": Known("database:invalid_indexes"),
    "postgres.rls": Known("database:rls"),
}


_KNOWN = Extensions(GROUP, {name: f"cockpit.checks.{known.place}" for name, known in BUILT_IN.items()}, "check")
names = _KNOWN.types


def is_known(name: str) -> bool:
    """`backup.fresh`, and `backup.fresh:2h` with what it takes behind a colon."""
    return name.partition(":")[0] in names()


def seconds_of(name: str) -> float:
    known = BUILT_IN.get(name.partition(":")[0])
    return known.seconds if known is not None else 60.0


async def run(name: str, context: Context) -> Outcome:
    """The check's answer; whatever goes wrong inside it is unknown, with its name."""
    bare = name.partition(":")[0]
    try:
        check: Check = _KNOWN.point(bare).load()
        outcome = await check(context)
    except Exception as error:
        return unknown(f"{bare} failed: {type(error).__name__}: {one_line(str(error))[:200]}")
    return outcome if isinstance(outcome, Outcome) else unknown(f"{bare} returned no result")
