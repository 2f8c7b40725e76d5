"""What people, keys, timers and the runner ask for, in the imperative. The engine answers with events or a refusal.

A command that starts something names the attempt it expects, so that a key pressed twice, or on two screens, acts once.
"""

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, ClassVar

import msgspec
from msgspec import Struct, field

from cockpit.deploy.actions import as_commands
from cockpit.deploy.command import COMMANDS
from cockpit.deploy.command import Command as Command
from cockpit.deploy.events import DeployOutcome
from cockpit.deploy.metrics.reading import Reading as Reading
from cockpit.deploy.plan import Phase, Plan
from cockpit.deploy.record.commands import *  # noqa: F403 - every command is one of the deploy
from cockpit.deploy.rollback.targets import Finding
from cockpit.deploy.rollout.commands import *  # noqa: F403 - every command is one of the deploy
from cockpit.deploy.tasks.commands import *  # noqa: F403 - every command is one of the deploy
from cockpit.deploy.team.commands import *  # noqa: F403 - every command is one of the deploy


class Refusal(Struct, frozen=True):
    """No, and why, and what would help; `reason` may name actions (`actions.py`)."""

    reason: str
    task: str = ""
    locked: str = ""
    """What holds the environment, where that is why: `deploy`, `manual`, `rolled back`."""
    differences: str = ""
    """Names what is different on this machine, where that is why: who asks again with it accepts it."""

    @property
    def in_commands(self) -> str:
        """The reason for a place without keys."""
        return as_commands(self.reason)


class OpenDeploy(Command, frozen=True):
    public: ClassVar[bool] = True

    plan: Plan
    host: str = ""
    version: str = ""
    without_team_lock: str = ""
    """Why it is opened although the team's lock cannot be had."""


class EnterPhase(Command, frozen=True):
    public: ClassVar[bool] = True

    phase: Phase


class StartRollback(Command, frozen=True):
    """`confirmation` is the environment's name, typed by the person."""

    public: ClassVar[bool] = True

    option: str
    confirmation: str
    reason: str = ""
    values: dict[str, str] = field(default_factory=dict)
    despite: bool = False
    """The person has read what is known against the target, and insists."""


class CheckTarget(Command, frozen=True):
    """Look whether this way back leads anywhere, with these values in its placeholders."""

    public: ClassVar[bool] = True

    option: str
    values: dict[str, str] = field(default_factory=dict)


class Unlock(Command, frozen=True):
    """After a rollback: the environment may be deployed to again."""

    public: ClassVar[bool] = True
    after_close: ClassVar[bool] = True

    reason: str


class RollBackNow(Command, frozen=True):
    """Do not wait for the end of a trigger's countdown. `due_at` names the countdown that was seen."""

    public: ClassVar[bool] = True

    due_at: float


class HoldDeploy(Command, frozen=True):
    public: ClassVar[bool] = True

    reason: str
    asking: bool = False
    """The reason is being typed: the deploy is held at once, no countdown goes on meanwhile, and the reason follows."""


class ReleaseDeploy(Command, frozen=True):
    public: ClassVar[bool] = True

    reason: str = ""
    asking: bool = False
    """No reason came: only a hold that waits for one is released."""


class MoveTime(Command, frozen=True):
    """T is to be another time (Unix time)."""

    public: ClassVar[bool] = True

    planned_at: float
    reason: str


class AddNote(Command, frozen=True):
    public: ClassVar[bool] = True
    after_close: ClassVar[bool] = True

    text: str


class SendNotice(Command, frozen=True):
    """Send this text, as it is, to these destinations (names of `[notices.NAME]` tables)."""

    public: ClassVar[bool] = True
    after_close: ClassVar[bool] = True

    kind: str
    title: str
    text: str
    to: tuple[str, ...]


class CloseDeploy(Command, frozen=True):
    public: ClassVar[bool] = True

    outcome: DeployOutcome
    reason: str = ""


class Tick(Command, frozen=True):
    """Time went by, or something happened: decide everything that goes by itself."""


class RecordStart(Command, frozen=True):
    after_close: ClassVar[bool] = True

    pid: int
    host: str
    version: str
    variables: tuple[str, ...]
    boot: str = ""
    because: str = ""
    took_over: str = ""
    sending: tuple[str, ...] = ()
    """Notices that this very engine has on their way already."""


class RecordReadings(Command, frozen=True):
    readings: tuple[Reading, ...]


class RecordTarget(Command, frozen=True):
    after_close: ClassVar[bool] = True

    option: str
    values: dict[str, str]
    findings: tuple[Finding, ...]
    written: int | None = None


class RecordNoticeSent(Command, frozen=True):
    after_close: ClassVar[bool] = True

    notice: str
    reference: str = ""
    attempts: int = 1
    detail: str = ""


class RecordNoticeFailure(Command, frozen=True):
    after_close: ClassVar[bool] = True

    notice: str
    reason: str
    attempts: int = 0


class RecordExport(Command, frozen=True):
    after_close: ClassVar[bool] = True

    paths: tuple[str, ...]


if TYPE_CHECKING:
    PublicCommand = Command
else:
    PublicCommand = reduce(or_, (one for one in COMMANDS.values() if one.public))

decode_command = msgspec.json.Decoder(PublicCommand).decode
