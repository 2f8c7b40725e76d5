"""What a flow needs of the frontend that it runs in."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from cockpit.deploy import commands as c
from cockpit.deploy.plan import Task
from cockpit.deploy.state import State
from cockpit.runbook.model import Placeholder

Options = Sequence[tuple[str, str]]
"""(answer, label)."""


class Prompt(Protocol):
    """Asks a person. Everything may be given up: the answer is empty, or None, then."""

    async def ask(self, title: str, question: str, *, placeholder: str = "reason", choices: Options = ()) -> str:
        """A line of text; `choices` can be taken over."""
        ...

    async def choose(self, title: str, question: str, options: Options, *, careful: bool = False) -> str:
        """One of the answers. `careful`: what it does cannot be undone, Enter alone does nothing."""
        ...

    async def rollback(self) -> c.StartRollback | None:
        """An option, its values, and the environment's name, after its commands were shown."""
        ...

    async def time(self, planned_at: float) -> tuple[float, str] | None:
        """Another planned start (Unix time), and why."""
        ...

    async def edit(self, text: str) -> str | None:
        """The text after an editor had it."""
        ...


class Desk(Protocol):
    """One deploy, as a frontend has it open."""

    @property
    def state(self) -> State: ...

    @property
    def now(self) -> float:
        """The deploy's time."""
        ...

    @property
    def me(self) -> str:
        """Who is asking."""
        ...

    @property
    def owner(self) -> tuple[str, float] | None:
        """The machine that the deploy runs on, and seconds since it was heard of; None where that is this one."""
        ...

    @property
    def prompt(self) -> Prompt: ...

    async def ask(self, command: c.Command) -> c.Refusal | None:
        """Ask the engine, until what it caused has arrived; a refusal is shown to the person, and given."""
        ...

    async def begin(self, command: c.Command) -> None:
        """Ask the engine without waiting for its answer, where the frontend can go on meanwhile."""
        ...

    def refuse(self, reason: str) -> None:
        """Say why nothing was asked of the engine; `reason` may name actions."""
        ...

    def choices(self, hole: Placeholder) -> Options:
        """What could stand for the placeholder."""
        ...

    def opened(self, task: Task) -> None:
        """A step was started: show it."""
        ...


Flow = Callable[[Desk, Task | None], Awaitable[bool]]
"""`task`: the step or item that is meant; None where none is."""


async def send(desk: Desk, command: c.Command) -> bool:
    """True where the engine did it."""
    return await desk.ask(command) is None


def refused(desk: Desk, reason: str) -> bool:
    """Say why not."""
    desk.refuse(reason)
    return False
