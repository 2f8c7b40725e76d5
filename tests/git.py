"""Git as a test uses it: a person of its own, whatever the machine's settings are."""

import subprocess
from pathlib import Path


def git(root: Path, *words: str) -> str:
    """What the command printed, run in `root`. Fails the test where git fails."""
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
    own = (*who, "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false")
    ran = subprocess.run(["git", "-C", str(root), *own, *words], check=True, capture_output=True, text=True)
    return ran.stdout.strip()
