"""The replay on its screen: what is shown is exactly what was true then, forwards and backwards."""

from pathlib import Path

from cockpit.deploy.fold import fold
from cockpit.report.story import story
from tests.ui.replay_world import boundaries, expected, logged, replay
from tests.ui.scenes import BACKUP, SCENES, TABLES
from widgets.log_view import LogView


async def test_playing_gives_the_fold_at_every_boundary_and_just_before_it(tmp_path: Path) -> None:
    async with replay(SCENES["breached"](tmp_path)) as world:
        assert world.at == 0
        for boundary in boundaries(world):
            for at in (boundary - 0.25, boundary):
                if at < world.at:
                    continue
                await world.later(at - world.at)
                assert world.at == at
                assert world.state == expected(world, at)
                assert world.app.past == list(world.events[: len(world.app.past)])
        assert world.state == fold(world.events)


async def test_scrubbing_back_and_forth_gives_the_fold_of_that_moment(tmp_path: Path) -> None:
    async with replay(SCENES["breached"](tmp_path)) as world:
        length = boundaries(world)[-1]
        await world.press("space")
        at = 0.0
        keys = (
            [("right", 10.0)] * 3 + [("left", -10.0)] + [("shift+right", 60.0), ("left", -10.0), ("shift+left", -60.0)]
        )
        for key, seconds in [*keys, ("right", 10.0), ("right", 10.0), ("shift+right", 60.0)] * 2:
            await world.press(key)
            at = max(0.0, min(at + seconds, length))
            assert world.at == at
            assert world.state == expected(world, at), (key, at)
            assert len(world.app.past) == world.state.seq


async def test_every_place_can_be_reached_from_the_end_backwards(tmp_path: Path) -> None:
    async with replay(SCENES["failed"](tmp_path)) as world:
        await world.press("end")
        for event in reversed(world.events):
            world.app.playback.seek(event.at)
            await world.settled()
            assert world.state == expected(world, event.at - world.start)


async def test_paused_it_stands_still_and_goes_on_from_there(tmp_path: Path) -> None:
    async with replay(SCENES["preflight"](tmp_path)) as world:
        await world.later(5)
        assert "▶ replay x1  00:00:05 / 00:00:40" in world.status
        await world.press("space")
        await world.later(500)
        assert world.at == 5
        assert "‖ replay paused  00:00:05 / 00:00:40" in world.status
        assert "space resume" in world.hints
        await world.press("space")
        await world.later(2)
        assert world.at == 7
        assert "space pause" in world.hints


async def test_full_stop_and_comma_walk_the_story_and_stop_there(tmp_path: Path) -> None:
    async with replay(SCENES["breached"](tmp_path)) as world:
        told = [(event.seq, text) for event, text in story(world.events)]
        assert any("metrics: errors breach" in text for _, text in told)
        await world.press("home")
        seen = [world.state.seq]
        first = next(place for place, (seq, _) in enumerate(told) if seq > world.state.seq)
        for seq, text in told[first:]:
            await world.press("full_stop")
            assert world.state.seq == seq
            assert world.state == fold(world.events[:seq])
            assert not world.app.playback.playing
            assert world.last.startswith("last: ")
            assert text.split()[0] in world.last
            seen.append(seq)
        await world.press("full_stop")
        assert world.last == "refused: No events after this."
        for seq, _ in reversed(told[:-1]):
            await world.press("comma")
            assert world.state.seq == seq
            assert world.state == fold(world.events[:seq])
        await world.press("comma")
        assert world.last == "refused: No events before this."
        # A refusal is for the person, not for the replayed time.
        await world.later(9)
        assert world.last.startswith("last: ")


async def test_comma_goes_first_to_the_start_of_what_is_shown(tmp_path: Path) -> None:
    """Between two events of the story there are only measurements."""
    async with replay(SCENES["closed"](tmp_path)) as world:
        told = [event for event, _ in story(world.events)]
        place = next(n for n, event in enumerate(told) if n and event.at - told[n - 1].at > 2)
        world.app.playback.seek(told[place].at - 1)
        await world.press("comma")
        assert world.state.seq == told[place - 1].seq
        await world.press("full_stop")
        assert world.state.seq == told[place].seq


async def test_speed_is_doubled_and_halved_and_said(tmp_path: Path) -> None:
    async with replay(SCENES["preflight"](tmp_path), speed=2.0) as world:
        await world.later(1)
        assert world.at == 2
        await world.press("plus")
        assert "replay x4 " in world.status
        await world.later(2)
        assert world.at == 10
        await world.press("minus", "minus", "minus")
        assert "replay x0.5 " in world.status
        await world.later(4)
        assert world.at == 12
        await world.press(*["plus"] * 11)
        assert "replay x1024 " in world.status
        await world.press("plus")
        assert "x1024 is as fast as it gets." in world.last
        await world.press(*["minus"] * 14)
        assert "x0.125 is as slow as it gets." in world.last


