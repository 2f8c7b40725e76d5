"""Events of a way back."""

from typing import ClassVar

from msgspec import field

from cockpit.deploy.base import Body
from cockpit.deploy.rollback.targets import Finding


class RollbackRequested(Body, frozen=True):
    calls_person: ClassVar[bool] = True
    durable_first: ClassVar[bool] = True
    in_log: ClassVar[bool] = True
    in_postmortem: ClassVar[bool] = True

    option: str
    reason: str
    values: dict[str, str] = field(default_factory=dict)
    breaches: tuple[str, ...] = ()
    automatic: bool = False
    despite: tuple[str, ...] = ()
    """What is known against the target: a person insisted."""


class RollbackStarted(Body, frozen=True):
    """The running script is dead; the option's first script may start."""

    in_postmortem: ClassVar[bool] = True

    option: str


class RollbackFailed(Body, frozen=True):
    calls_person: ClassVar[bool] = True
    in_log: ClassVar[bool] = True
    in_postmortem: ClassVar[bool] = True

    option: str
    reason: str


class RollbackVerifying(Body, frozen=True):
    """Every script of the option succeeded; health is looked at now."""

    option: str


class RollbackFinished(Body, frozen=True):
    calls_person: ClassVar[bool] = True
    in_log: ClassVar[bool] = True
    in_postmortem: ClassVar[bool] = True

    option: str
    healthy: bool | None
    summary: str


class TargetAsked(Body, frozen=True):
    """Somebody wants to know whether this way back leads anywhere."""

    option: str
    values: dict[str, str] = field(default_factory=dict)
    """Of its placeholders, as far as they are known."""


class TargetChecked(Body, frozen=True):
    option: str
    values: dict[str, str]
    findings: tuple[Finding, ...]
    written: int | None = None
    """Rows that were inserted, changed or deleted in the database since its statistics began; None: not known."""


class EnvironmentUnlocked(Body, frozen=True):
    """After a rollback the next deploy waits for this word."""

    in_postmortem: ClassVar[bool] = True

    reason: str
