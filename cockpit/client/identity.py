"""Who the person at the terminal is."""

from pathlib import Path

from cockpit.deploy.approvals.second_person import is_nobody
from cockpit.external import git
from cockpit.text.sanitize import one_line


def who(root: Path, named: str | None) -> str:
    """As given with --as, else git's user, else the login. Raises ValueError."""
    if named is None:
        return git.user(root)
    name = one_line(named)
    if is_nobody(name):
        raise ValueError(f"--as {named}: not a person's name")
    return name