async def test_at_the_end_it_stays_and_says_so(tmp_path: Path) -> None:
    async with replay(SCENES["closed"](tmp_path), speed=64.0) as world:
        await world.later(3600)
        assert world.state == fold(world.events)
        assert "‖ replay at its end" in world.status
        assert "✖ failed" in world.status
        assert "home to the start" in world.hints
        await world.later(60)
        assert world.state == fold(world.events)
        await world.press("space")
        assert "This is the end. Go to the start (home), or back 10 s (left)." in world.last
        await world.press("left")
        assert "replay paused" in world.status
        assert world.state == expected(world, boundaries(world)[-1] - 10)
        await world.press("home")
        assert world.at == 0
        assert world.state == expected(world, 0)
        await world.press("space")
        await world.later(1)
        assert world.at == 64


async def test_an_open_deploy_is_shown_as_far_as_it_went(tmp_path: Path) -> None:
    async with replay(SCENES["migrating"](tmp_path)) as world:
        await world.press("end")
        assert world.state == fold(world.events)
        assert world.state.closed is None
        assert world.app.selected is not None
        assert world.app.selected.id == TABLES
        assert "replay at its end" in world.status


async def test_it_begins_where_it_is_told_to(tmp_path: Path) -> None:
    scene = SCENES["migrating"](tmp_path)
    async with replay(scene, begin=scene.deploy.events[0].at + 33) as world:
        assert world.at == 33
        assert world.state == expected(world, 33)


# The log


async def test_the_log_shows_what_was_there_then_and_less_further_back(tmp_path: Path) -> None:
    scene, started = logged(tmp_path)
    async with replay(scene, begin=started) as world:
        await world.press("space")
        assert world.app.selected is not None
        assert world.app.selected.id == TABLES
        await world.log_is("nothing has been written yet")
        await world.press("right")
        await world.log_is("change 1", "change 2", "change 3")
        await world.press("right")
        await world.log_is("change 1", "change 2", "change 3", "change 14")
        await world.press("left")
        await world.log_is("change 1", "change 2", "change 3")
        world.app.playback.seek(started + 2)
        await world.log_is("change 1", "change 2")
        world.app.playback.seek(started + 0.5)
        await world.log_is("nothing has been written yet")
        await world.press("right", "right")
        await world.log_is("change 1", "change 2", "change 3", "change 14")


async def test_a_filter_sees_only_what_was_there(tmp_path: Path) -> None:
    scene, started = logged(tmp_path)
    async with replay(scene, begin=started + 20) as world:
        await world.press("space")
        world.app.log_view.set_filter("1")
        await world.log_is("change 1", "change 14")
        await world.press("left")
        await world.log_is("change 1")


async def test_a_log_without_an_index_comes_when_its_step_ended(tmp_path: Path) -> None:
    scene = SCENES["failed"](tmp_path)
    have = scene.state.of(BACKUP)
    assert have.finished_at is not None
    async with replay(scene, begin=have.finished_at - 1) as world:
        await world.press("space")
        assert world.app.selected is not None
        assert world.app.selected.id == BACKUP
        await world.log_is("nothing has been written yet")
        world.app.playback.seek(have.finished_at)
        await world.settled()
        assert "applied change 39 of 40" in " ".join(await world.log())


async def test_a_silent_step_is_said_by_the_time_of_its_log(tmp_path: Path) -> None:
    scene, started = logged(tmp_path)
    scene.measure(60)
    async with replay(scene, begin=started + 50) as world:
        await world.press("space")
        await world.log()
        await world.settled()
        assert "no output for 00:36" in str(world.app.query_one("#runner").border_title)


# The cursor


async def test_the_cursor_follows_what_happens_until_the_person_moves_it(tmp_path: Path) -> None:
    async with replay(SCENES["migrating"](tmp_path)) as world:
        app = world.app
        while world.state.of(BACKUP).status != "running":
            await world.press("full_stop")
        assert app.task_list.task_id == BACKUP
        await world.press("down")
        elsewhere = app.task_list.task_id
        assert elsewhere != BACKUP
        await world.press("end")
        assert app.task_list.task_id == elsewhere
        await world.press("left_square_bracket")
        assert BACKUP not in [task.id for task in app.shown_tasks]
        await world.press("n")
        assert app.task_list.task_id == TABLES
        await world.press("home")
        assert BACKUP not in [task.id for task in app.shown_tasks]


async def test_enter_opens_the_log_of_the_step(tmp_path: Path) -> None:
    scene, started = logged(tmp_path)
    async with replay(scene, begin=started + 5, size=(80, 24)) as world:
        await world.press("space", "enter")
        assert isinstance(world.app.focused, LogView)
        assert "change 3" in world.text
        assert world.state.of(TABLES).attempt == 1
