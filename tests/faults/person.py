"""A person at a headless cockpit who does not give up: follows the recommendations, and decides where one must.

Run as a process of its own (`python -m tests.faults.person ROOT`): it can be killed at any moment and come back. At the
end it leaves `person.json`: the number of the last event that it saw and a digest of its state.
"""

import asyncio
import hashlib
import json
import sys
from pathlib import Path

import msgspec

from cockpit.client.connection import Line
from cockpit.client.session import resume
from cockpit.console.headless import Headless
from cockpit.deploy import commands as c
from cockpit.deploy.recommend import Recommendation
from cockpit.deploy.state import State
from cockpit.paths import Layout

TRIES = 4
"""Attempts after which this person takes a step as done: some kills hit scripts that cannot be repeated."""


def digest(state: State) -> str:
    """The same for equal states."""
    shape = msgspec.to_builtins(state)
    shape["variables"] = sorted(shape["variables"])
    return hashlib.sha256(msgspec.json.encode(shape, order="sorted")).hexdigest()


class Person(Headless):
    """Retries what failed, accepts what keeps failing; everything else as `--yes` does it."""

    async def _follow(self, next_: Recommendation) -> None:
        task = self.state.plan.task(next_.task) if self.state.plan and next_.task else None
        have = self.state.of(task.id) if task is not None else None
        if task is None or have is None or task.script is None or have.status not in ("fail", "unknown"):
            await super()._follow(next_)
        elif have.attempt < TRIES:
            await self._ask(c.RunTask(task=task.id, attempt=have.attempt + 1, confirmed=True))
        elif task.kind == "check":
            await self._ask(c.WaiveItem(task=task.id, reason="it keeps failing"))
        else:
            await self._ask(c.AcceptTask(task=task.id, reason="it keeps failing"))


async def main(root: Path) -> int:
    session = await asyncio.to_thread(resume, Layout(root), None, "person")
    person = Person(Line(session), session.folder, yes=True)
    status = await person.run()
    seen = {"seq": person.state.seq, "digest": digest(person.state), "status": status}
    (root / "person.json").write_text(json.dumps(seen))
    return status


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]))))
