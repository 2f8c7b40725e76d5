"""Events of the checklist and of scripts."""

from typing import ClassVar

from cockpit.deploy.base import Body, StepOutcome, Verdict


class ItemTicked(Body, frozen=True):
    in_log: ClassVar[bool] = True

    task: str
    note: str = ""


class ItemUnticked(Body, frozen=True):
    task: str


class ItemFailed(Body, frozen=True):
    """A person looked, and it is not so."""

    in_log: ClassVar[bool] = True
    in_postmortem: ClassVar[bool] = True

    task: str
    reason: str


class ItemWaived(Body, frozen=True):
    in_log: ClassVar[bool] = True
    in_postmortem: ClassVar[bool] = True

    task: str
    reason: str


class CheckMeasured(Body, frozen=True):
    """A built-in check answered."""

    task: str
    verdict: Verdict
    summary: str
    evidence: str = ""


class ChecksRequested(Body, frozen=True):
    """A person asked for these automatic checks; they run one after another."""

    tasks: tuple[str, ...]


class ValueGiven(Body, frozen=True):
    """A placeholder got its value; asked once per name."""

    name: str
    value: str


class TaskConfirmed(Body, frozen=True):
    """A second person has read what would run and agrees; who it is, is the event's `by`."""

    in_postmortem: ClassVar[bool] = True

    task: str
    attempt: int = 0
    """The attempt that this would be."""
    digest: str = ""
    """Names the script with its placeholders filled."""
    edited: bool = False
    """It covers a script that is edited for this attempt, and nothing else."""


class StepStarted(Body, frozen=True):
    """Durable before the command runs. `script` is what runs, with its placeholders filled."""

    durable_first: ClassVar[bool] = True
    in_log: ClassVar[bool] = True
    in_postmortem: ClassVar[bool] = True

    task: str
    attempt: int
    script: str
    from_line: int = 0
    """File line at which the run begins; 0 from the top."""
    directory: str = ""
    """Of the run's files, relative to the deploy's folder."""


class CommandReached(Body, frozen=True):
    """The running script came to a top-level command. `at` is the script's own clock."""

    task: str
    attempt: int
    index: int
    at: float


class StepFinished(Body, frozen=True):
    in_log: ClassVar[bool] = True
    in_postmortem: ClassVar[bool] = True

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
    """Names of variables that later steps see."""
    removed: tuple[str, ...] = ()
    """Names that were set and are not any more."""
    cwd: str = ""
    refused: bool = False
    """The script was not let begin: its shell, or what earlier steps left in it, could not be trusted."""
    head_before: str = ""
    """The commit that was checked out when it began, where another one was when it ended; else empty."""
    head: str = ""


class StepSkipped(Body, frozen=True):
    in_log: ClassVar[bool] = True
    in_postmortem: ClassVar[bool] = True

    task: str
    reason: str


class StepAccepted(Body, frozen=True):
    """A person says that a failed or unknown step is done all the same."""

    in_log: ClassVar[bool] = True
    in_postmortem: ClassVar[bool] = True

    task: str
    reason: str


class CancelRequested(Body, frozen=True):
    task: str
    attempt: int
    reason: str
