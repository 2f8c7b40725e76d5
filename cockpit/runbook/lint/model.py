"""What a rule is, and what it finds. Lines and columns are 1-based, of the Markdown file; column 0: not known."""

from typing import Literal

from msgspec import Struct

from cockpit.runbook.model import Severity

_SHOWN = 60


def short(command: str) -> str:
    """As much of a command as a message shows."""
    return command if len(command) <= _SHOWN else f"{command[: _SHOWN - 3]}..."


class Rule(Struct, frozen=True):
    """One thing that is looked for, with everything the docs say of it.

    `bad` triggers it and `good` does not: a test holds that, and the docs show both.
    """

    code: str
    severity: Severity
    title: str
    why: str
    """What happens where the rule is broken, and where that is known from."""
    safer: str
    """What to write instead, in a line."""
    bad: str
    good: str
    language: Literal["bash", "sql", "markdown"] = "bash"
    """`bash` and `sql`: the examples are what stands in a fence; `markdown`: a runbook, or a part of one."""


class Replacement(Struct, frozen=True):
    """A correction that changes nothing else: `old` stands at this place of the file, `new` is to stand there."""

    line: int
    column: int
    old: str
    new: str


class Finding(Struct, frozen=True):
    """One place where a rule is broken."""

    code: str
    severity: Severity
    line: int
    column: int
    message: str
    safer: str = ""
    fix: Replacement | None = None
