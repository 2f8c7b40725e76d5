"""What could stand for a placeholder: commits with the last good one on top, files that match, the given words."""

import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from cockpit.deploy.plan import Plan
from cockpit.external import git
from cockpit.external.listing import backups, short
from cockpit.runbook.model import Placeholder

OFFERED = 10
"""Files that are offered."""


def choices(root: Path, plan: Plan | None, hole: Placeholder) -> Sequence[tuple[str, str]]:
    """(value, label) of what could stand for it; empty where nobody can know."""
    if plan is None:
        return ()
    if hole.kind == "choice":
        return [(word, word) for word in hole.choices]
    if hole.kind == "commit":
        return _commits(root, plan)
    if hole.kind == "backup" or hole.pattern:
        found = backups(root, hole.pattern or "backups/*")
        return [(_backup_value(hole, path, root), short(root, path)) for path in islice(found, OFFERED)]
    return ()


def _commits(root: Path, plan: Plan) -> list[tuple[str, str]]:
    """The log of the commit that was deployed; on top the last good deploy, then what ran before this one."""
    found = {one.sha: f"{one.sha[:10]} {one.subject}" for one in git.log(root, plan.commit or "HEAD")}
    bad = {one.commit: one for one in plan.bad_releases}
    first: list[tuple[str, str]] = []
    for sha, words in ((plan.last_good, "last successful deploy"), (plan.current_commit, "ran before this deploy")):
        if sha and sha not in [one for one, _ in first]:
            first.append((sha, f"{found.pop(sha, sha[:10])}  ({words})"))
    marks = {sha: f"  (rolled back by {one.deploy})" for sha, one in bad.items()}
    marks[plan.commit] = "  (being deployed)"
    return [*first, *((sha, label + marks.get(sha, "")) for sha, label in found.items())]


def _backup_value(hole: Placeholder, path: Path, root: Path) -> str:
    """What the hole stands for in the file's name: `backups/pre-deploy-<hole>.sql`."""
    name = short(root, path)
    before, star, after = (hole.pattern or "*").partition("*")
    if before.startswith("~"):
        before = os.path.expanduser(before)  # noqa: PTH111 - a part of a name may stand behind it
    if star and name.startswith(before) and name.endswith(after):
        return name[len(before) : len(name) - len(after) or None]
    return name
