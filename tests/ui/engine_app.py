"""The App on a real engine in this process: journal, repository and scripts are real, nothing is detached for long."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input

from cockpit.client.session import Session
from cockpit.deploy import commands as c
from cockpit.deploy.actions import named
from cockpit.deploy.state import State, TaskState
from cockpit.engine.config.environment import resolve
from cockpit.engine.core import Engine
from cockpit.engine.ipc.client import Client
from cockpit.journal.sqlite import Journal
from cockpit.paths import Layout
from cockpit.planning.build import make_plan
from cockpit.runbook.parse import parse
from cockpit.runner import spawn
from cockpit.settings.load import Settings
from cockpit.tui.app import CockpitApp
from tests.builders import PERSON
from tests.local_client import LocalClient
from widgets.bars import NextBar
from widgets.dialogs.base import Dialog

SECONDS = 20.0
DEPLOY = "20261122-145548-3fa"
RUNBOOK = """\
# Baking

## Pre-flight
- [ ] The oven is hot
- [ ] The till works

## Deployment steps

### Knead
```bash
echo kneading the dough
echo the dough rises
```

### Bake
```bash
echo baking >> baked.txt
test -e oven
echo the bread is ready
```

### Deliver
```bash {confirm=true}
echo brought to <street>
```

## Rollback

**Option 1: The old bread**
```bash
echo the old bread > back.txt
```
"""
_ITEMS = "## Pre-flight\n- [ ] The oven is hot\n- [ ] The till works\n\n"
STEPS = RUNBOOK.replace(_ITEMS, "")
"""The same without a phase before the steps."""
SLOW = """\
# Waiting

## Deployment steps

### Rise
```bash
echo rising
until test -e risen; do read -t 0.02 <> <(:) || true; done
echo risen
```

### Bake
```bash
echo baking
```

## Rollback

