"""Notices on their way: each in the background, one at a time per destination, so that a reply finds its thread."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from cockpit.deploy import commands as c
from cockpit.deploy.events import NoticeRequested
from cockpit.deploy.state import State
from cockpit.engine.config.environment import Environment
from cockpit.engine.supervise import Tell, once
from cockpit.notify import registry
from cockpit.notify.base import Context, Message, NotifyError
from cockpit.notify.delivery import Outcome, Pause, deliver

Record = Callable[[c.Command], Awaitable[None]]


class Notices:
    """Sends what was requested and records what became of it; decides nothing. `pause` waits between attempts."""

    def __init__(
        self,
        deploy_id: str,
        state: Callable[[], State],
        environment: Callable[[], Environment],
        record: Record,
        complain: Tell,
    ) -> None:
        self._complain = complain
        self._deploy_id = deploy_id
        self._state = state
        self._environment = environment
        self._record = record
        self._lines: dict[str, asyncio.Lock] = {}
        self._sending: dict[asyncio.Task[None], str] = {}
        self.pause: Pause = asyncio.sleep

    @property
    def busy(self) -> bool:
        """True while anything is on its way."""
        return bool(self._sending)

    @property
    def on_their_way(self) -> tuple[str, ...]:
        """Numbers of the notices that are being sent."""
        return tuple(self._sending.values())

    def send(self, request: NoticeRequested) -> None:
        """Nothing waits for it: the outcome is an event of its own."""
        task = asyncio.create_task(once(self._send(request), self._complain))
        self._sending[task] = request.notice
        task.add_done_callback(self._sending.pop)

    async def _send(self, request: NoticeRequested) -> None:
        async with self._lines.setdefault(request.to, asyncio.Lock()):
            outcome = await self._deliver(request)
            # Recorded before the next one goes there: that one answers to it.
            await self._record(_as_command(request, outcome))

    async def _deliver(self, request: NoticeRequested) -> Outcome:
        plan, environment = self._state().plan, self._environment()
        place = environment.notices.get(request.to)
        if plan is None or place is None:
            return Outcome(0, reason=f"no [notices.{request.to}] in this deploy's settings")
        if place.problem:
            return Outcome(0, reason=place.problem)
        context = Context(root=plan.root, values=environment.values, secrets=environment.secrets)
        message = Message(
            text=request.text,
            kind=request.kind,
            title=request.title,
            environment=plan.environment,
            project=plan.project,
            deploy=self._deploy_id,
            thread=self._thread(request.to),
        )
        try:
            # What a way out needs is imported here for the first time: not in the engine's own turn.
            notifier = await asyncio.to_thread(registry.build, place.type, request.to, place.options, context)
        except NotifyError as error:
            return Outcome(0, reason=str(error))
        return await deliver(notifier, message, self.pause)

    def _thread(self, to: str) -> str:
        """The first message of this deploy to the destination that has a name."""
        return next((one.reference for one in self._state().notices if one.to == to and one.reference), "")

    async def stop(self) -> None:
        """Let go; the next engine says of what was on its way that nobody knows."""
        for task in list(self._sending):
            task.cancel()
        for task in list(self._sending):
            with contextlib.suppress(asyncio.CancelledError):
                await task


def _as_command(request: NoticeRequested, outcome: Outcome) -> c.RecordNoticeSent | c.RecordNoticeFailure:
    if outcome.delivered is None:
        return c.RecordNoticeFailure(notice=request.notice, reason=outcome.reason, attempts=outcome.attempts)
    return c.RecordNoticeSent(
        notice=request.notice,
        reference=outcome.delivered.reference,
        attempts=outcome.attempts,
        detail=outcome.delivered.detail,
    )
