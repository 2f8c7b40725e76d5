"""A replay in a test's hand: the events of a scene, a clock that only the test moves, logs with an index."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Static

from cockpit.deploy import events as e
from cockpit.deploy.fold import fold
from cockpit.deploy.state import State
from cockpit.replay.app import ReplayApp
from cockpit.runner.logfile import LogWriter
from cockpit.tui.drawing import KEY_SECONDS
from tests.ui.scenes import SCENES, TABLES, Scene
from tests.waiting import soon
from widgets.bars import KeyBar, NextBar, StatusBar


class Replay:
    """What a test of the replay needs: let time go by, press, look."""

    def __init__(self, scene: Scene, **more: Any) -> None:
        self.scene = scene
        self.monotonic = 7000.0
        self.app = ReplayApp(scene.session, scene.deploy.events, monotonic=lambda: self.monotonic, **more)
        self.pilot: Pilot[int] | None = None

    @property
    def events(self) -> Sequence[e.Event]:
        return self.scene.deploy.events

    @property
    def start(self) -> float:
        return self.events[0].at

    @property
    def state(self) -> State:
        return self.app.state

    @property
    def at(self) -> float:
        """Seconds from the start of the deploy."""
        return self.app.now - self.start

    async def settled(self) -> None:
        """Everything that was set in motion is drawn."""
        assert self.pilot is not None
        self.app.drawing.if_due()
        await self.pilot.pause()
        self.app.refresh_view()
        await self.pilot.pause()

    async def later(self, seconds: float) -> None:
        """So much time goes by in front of the screen."""
        self.monotonic += seconds
        await self.settled()

    async def press(self, *keys: str) -> None:
        assert self.pilot is not None
        await self.pilot.press(*keys)
        await self.settled()

    def bar(self, kind: type[Static]) -> str:
        return str(self.app.screen_stack[0].query_one(kind).content)

    @property
    def status(self) -> str:
        return self.bar(StatusBar)

    @property
    def last(self) -> str:
        """What the line below the panes says."""
        return self.bar(NextBar).strip()

    @property
    def hints(self) -> str:
        return self.bar(KeyBar)

    async def log(self) -> list[str]:
        """The lines in the log pane, drawn at this moment."""
        awake = self.app.key_time + KEY_SECONDS
        await soon(lambda: time.monotonic() > awake, "the moment from which the log is drawn again")
        self.monotonic += 1 if not self.app.playback.playing else 0
        self.app.drawing.poll_log()
        await self.settled()
        view = self.app.log_view
        rows = ["".join(part.text for part in view.render_line(y)).strip() for y in range(view.size.height)]
        return [row for row in rows if row]

    async def log_is(self, *lines: str) -> None:
        """Draws until nothing changes any more."""
        for _ in range(5):
            found = await self.log()
        assert found == list(lines)

    async def dialog(self) -> None:
        """The one on top takes keys."""
        await soon(lambda: getattr(self.app.screen, "armed", False), "the moment from which keys count")

    @property
    def text(self) -> str:
        """What stands on the screen."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in line).rstrip() for line in strips)


@asynccontextmanager
async def replay(scene: Scene, *, size: tuple[int, int] = (140, 40), **more: Any) -> AsyncIterator[Replay]:
    """The scene's deploy from its start, playing; no time goes by but in `later`."""
    world = Replay(scene, **more)
    async with world.app.run_test(size=size) as pilot:
        world.pilot = pilot
        await world.settled()
        yield world


def write_log(folder: Path, *chunks: tuple[float, bytes]) -> None:
    """A run's log and index as its supervisor writes them: (Unix time, bytes)."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("output.*"):
        old.unlink()
    writer = LogWriter(folder)
    for at, data in chunks:
        writer.write(data, at)
    writer.close(chunks[-1][0])


def expected(world: Replay, at: float) -> State:
    """The fold of everything that had happened so many seconds after the start."""
    return fold(event for event in world.events if event.at <= world.start + at)


def boundaries(world: Replay) -> list[float]:
    """Seconds from the start at which something happens."""
    return sorted({event.at - world.start for event in world.events})


def logged(tmp_path: Path) -> tuple[Scene, float]:
    """A deploy with a run whose log was written line by line; and when that run started."""
    scene = SCENES["migrating"](tmp_path)
    started = scene.state.of(TABLES).started_at
    assert started is not None
    lines = [(started + n, b"change %d\n" % n) for n in (1, 2, 3, 14)]
    write_log(scene.session.folder / scene.state.of(TABLES).directory, *lines)
    return scene, started
