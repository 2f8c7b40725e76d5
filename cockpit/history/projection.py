"""Events as figures over many deploys need them: only the fields that count, so that a hundred journals read fast."""

import contextlib
from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from cockpit.journal.chain import Row


class SlimScript(Struct):
    body: str = ""
    digest: str = ""


class SlimTask(Struct):
    id: str
    kind: str = ""
    title: str = ""
    phase: str = ""
    script: SlimScript | None = None


class SlimOption(Struct):
    tasks: tuple[SlimTask, ...] = ()


class SlimPlan(Struct):
    """Of a plan with its runbook and settings, which is large."""

    title: str = ""
    environment: str = ""
    commit: str = ""
    current_commit: str = ""
    arm_task: str = ""
    emergency: bool = False
    tasks: tuple[SlimTask, ...] = ()
    rollback: tuple[SlimOption, ...] = ()

    def every_task(self) -> Iterator[SlimTask]:
        yield from self.tasks
        for option in self.rollback:
            yield from option.tasks


class _Opened(Struct):
    plan: SlimPlan


class Fact(Struct):
    """What any other event tells, in one: the fields that its kind does not have are empty."""

    task: str = ""
    attempt: int = 0
    script: str = ""
    from_line: int = 0
    outcome: str = ""
    seconds: float = 0.0
    phase: str = ""
    name: str = ""
    value: str = ""
    values: dict[str, str] = {}
    reason: str = ""
    reasons: tuple[str, ...] = ()
    healthy: bool | None = None


_opened = msgspec.json.Decoder(_Opened)
_fact = msgspec.json.Decoder(Fact)


def plan_of(row: Row) -> SlimPlan:
    """The plan of a `DeployOpened`. Raises ValueError."""
    try:
        return _opened.decode(row.body).plan
    except msgspec.MsgspecError as error:
        raise ValueError(f"event {row.seq} cannot be read: {error}") from error


def facts(rows: Sequence[Row]) -> Iterator[tuple[Row, Fact]]:
    """What each of the other events says; one that does not have its form is passed over."""
    for row in rows:
        with contextlib.suppress(msgspec.MsgspecError):
            yield row, _fact.decode(row.body)
