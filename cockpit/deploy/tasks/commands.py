"""What people and the runner ask of the checklist and its scripts, in the imperative.

A command that starts something names the attempt it expects, so that a key pressed twice, or on two screens, acts once.
"""

from typing import ClassVar

from cockpit.deploy.base import StepOutcome, Verdict
from cockpit.deploy.command import Command


class RunTask(Command, frozen=True):
    """Run a script or an automatic check. `attempt` is the attempt this would be: 1, 2, ..."""

    public: ClassVar[bool] = True

    task: str
    attempt: int
    from_line: int = 0
    script: str = ""
    """An edited body for this attempt only; empty: the runbook's."""
    confirmed: bool = False


class ConfirmTask(Command, frozen=True):
    """As a second person: the step may be started. `attempt` is the attempt this would be; `edited`: it will be of a
    script that is edited for it."""

    public: ClassVar[bool] = True

    task: str
    attempt: int
    edited: bool = False


class RunChecks(Command, frozen=True):
    """Run every automatic check of the present phase that has not passed."""

    public: ClassVar[bool] = True


class CancelTask(Command, frozen=True):
    public: ClassVar[bool] = True

    task: str
    attempt: int
    reason: str = ""


class SkipTask(Command, frozen=True):
    public: ClassVar[bool] = True

    task: str
    reason: str


class AcceptTask(Command, frozen=True):
    public: ClassVar[bool] = True

    task: str
    reason: str


class TickItem(Command, frozen=True):
    public: ClassVar[bool] = True

    task: str
    note: str = ""


class UntickItem(Command, frozen=True):
    public: ClassVar[bool] = True

    task: str


class FailItem(Command, frozen=True):
    public: ClassVar[bool] = True

    task: str
    reason: str


class WaiveItem(Command, frozen=True):
    public: ClassVar[bool] = True

    task: str
    reason: str


class GiveValue(Command, frozen=True):
    public: ClassVar[bool] = True

    name: str
    value: str


class RecordCommand(Command, frozen=True):
    task: str
    attempt: int
    index: int
    at: float


class RecordExit(Command, frozen=True):
    after_close: ClassVar[bool] = True

    task: str
    attempt: int
    outcome: StepOutcome
    exit_status: int | None = None
    signal: int | None = None
    seconds: float = 0.0
    reason: str = ""
    log_bytes: int = 0
    dropped_bytes: int = 0
    leftover_pids: tuple[int, ...] = ()
    exports: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    cwd: str = ""
    refused: bool = False
    head_before: str = ""
    head: str = ""


class RecordCheck(Command, frozen=True):
    task: str
    verdict: Verdict
    summary: str
    evidence: str = ""
