"""An engine that shares its deploy, in this process: journal, scripts and database are real."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cockpit.deploy import commands as c
from cockpit.deploy.commands import Refusal
from cockpit.engine.config.environment import resolve
from cockpit.engine.core import Engine
from cockpit.engine.team.membership import Membership
from cockpit.journal.sqlite import Journal
from cockpit.paths import Layout
from cockpit.planning.build import make_plan
from cockpit.runbook.parse import parse
from cockpit.settings.load import Settings
from tests.waiting import soon

RUNBOOK = """\
# Shop

## Deployment steps

### Build
```bash
echo building
```

### Release
```bash
echo released
```

## Rollback
```bash
echo back
```
"""


class Owner:
    """One deploy's engine with its membership."""

    def __init__(
        self,
        root: Path,
        dsn: str,
        deploy: str,
        *,
        listen: bool = True,
        environment: str = "production",
        ahead: float = 0,
    ) -> None:
        self.deploy = deploy
        root.mkdir(parents=True, exist_ok=True)
        self.layout = Layout(root)
        self.layout.make()
        self.settings = Settings.model_validate(
            {
                "project": "shop",
                "environment": environment,
                "team": {"dsn": "env:TEAM_DSN", "listen": listen, "dead_after": "4s"},
            }
        )
        values = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(root), "TEAM_DSN": dsn}
        self.engine = Engine(
            Journal(self.layout.journal),
            self.layout,
            deploy,
            lambda _: resolve(self.settings, root, values),
            lambda: time.time() + ahead,
        )
        self.layout.deploy(deploy).mkdir(parents=True, exist_ok=True)
        self.membership = Membership(self.engine, self.layout, deploy, lambda: ("anna",))
        self.engine.before_opening = self.membership.open

    async def open(self, without: str = "", by: str = "anna") -> Refusal | None:
        await self.engine.load()
        plan = make_plan(
            parse(RUNBOOK),
            self.settings,
            root=str(self.layout.root),
            runbook_path="RUNBOOK.md",
            runbook_text=RUNBOOK,
            planned_at=time.time(),
            project="shop",
        )
        refusal = await self.engine.handle(c.OpenDeploy(plan=plan, host="web-1", without_team_lock=without), by)
        if refusal is None:
            await self.engine.announce()
            await self.membership.start()
        return refusal

    async def note(self, text: str) -> float:
        """Seconds that it took until the note was durable here."""
        before = time.perf_counter()
        assert await self.engine.handle(c.AddNote(text=text), "anna") is None
        return time.perf_counter() - before

    @property
    def sent(self) -> int:
        mirror = self.membership._mirror
        return mirror.sent if mirror is not None else 0

    async def mirrored(self) -> None:
        """Until the team's journal is known to have everything, and nothing more is written here."""
        await soon(lambda: (self.sent == self.engine.state.seq and self._calm) or None, "an empty outbox", 40)

    @property
    def _calm(self) -> bool:
        team = self.engine.state.team
        return team is not None and team.lost is None

    def chain(self) -> list[bytes]:
        with_rows = Journal(self.layout.journal, read_only=True)
        try:
            return [row.digest for row in with_rows.rows(self.deploy)]
        finally:
            with_rows.close()

    async def run(self, title: str) -> None:
        """Run the step with this title to its end."""
        plan = self.engine.state.plan
        assert plan is not None
        (task,) = [task for task in plan.tasks if task.title == title]
        assert await self.engine.handle(c.EnterPhase(phase="deploy"), "anna") is None
        assert await self.engine.handle(c.RunTask(task=task.id, attempt=1), "anna") is None
        await soon(lambda: self.engine.state.of(task.id).settled or None, f"the end of {title}")

    async def stop(self) -> None:
        await self.membership.stop()
        await self.engine.close()


@asynccontextmanager
async def owner(root: Path, dsn: str, deploy: str = "d1", **more: object) -> AsyncIterator[Owner]:
    """Opened; let go of afterwards."""
    one = Owner(root, dsn, deploy, **more)  # type: ignore[arg-type]
    try:
        refusal = await one.open()
        assert refusal is None, refusal
        yield one
    finally:
        await asyncio.shield(one.stop())
