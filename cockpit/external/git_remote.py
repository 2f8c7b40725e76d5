"""What a remote has, asked of it now: tracking branches only say what it had at the last fetch."""

from pathlib import Path
from typing import Literal

from cockpit.external.git import git

REMOTE_SECONDS = 4.0


def on_remote(root: Path, sha: str) -> tuple[Literal["pass", "fail", "unknown"], str]:
    """(verdict, words): does a branch or tag of the first remote, as it is now, contain the commit?"""
    remote = next(iter((git(root, "remote") or "").split()), "")
    if not remote:
        return "unknown", "no remote configured; no one else has this commit"
    said = git(root, "ls-remote", "--heads", "--tags", remote, seconds=REMOTE_SECONDS, remote=True)
    if said is None:
        return "unknown", f"no answer from {remote}; cannot tell whether it has {sha[:10]}"
    tips = dict(line.split("\t", 1) for line in said.splitlines() if "\t" in line)
    strange = []
    for tip, ref in tips.items():
        if tip == sha or git(root, "merge-base", "--is-ancestor", sha, tip) is not None:
            return "pass", f"{sha[:10]} is in {ref.removeprefix('refs/heads/').removeprefix('refs/tags/')} of {remote}"
        if git(root, "cat-file", "-e", tip) is None:
            strange.append(ref)
    if strange:
        return "unknown", f"{remote} has moved on ({strange[0]}); run git fetch to tell whether it has {sha[:10]}"
    return "fail", f"no branch or tag of {remote} contains {sha[:10]}; never pushed, or force-pushed away"
