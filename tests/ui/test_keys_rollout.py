"""The keys of a rollout on a real engine and a flag in a file: on with a question, back and off at once."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from cockpit.client.session import Session
from cockpit.deploy import commands as c
from cockpit.deploy.rollout.state import RolloutState
from cockpit.engine.config.environment import resolve
from cockpit.engine.core import Engine
from cockpit.engine.ipc.client import Client
from cockpit.journal.sqlite import Journal
from cockpit.paths import Layout
from cockpit.planning.rollouts import make_rollout_plan
from cockpit.settings.load import Settings
from cockpit.tui.app import CockpitApp
from tests.builders import PERSON
from tests.local_client import LocalClient
from tests.ui.engine_app import DEPLOY, VARIABLES, Cockpit
from widgets.stage_list import StageList


class Clock:
    """The engine's: the wall's, until a test stops it. A soak does not end while nobody looks."""

    stopped: float | None = None

    def __call__(self) -> float:
        return time.time() if self.stopped is None else self.stopped


class Rolled(Cockpit):
    """A rollout instead of a deploy."""

    clock: Clock

    @property
    def have(self) -> RolloutState:
        assert self.state.rollout is not None
        return self.state.rollout

    @property
    def percent(self) -> object:
        return json.loads((self.root / "flags.json").read_text())["checkout"]

    @property
    def setting(self) -> bool:
        """A stage is on its way: confirmed, but its soak has not begun."""
        return any(stage.status == "setting" for stage in self.have.stages)

    async def measured(self, times: int = 5, errors: float = 0.1) -> None:
        for _ in range(times):
            taken = tuple(
                c.Reading(metric=name, at=time.time(), value=value, samples=200)
                for name, value in (("errors", errors), ("p95", 0.1))
            )
            await self.engine.record_readings(c.RecordReadings(readings=taken))

    async def advanced(self) -> None:
        """`>`, and yes."""
        self.app.keys.forget_pressed()
        before = len(self.have.changes)
        await self.press("greater_than_sign")
        await self.dialog("Next stage")
        await self.choose("Set it to")
        await self.until(lambda: len(self.have.changes) > before, "the change")
        await self.until(lambda: self.have.confirmed and not self.setting, "the stage")
        await self.closed()


@asynccontextmanager
async def rolled(root: Path, *, size: tuple[int, int] = (140, 40), **flag: Any) -> AsyncIterator[Rolled]:
    layout = Layout(root)
    layout.make()
    (root / "flags.json").write_text('{"checkout": 0}')
    given = {"type": "file", "path": "flags.json", "stages": [5, 25, 100], "soak": "1h", "min_samples": 0, **flag}
    sources = {"app": {"type": "openmetrics", "url": "http://127.0.0.1:1/metrics"}}
    settings = Settings.model_validate({"flags": {"checkout": given}, "sources": sources})
    clock = Clock()
    engine = Engine(Journal(layout.journal), layout, DEPLOY, lambda _: resolve(settings, root, VARIABLES), clock)
    await engine.load()
    readable = given["type"] == "file"
    plan = make_rollout_plan(
        settings, "checkout", how="file flags.json", readable=readable, root=str(root), runbook_path="cockpit.toml"
    )
    assert await engine.handle(c.OpenDeploy(plan=plan), PERSON) is None
    await engine.announce()
    client = LocalClient(engine, PERSON)

    async def connect() -> Client:
        return client

    app = CockpitApp(Session(layout, DEPLOY, PERSON), connect=connect)
    try:
        async with app.run_test(size=size) as pilot:
            here = Rolled(app, engine, pilot, root)
            here.clock = clock
            await here.until(lambda: here.have.reading is not None, "the first reading")
            await here.measured()
            await here.until(lambda: app.state.seq == engine.state.seq, "the stream")
            yield here
    finally:
        await engine.close()


async def test_on_asks_once_and_enter_alone_does_nothing(tmp_path: Path) -> None:
    async with rolled(tmp_path) as here:
        await here.press("greater_than_sign")
        await here.dialog("Next stage")
        await here.shows("checkout in production: 5 %, stage 1 of 3")
        await here.press("enter")
        await here.closed()
        assert not here.have.changes
        await here.advanced()
        assert here.percent == 5
        assert here.have.stages[0].status == "soaking"
        here.app.keys.forget_pressed()
        await here.press("greater_than_sign")
        await here.refused("5 % is still soaking")


async def test_off_is_one_key_from_anywhere_and_a_held_key_acts_once(tmp_path: Path) -> None:
    async with rolled(tmp_path) as here:
        await here.advanced()
        await here.press("3")
        await here.press("O", "O", "O")
        await here.until(lambda: here.have.confirmed and here.have.last and here.have.last.kind == "off", "off")
        assert here.percent == 0
        assert [change.kind for change in here.have.changes] == ["advance", "off"]
        await here.shows("OFF")


async def test_off_works_in_a_dialog_but_where_somebody_writes_it_is_a_letter(tmp_path: Path) -> None:
    async with rolled(tmp_path) as here:
        await here.advanced()
        await here.press("i")
        await here.dialog("Note")
        await here.press("O", "K")
        assert isinstance(here.app.focused, Input)
        assert here.app.focused.value == "OK"
        assert here.have.last is not None
        assert here.have.last.kind == "advance"
        await here.press("escape")
        await here.closed()
        await here.press("question_mark")
        await here.dialog("Keys")
        await here.press("O")
        await here.until(lambda: here.percent == 0, "off")


async def test_off_is_kept_until_an_engine_hears_it(tmp_path: Path) -> None:
    async with rolled(tmp_path) as here:
        await here.advanced()
        client, here.app.line.client = here.app.line.client, None
        await here.press("O")
        await here.refused("turned off as soon as it is back")
        assert here.percent == 5
        here.app.line.client = client
        await here.until(lambda: here.percent == 0, "off")


async def test_back_goes_to_the_percentage_before_and_holds_there(tmp_path: Path) -> None:
    async with rolled(tmp_path, soak="50ms", min_values=1) as here:
        await here.advanced()
        await here.measured()
        await here.until(lambda: here.have.stages[0].status == "passed", "the soak")
        here.clock.stopped = time.time()
        await here.advanced()
        assert here.percent == 25
        here.app.keys.forget_pressed()
        await here.press("less_than_sign")
        await here.until(lambda: here.percent == 5 and here.have.confirmed, "the way back")
        assert here.state.hold is not None
        assert here.state.hold.reason == "going back from 25 %: requested manually"
        here.app.keys.forget_pressed()
        await here.press("H")
        released = lambda: [one for one in here.engine.events if type(one.body).__name__ == "DeployReleased"]  # noqa: E731
        await here.until(released, "the release")


async def test_what_cannot_be_judged_goes_on_only_with_a_reason(tmp_path: Path) -> None:
    async with rolled(tmp_path, soak="50ms") as here:
        await here.advanced()
        await here.until(lambda: here.have.stages[0].status == "blind", "the end of the soak")
        assert here.state.hold is not None
        here.app.keys.forget_pressed()
        await here.press("greater_than_sign")
        await here.dialog("Advance an inconclusive stage")
        await here.answer("the metrics are down")
        await here.until(lambda: here.percent == 25, "the next stage")


async def test_space_says_that_an_unreadable_flag_is_so(tmp_path: Path) -> None:
    async with rolled(tmp_path, type="command", path=None, set="true") as here:
        await here.press("greater_than_sign")
        await here.dialog("Next stage")
        await here.choose("Set it to")
        await here.until(lambda: here.have.last and here.have.last.status == "set", "the setting")
        await here.shows("cannot be read back")
        await here.press("space")
        await here.until(lambda: here.have.stages[0].status == "soaking", "the soak")
        assert here.have.reading is not None
        assert here.have.reading.by == PERSON


async def test_close_says_what_stays(tmp_path: Path) -> None:
    async with rolled(tmp_path) as here:
        await here.advanced()
        await here.press("C")
        await here.dialog("Close the rollout")
        await here.shows("The flag keeps its value")
        await here.choose("aborted")
        await here.dialog("Close as aborted")
        await here.answer("another day")
        await here.until(lambda: here.state.closed == "aborted", "the end")
        assert here.state.closed_reason == "another day; the flag keeps its value: 5 %"


async def test_the_keys_of_a_deploy_have_nothing_to_do_here(tmp_path: Path) -> None:
    async with rolled(tmp_path) as here:
        before = here.state.seq
        for key in (
            "enter",
            "a",
            "r",
            "s",
            "w",
            "x",
            "n",
            "left_square_bracket",
            "right_square_bracket",
            "V",
            "F",
            "A",
        ):
            await here.press(key)
        await here.press("R")
        await here.refused("A rollout has no rollback. Use <")
        assert here.state.seq == before
        await here.press("question_mark")
        await here.dialog("Keys")
        assert "turn the flag off immediately, in any state" in here.text
        assert "roll back" not in here.text


async def test_one_pane_at_a_time_on_a_narrow_screen(tmp_path: Path) -> None:
    async with rolled(tmp_path, size=(80, 24)) as here:
        await here.shows("1 Stages")
        await here.press("2")
        await here.shows("2 Flag")
        assert "1 Stages" not in here.text
        await here.press("3")
        await here.shows("3 Metrics")
        await here.press("1", "z")
        await here.shows("1 Stages")


async def test_leaving_a_rollout_calls_it_that(tmp_path: Path) -> None:
    async with rolled(tmp_path) as here:
        await here.press("q")
        await here.dialog("Leave")
        await here.shows("The rollout is open and stays open.")
        await here.shows("Detach: the rollout keeps running")
        await here.shows("Close the rollout ...")


@pytest.mark.parametrize("size", [(140, 40), (100, 16)], ids=["140x40", "100x16"])
async def test_a_click_on_a_stage_shows_what_is_known_of_it_and_a_second_one_hides_it(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with rolled(tmp_path, size=size) as here:
        await here.advanced()
        stages = here.app.query_one(StageList)
        here.app.refresh_view()
        await here.press("1", "down")
        await here.until(lambda: stages.chosen == 0, "the stage that soaks")
        await here.shows("Stage 1 of 3: 5 %")
        await here.press("down", "down", "down")
        await here.until(lambda: stages.chosen == 2, "the last stage, and no further")
        row = next(y for y, line in enumerate(here.text.splitlines()) if "25 %" in line and y > stages.region.y)
        for words in ("Stage 2 of 3: 25 %", ""):
            await here.pilot.click(offset=(stages.region.x + 4, row))
            await here.until(lambda words=words: stages.chosen == (1 if words else None), "the click")  # type: ignore[misc]
            here.app.refresh_view()
            await here.pilot.pause()
            assert "Stage 3 of 3" not in here.text
            assert words in here.text
        assert "Stage 2 of 3" not in here.text
        assert len(here.have.changes) == 1
