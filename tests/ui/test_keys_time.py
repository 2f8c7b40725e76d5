"""The key that moves T, and what the screen says of time."""

import time
from pathlib import Path

from textual.widgets import Input

from tests.ui.engine_app import SLOW, STEPS, cockpit
from tests.ui.scenes import TABLES, migrating, preflight, usually

TIMED = STEPS.replace("### Bake", "### Bake (T+10min)").replace("### Deliver", "### Deliver (T+2h)")


async def test_t_moves_with_a_reason_and_says_what_it_would_be(tmp_path: Path) -> None:
    async with cockpit(tmp_path, TIMED) as here:
        before = here.state.planned_at
        await here.press("T")
        await here.dialog("Reschedule T")
        field = here.app.screen.query_one("#time", Input)
        field.value = "+15m"
        await here.shows("T would be")
        await here.press("enter")
        await here.until(lambda: here.app.focused is here.app.screen.query_one("#reason"), "the question why")
        await here.press("enter")
        await here.shows("Enter a reason.")
        await here.answer("the partner is late")
        await here.until(lambda: here.state.planned_at != before, "the new T")
        assert abs(here.state.planned_at - (time.time() + 900)) < 60
        await here.shows("T-14:")
        told = [text for text in here.app.past if type(text.body).__name__ == "TimeMoved"]
        assert [event.by for event in told] == ["ann"]


async def test_a_time_that_is_none_or_over_does_not_move_t(tmp_path: Path) -> None:
    async with cockpit(tmp_path, TIMED) as here:
        before = here.state.planned_at
        await here.press("T")
        await here.dialog("Reschedule T")
        here.app.screen.query_one("#time", Input).value = "soon"
        await here.press("enter")
        await here.shows("use 14:00")
        here.app.screen.query_one("#time", Input).value = "2020-01-01T10:00Z"
        await here.press("enter")
        await here.until(lambda: here.app.focused is here.app.screen.query_one("#reason"), "the question why")
        await here.answer("x")
        await here.refused("That time is in the past")
        assert here.state.planned_at == before


async def test_escape_leaves_t_alone(tmp_path: Path) -> None:
    async with cockpit(tmp_path, TIMED) as here:
        seq = here.state.seq
        await here.press("T")
        await here.dialog("Reschedule T")
        await here.press("escape")
        await here.closed()
        assert here.state.seq == seq


async def test_rows_say_when_they_are_due(tmp_path: Path) -> None:
    async with cockpit(tmp_path, TIMED, size=(200, 50)) as here:
        await here.shows("T+10")
        await here.shows("T+2h")
        await here.press("T")
        await here.dialog("Reschedule T")
        here.app.screen.query_one("#time", Input).value = "+1s"
        await here.press("enter")
        await here.answer("x")
        await here.until(lambda: any(type(one.body).__name__ == "TimeMoved" for one in here.app.past), "the new T")
        here.app.clock = lambda: here.state.planned_at + 720
        await here.shows("▲ 2 min overdue T+10")


async def test_a_step_that_may_starts_by_itself_on_the_engine(tmp_path: Path) -> None:
    itself = SLOW.replace("### Rise\n```bash", "### Rise (T-1s)\n```bash {start=due}")
    async with cockpit(tmp_path, itself) as here:
        await here.until(lambda: here.of("Rise").status == "running", "the start by itself")
        assert here.of("Rise").by == "cockpit"
        (tmp_path / "risen").touch()
        await here.ended("Rise")
        assert here.of("Rise").status == "pass"


async def test_the_running_step_says_its_usual_time_and_the_end_is_estimated(tmp_path: Path) -> None:
    scene = usually(migrating(tmp_path), 100.0)
    app = scene.app()
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.pause()
        app.do("next")
        await pilot.pause()
        app.refresh_view()
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        text = "\n".join("".join(segment.text for segment in line) for line in strips)
        elapsed = int(scene.now - (scene.state.of(TABLES).started_at or 0))
        assert f"00:{elapsed:02d}/01:40 ▰▰▱▱▱▱▱▱" in text
        assert text.count(f"00:{elapsed:02d}/01:40") == 2, "in the list and above the script"
        assert "done about" in text


async def test_without_an_earlier_deploy_nothing_is_estimated(tmp_path: Path) -> None:
    app = preflight(tmp_path).app()
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        app.refresh_view()
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        text = "\n".join("".join(segment.text for segment in line) for line in strips)
        assert "Preflight" in text
        assert "usually" not in text
        assert "done about" not in text
        assert "done after" not in text