**Option 1: The old bread**
```bash
echo the old bread > back.txt
```
"""
VARIABLES = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nowhere"}


class Cockpit:
    """What a test of keys needs: press, look, wait."""

    def __init__(self, app: CockpitApp, engine: Engine, pilot: Pilot[int], root: Path) -> None:
        self.app = app
        self.engine = engine
        self.pilot = pilot
        self.root = root

    @property
    def state(self) -> State:
        """The engine's, not the screen's."""
        return self.engine.state

    def of(self, title: str) -> TaskState:
        """How the task with this title stands."""
        return self.state.of(self.id_of(title))

    def id_of(self, title: str) -> str:
        plan = self.state.plan
        assert plan is not None
        tasks = tuple(plan.every_task())
        found = [task.id for task in tasks if task.title == title]
        assert len(found) == 1, [task.title for task in tasks]
        return found[0]

    async def until(self, condition: Callable[[], object], what: str) -> None:
        """Let the app and the engine work until it is so."""
        end = time.monotonic() + SECONDS
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"{what} did not come; the screen says:\n{self.text}")
            await self.engine.tick()
            await asyncio.sleep(0.01)
        # What the engine knows, the screen has taken in.
        while self.app.state.seq < self.state.seq:
            assert time.monotonic() < end, f"event {self.state.seq} did not reach the screen; it says:\n{self.text}"
            await self.pilot.pause()
        self.app.refresh_view()
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def at(self, title: str) -> None:
        """Put the cursor on the task, as the arrow keys would."""
        self.app.refresh_view()
        assert self.app.task_list.move_to(self.id_of(title)), self.text
        self.app.task_list.by_hand = True
        self.app.task_list.focus()
        await self.pilot.pause()

    async def run(self, title: str) -> None:
        """Enter on the step, until it has ended."""
        attempt = self.of(title).attempt
        await self.at(title)
        self.app.keys.forget_pressed()
        await self.press("enter")
        await self.until(lambda: self.of(title).attempt > attempt, f"the start of {title}")
        await self.ended(title)

    async def ended(self, title: str) -> None:
        await self.until(lambda: self.of(title).status not in ("waiting", "running"), f"the end of {title}")

    async def dialog(self, title: str) -> Dialog[Any]:
        """The dialog with this title, once keys count in it."""
        await self.until(lambda: isinstance(self.app.screen, Dialog), f"the dialog {title}")
        shown = self.app.screen
        assert isinstance(shown, Dialog)
        assert shown.title_text == title
        await self.until(lambda: shown.armed, "the moment from which keys count")
        return shown

    async def closed(self) -> None:
        await self.until(lambda: len(self.app.screen_stack) == 1, "the end of the dialog")

    async def answer(self, text: str) -> None:
        """Type it into the field that has the focus, and enter; another question may follow."""
        field, shown = self.app.focused, self.app.screen
        assert isinstance(field, Input)
        field.value = text
        await self.press("enter")
        await self.until(lambda: self.app.screen is not shown, "the end of the question")

    async def choose(self, label: str) -> None:
        """The choice whose label holds these words, by the arrow keys and enter."""
        from textual.widgets import OptionList

        choices = self.app.screen.query_one("#choices", OptionList)
        labels = [str(option.prompt) for option in choices.options]
        (place,) = [number for number, one in enumerate(labels) if label in one]
        await self.press(*["down"] * place, "enter")

    async def refused(self, words: str) -> None:
        """The line at the bottom says no, with these words."""
        await self.until(lambda: words in self.next_line, f"the refusal {words!r}")
        assert self.next_line.strip().startswith("refused: ")

    @property
    def next_line(self) -> str:
        self.app.refresh_view()
        return str(self.app.screen_stack[0].query_one(NextBar).content)

    @property
    def text(self) -> str:
        """What stands on the screen."""
        screen = self.app.screen
        lines = screen._compositor.render_strips() if self.app.is_running else []
        shown = "\n".join("".join(segment.text for segment in line).rstrip() for line in lines)
        assert not named(shown), "an action is shown as its key"
        return shown

    async def shows(self, words: str) -> None:
        def seen() -> bool:
            self.app.drawing.poll_log()
            return words in self.text

        await self.until(seen, f"{words!r} on the screen")


@asynccontextmanager
async def cockpit(
    root: Path,
    runbook: str,
    *,
    settings: dict[str, Any] | None = None,
    size: tuple[int, int] = (140, 40),
    variables: dict[str, str] | None = None,
    screen: Callable[..., CockpitApp] = CockpitApp,
    **more: Any,
) -> AsyncIterator[Cockpit]:
    """A deploy of `runbook`, opened, with the screen on it."""
    layout = Layout(root)
    layout.make()
    values = {**VARIABLES, "HOME": str(root), **(variables or {})}
    read = Settings.model_validate(settings or {})
    engine = Engine(Journal(layout.journal), layout, DEPLOY, lambda _: resolve(read, root, values), time.time)
    await engine.load()
    plan = make_plan(
        parse(runbook),
        read,
        root=str(root),
        runbook_path="docs/deploy.md",
        runbook_text=runbook,
        planned_at=time.time(),
        project="bakery",
    )
    assert await engine.handle(c.OpenDeploy(plan=plan), PERSON) is None
    await engine.announce()
    await engine.tick()
    client = LocalClient(engine, PERSON)

    async def connect() -> Client:
        return client

    app = screen(Session(layout, DEPLOY, PERSON), connect=connect, **more)
    try:
        async with app.run_test(size=size) as pilot:
            here = Cockpit(app, engine, pilot, root)
            await here.until(lambda: app.state.seq == engine.state.seq and app.line.client is not None, "the stream")
            await here.until(lambda: app.task_list.task_id is not None, "the cursor")
            yield here
    finally:
        for task in engine.state.running:
            with contextlib.suppress(OSError):
                spawn.cancel(layout.deploy(DEPLOY) / engine.state.of(task.id).directory)
        end = time.monotonic() + SECONDS
        while engine.state.running and time.monotonic() < end:
            await asyncio.sleep(0.01)
        await engine.close()
