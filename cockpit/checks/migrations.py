"""What the linter says of the migrations that come with this deploy, and whether they can be undone."""

import asyncio

from cockpit import git
from cockpit.checks.base import Context, Outcome, failed, listed, passed, unknown
from cockpit.migrations.files import load
from cockpit.migrations.lint import lint
from cockpit.migrations.wayback import is_down, migration
from cockpit.sanitize import one_line


async def linted(context: Context) -> Outcome:
    """`cockpit migrations lint` over the files that this commit adds; errors fail, warnings are counted."""
    if not context.migrations:
        return passed("this commit brings no migration")
    paths = [context.root / path for path in context.migrations if (context.root / path).is_file()]
    if not paths:
        return unknown("the migrations of the commit are not in the working tree")
    scripts = [load(path, str(path.relative_to(context.root))) for path in paths]
    findings, _ = await asyncio.to_thread(lint, scripts)
    errors = [one for one in findings if one.level == "error"]
    rows = "\n".join(f"{one.file}:{one.line}: {one.rule}: {one.message}" for one in findings)
    if errors:
        told = [f"{one.file.rpartition('/')[2]}:{one.line} {one.rule}" for one in errors]
        return failed(f"{len(errors)} errors in {len(paths)} files: {listed(told, 3)}", rows)
    return passed(f"{len(paths)} files without an error, {len(findings)} warnings", rows)


async def reversible(context: Context) -> Outcome:
    """Every migration of this commit says how to undo it, and takes nothing away."""
    if not context.migrations:
        return passed("this commit brings no migration")
    beside = await asyncio.to_thread(git.files, context.root, context.commit, context.migrations)
    facts = [
        migration(path, git.show(context.root, context.commit, path), beside)
        for path in context.migrations
        if not is_down(path)
    ]
    names = {fact: one_line(fact.path.rpartition("/")[2]) for fact in facts}
    taken = [f"{names[fact]} ({', '.join(fact.destroys)})" for fact in facts if fact.destroys]
    if taken:
        return failed(f"takes away what no rollback brings back: {listed(taken, 2)}")
    unread = [names[fact] for fact in facts if fact.reversible is None]
    if unread:
        return unknown(f"not in the commit: {listed(unread)}")
    bare = [names[fact] for fact in facts if not fact.reversible]
    return failed(f"no way back in {listed(bare)}") if bare else passed(f"{len(facts)} migrations can be undone")
