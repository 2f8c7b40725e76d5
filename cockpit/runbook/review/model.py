"""The scripts of a runbook as they are reviewed, the record of who reviewed them, and where each of them stands."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from cockpit.runbook.model import Command, Role, Sureness

VERSION = 1
"""Of the record's form. A record of another one is refused: what it means is not known here."""
ROLES: tuple[Role, ...] = (
    "step", "optional", "alternative", "rollback", "contingency", "setup", "reference", "content", "remote", "broken",
)  # fmt: skip
ASKED: tuple[Role, ...] = ("step", "optional", "alternative", "rollback", "contingency", "setup", "reference")
"""Roles of what can be run from the plan: somebody has to have seen it."""
SETTABLE: tuple[Role, ...] = ("step", "optional", "rollback", "contingency", "setup", "reference", "content")
"""Roles that a person can give; the others are told by the text around the script."""

Why = Literal["new", "changed", "role"]
"""Why it is asked about: nobody has reviewed it; its text is another one; it is read as something else now."""
State = Literal["reviewed", "new", "changed", "role", "free", "broken"]
"""`free`: nothing that could run, nobody has to review it. `broken`: no shell reads it, so it cannot run either."""


class Subject(Struct, frozen=True):
    """One script, or another fence that a person may call one. `line` is that of the opening fence, or of the item."""

    id: str
    title: str
    line: int
    end_line: int
    role: Role
    """As it is read, or as its annotation says."""
    sure: Sureness
    reasons: tuple[str, ...]
    text: str
    """Exactly what would be handed to the shell, before values are filled in."""
    sha256: str
    body_line: int
    interpreter: str = ""
    """The program that its annotation names instead of bash."""
    label: str = ""
    where: str = ""
    """The headings above it."""
    commands: tuple[Command, ...] = ()
    fixed: str = ""
    """Why no record can give it another role: an annotation says what it is. Empty where one can."""
    harm: str = ""
    """What it deletes or overwrites, in words; empty where nothing of that kind was found."""
    is_item: bool = False
    """The command of a check box."""
    usual: bool = False
    """Of several ways the one that is taken unless a person says otherwise."""

    def destroys(self, role: Role) -> str:
        """What it would delete or overwrite as this role; empty where nothing is known, or it never runs."""
        return self.harm if role in ASKED else ""

    @property
    def settable(self) -> tuple[Role, ...]:
        """The roles that a person can give it."""
        if self.fixed or self.role == "broken":
            return ()
        if self.is_item:
            return (self.role, "content")
        return SETTABLE if self.role in SETTABLE else (self.role, *SETTABLE)


class Entry(Struct, frozen=True):
    """What one person said of one script. `at`: Unix time, whole seconds."""

    id: str
    title: str
    role: Role
    read_as: Role
    """As the reader had read it then."""
    sha256: str
    by: str
    at: int
    usual: bool = False
    """It was the usual one of several ways then."""


class Record(Struct, frozen=True):
    """The file beside the runbook, in the order of the document."""

    entries: tuple[Entry, ...] = ()


class Standing(Struct, frozen=True):
    """Where one script stands. `entry`: what was said of it, or of what stood in its place before."""

    subject: Subject
    state: State
    role: Role
    """What it is taken for: as a person said, else as it is read."""
    entry: Entry | None = None

    @property
    def pending(self) -> bool:
        """Somebody has to look at it before it may run."""
        return self.state in ("new", "changed", "role")

    @property
    def careful(self) -> bool:
        """Accepted only by somebody who has it on the screen: a way back, or something that destroys."""
        return self.role == "rollback" or bool(self.subject.destroys(self.role))

    @property
    def plain(self) -> bool:
        """New, and so clear that many of its kind can be accepted at once."""
        return self.state == "new" and self.subject.sure != "unsure" and not self.careful


def pending(standings: Sequence[Standing]) -> list[Standing]:
    """Those that somebody has to look at."""
    return [one for one in standings if one.pending]
