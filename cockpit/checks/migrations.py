"""What the linter says of the migrations that come with this deploy, and whether they can be undone."""

import asyncio
from typing import Any

import msgspec

from cockpit.checks.backups import newest
from cockpit.checks.base import Context, Outcome, failed, listed, passed, unknown
from cockpit.external import git
from cockpit.external.interpreter import own_module
from cockpit.migrations.files import load
from cockpit.migrations.lint import lint
from cockpit.migrations.wayback import is_down, migration
from cockpit.text.amounts import seconds_words
from cockpit.text.sanitize import one_line


async def linted(context: Context) -> Outcome:
    """`cockpit migrations lint` over the files that this commit adds; errors fail, warnings are counted."""
    if not context.migrations:
        return passed("no migrations in this commit")
    paths = [context.root / path for path in context.migrations if (context.root / path).is_file()]
    if not paths:
        return unknown("the commit's migrations are not in the working tree")
    scripts = [load(path, str(path.relative_to(context.root))) for path in paths]
    findings, _ = await asyncio.to_thread(lint, scripts)
    errors = [one for one in findings if one.level == "error"]
    rows = "\n".join(f"{one.file}:{one.line}: {one.rule}: {one.message}" for one in findings)
    if errors:
        told = [f"{one.file.rpartition('/')[2]}:{one.line} {one.rule}" for one in errors]
        return failed(f"{len(errors)} errors in {len(paths)} files: {listed(told, 3)}", rows)
    return passed(f"{len(paths)} files without errors, {len(findings)} warnings", rows)


async def rehearsed(context: Context) -> Outcome:
    """`cockpit migrations rehearse` of this commit's migrations, on a scratch PostgreSQL filled from the newest backup
    (without one: empty)."""
    if not context.migrations:
        return passed("no migrations in this commit")
    backup = newest(context)
    source = ["--from", str(backup)] if backup is not None else []
    files = [str(context.root / path) for path in context.migrations if not is_down(path)]
    process = await asyncio.create_subprocess_exec(
        *own_module("cockpit"), "migrations", "rehearse", "--json", *source, *files,
        cwd=context.root, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        said, complained = await process.communicate()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    try:
        shape = msgspec.json.decode(said)
        told = [_rehearsal(one) for one in shape["files"]]
    except (msgspec.DecodeError, KeyError, TypeError):
        lines = complained.decode("utf-8", "replace").strip().splitlines()
        return unknown(
            f"the rehearsal returned no result: {one_line(lines[-1])[:200] if lines else process.returncode}"
        )
    data = f"from {backup.name}" if backup is not None else "on an empty database"
    bad = [words for ok, words in told if not ok]
    if bad:
        return failed(f"rehearsed {data}: {listed(bad, 2)}", "\n".join(words for _, words in told))
    if not told:
        return passed(f"rehearsed {data}: nothing to apply")
    return passed(f"rehearsed {data}: {listed([words for _, words in told], 3)}")


def _rehearsal(file: dict[str, Any]) -> tuple[bool, str]:
    """(went through, words) of one file of the answer."""
    name = one_line(str(file["file"]).rpartition("/")[2])
    error = next((one_line(str(step["error"])) for step in file["steps"] if step.get("error")), "")
    remark = next((one_line(str(one["text"])) for one in file["remarks"] if one.get("level") == "error"), "")
    seconds = float(file["seconds"])
    return bool(file["ok"]), f"{name} {error or remark or f'in {seconds_words(seconds)}'}"


async def reversible(context: Context) -> Outcome:
    """Every migration of this commit says how to undo it, and takes nothing away."""
    if not context.migrations:
        return passed("no migrations in this commit")
    beside = await asyncio.to_thread(git.files, context.root, context.commit, context.migrations)
    facts = [
        migration(path, git.show(context.root, context.commit, path), beside)
        for path in context.migrations
        if not is_down(path)
    ]
    names = {fact: one_line(fact.path.rpartition("/")[2]) for fact in facts}
    taken = [f"{names[fact]} ({', '.join(fact.destroys)})" for fact in facts if fact.destroys]
    if taken:
        return failed(f"irreversible: {listed(taken, 2)}")
    unread = [names[fact] for fact in facts if fact.reversible is None]
    if unread:
        return unknown(f"not in the commit: {listed(unread)}")
    bare = [names[fact] for fact in facts if not fact.reversible]
    return (
        failed(f"no down migration in {listed(bare)}")
        if bare
        else passed(f"{len(facts)} migrations have a down migration")
    )
