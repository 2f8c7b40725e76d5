"""What a check is given, and what it answers. Unknown is never pass."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct, field

Verdict = Literal["pass", "fail", "unknown"]


class Outcome(Struct, frozen=True):
    """`summary`: one line for the checklist, with numbers; `evidence`: what it is drawn from, a few lines at most."""

    verdict: Verdict
    summary: str
    evidence: str = ""


class Context(Struct, frozen=True, kw_only=True):
    """One question. Nothing in here is a secret but `env`."""

    root: Path
    commit: str = ""
    current_commit: str = ""
    """What runs now; empty where it is not known."""
    environment: str = ""
    reference: str = ""
    """File that the item points to, below `root`; empty where it names none."""
    argument: str = ""
    """What stands behind the name: `backup.fresh:2h` -> `2h`."""
    env: Mapping[str, str] = field(default_factory=dict)
    """The variables that scripts would get."""
    now: float = 0.0
    dsn: str = ""
    """Of the production database, where the settings name one."""
    backups: str = "backups/*"
    without_data: tuple[str, ...] = ()
    """Tables whose rows are left out of the backups on purpose."""
    migrations: tuple[str, ...] = ()
    """Files that come with the commit, below `root`."""
    urls: tuple[str, ...] = ()
    """Addresses of production that the settings name."""


Check = Callable[[Context], Awaitable[Outcome]]
"""Never raises what it can foresee; the registry catches the rest and says unknown."""


def passed(summary: str, evidence: str = "") -> Outcome:
    return Outcome("pass", summary, evidence)


def failed(summary: str, evidence: str = "") -> Outcome:
    return Outcome("fail", summary, evidence)


def unknown(summary: str, evidence: str = "") -> Outcome:
    return Outcome("unknown", summary, evidence)


def listed(names: list[str], most: int = 5) -> str:
    """`a, b, c and 4 more`."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
