"""What git says of what is about to be deployed."""

import asyncio
import re
from pathlib import PurePosixPath

from cockpit.checks.base import Context, Outcome, failed, listed, passed, unknown
from cockpit.external import git
from cockpit.external.git_remote import on_remote
from cockpit.text.sanitize import one_line

_ENV_FILE = re.compile(r"(^|/)\.env(\.[\w-]+)*$|(^|/)[\w-]+\.env$")
_EXAMPLE = re.compile(r"\.(example|sample|template|dist|defaults?)$")
LOCKS = {
    "package.json": (
        "package-lock.json",
        "pnpm-lock.yaml",
        "yarn.lock",
        "bun.lock",
        "bun.lockb",
        "npm-shrinkwrap.json",
    ),
    "pyproject.toml": ("uv.lock", "poetry.lock", "pdm.lock", "requirements.txt", "requirements.lock"),
    "Pipfile": ("Pipfile.lock",),
    "Cargo.toml": ("Cargo.lock",),
    "go.mod": ("go.sum",),
    "Gemfile": ("Gemfile.lock",),
    "composer.json": ("composer.lock",),
    "mix.exs": ("mix.lock",),
}
"""Manifest -> the files that pin what it asks for."""
_FLAG = re.compile(r"\b(?:FEATURE|FLAG)_[A-Z0-9_]+\b")
NO_GIT = "not a git repository"


async def clean(context: Context) -> Outcome:
    """Nothing in the working tree differs from the commit; files that git does not know are counted, not judged."""
    said = await asyncio.to_thread(git.git, context.root, "status", "--porcelain", "--untracked-files=normal")
    if said is None:
        return unknown(NO_GIT)
    # Two letters and a blank before each name.
    rows = said.splitlines()
    changed = [one_line(row[3:]) for row in rows if not row.startswith("??")]
    if changed:
        return failed(f"uncommitted: {listed(changed)}", "\n".join(map(one_line, rows[:20])))
    strange = f" (untracked: {listed([one_line(row[3:]) for row in rows], 2)})" if rows else ""
    return passed(f"the working tree is clean{strange}")


async def pushed(context: Context) -> Outcome:
    """The commit is in a branch or tag of the remote, as it is now."""
    if not context.commit:
        return unknown(NO_GIT)
    verdict, said = await asyncio.to_thread(on_remote, context.root, context.commit)
    return Outcome(verdict, said)


async def no_env_files(context: Context) -> Outcome:
    """No file with secrets is tracked; examples without values may be."""
    said = await asyncio.to_thread(git.git, context.root, "ls-files")
    if said is None:
        return unknown(NO_GIT)
    found = [one_line(path) for path in said.splitlines() if _ENV_FILE.search(path) and not _EXAMPLE.search(path)]
    if found:
        return failed(f"git tracks {listed(found)}; git rm --cached them, and rotate every secret in them")
    return passed("git tracks no .env file")


async def lockfile(context: Context) -> Outcome:
    """Every manifest has a lock file that git tracks, beside it or above (a workspace has one)."""
    said = await asyncio.to_thread(git.git, context.root, "ls-files")
    if said is None:
        return unknown(NO_GIT)
    tracked = {PurePosixPath(path) for path in said.splitlines() if "node_modules" not in path}
    manifests = sorted(path for path in tracked if path.name in LOCKS)
    if not manifests:
        return unknown(f"no manifest found ({', '.join(LOCKS)})")
    # A workspace has one lock file at its top for all of its manifests.
    bare = [
        one_line(str(path))
        for path in manifests
        if not any(folder / lock in tracked for folder in path.parents for lock in LOCKS[path.name])
    ]
    if bare:
        return failed(f"no lock file committed for {listed(bare)}")
    locks = sorted({lock for path in manifests for lock in LOCKS[path.name] if path.parent / lock in tracked})
    return passed(f"committed: {', '.join(locks) or 'the lock file of the workspace'}")


async def flags_documented(context: Context) -> Outcome:
    """Every feature flag (`FEATURE_...`, `FLAG_...`) that this deploy brings stands in the file that is named:
    `flags.documented:docs/flags.md`, or the item's own reference."""
    name = context.argument or context.reference
    path = context.root / name
    if not name or not path.is_file():
        return unknown("no file given for the flags; use flags.documented:docs/flags.md")
    if not context.commit or not context.current_commit:
        return unknown("cannot tell what is new: the running commit is unknown")
    span = f"{context.current_commit}..{context.commit}"
    said = await asyncio.to_thread(git.git, context.root, "diff", "--unified=0", span, "--", ".", f":(exclude){name}")
    if said is None:
        return unknown(f"git cannot compare {span}")
    added = "\n".join(line for line in said.splitlines() if line.startswith("+") and not line.startswith("+++"))
    flags = sorted(set(_FLAG.findall(added)))
    if not flags:
        return passed("no new flags in this deploy")
    text = path.read_text(encoding="utf-8", errors="replace")
    missing = [flag for flag in flags if flag not in text]
    return failed(f"not in {name}: {listed(missing)}") if missing else passed(f"in {name}: {listed(flags)}")
