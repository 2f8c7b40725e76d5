"""The log view in a running app: following, pausing, filter, times, wrapping, selection, files of any size."""

import struct
import tracemalloc
from pathlib import Path

import pytest
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection

from tests.ui.log_world import SIZE, Counting, World, badge, numbered, screen
from widgets.log_view import LogView


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "output.log")


async def test_the_end_is_followed_and_the_badge_says_so(world: World) -> None:
    world.append(numbered(0, 100))
    app = world.app()
    async with app.run_test(size=SIZE):
        view = app.log_view
        assert screen(view)[-1] == "line 99"
        assert badge(view) == "END"
        view.live = True
        assert badge(view) == "FOLLOW"
        world.append(numbered(100, 150))
        world.turn(view)
        assert screen(view)[0] == "line 138"
        assert screen(view)[-1] == "line 149"


UPWARDS = ["up", "pageup", "home", "g", "wheel", "scrollbar"]


@pytest.mark.parametrize("how", UPWARDS)
async def test_every_upward_move_stops_following_and_counts_what_comes_in(world: World, how: str) -> None:
    world.append(numbered(0, 100))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        view = app.log_view
        await upward(pilot, view, how)
        assert badge(view) == "PAUSED"
        before = screen(view)
        world.append(numbered(100, 1334))
        world.turn(view)
        assert badge(view) == "PAUSED +1,234"
        assert screen(view) == before


async def upward(pilot: Pilot[None], view: LogView, how: str) -> None:
    if how == "wheel":
        assert await pilot._post_mouse_events([_wheel()], view, (5, 5))
    elif how == "scrollbar":
        view.vertical_scrollbar.action_scroll_up()
    else:
        await pilot.press(how)
    await pilot.pause()


def _wheel() -> type:
    from textual.events import MouseScrollUp

    return MouseScrollUp


@pytest.mark.parametrize("how", ["f", "end", "G", "badge", "down"])
async def test_following_again(world: World, how: str) -> None:
    world.append(numbered(0, 100))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        view = app.log_view
        await pilot.press("pageup", "pageup")
        world.append(numbered(100, 120))
        world.turn(view)
        assert badge(view) == "PAUSED +20"
        if how == "badge":
            await pilot.click(view, (50, SIZE[1] - 1))
        elif how == "down":
            await pilot.press(*["pagedown"] * 5)
        else:
            await pilot.press(how)
        assert badge(view) == "END"
        assert screen(view)[-1] == "line 119"


async def test_redraws_are_capped_while_the_log_grows(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        view = app.log_view
        await pilot.pause()
        drawn = 0
        before = ""
        for turn in range(60):
            world.append(numbered(turn * 10, turn * 10 + 10))
            view.poll(100 + turn / 30)
            if screen(view)[-1] != before:
                drawn, before = drawn + 1, screen(view)[-1]
        assert 15 <= drawn <= 21


async def test_a_line_that_is_still_being_written_is_shown(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE):
        view = app.log_view
        assert screen(view)[0] == "nothing has been written yet"
        world.append(b"working 10%")
        world.turn(view)
        assert screen(view)[0] == "working 10%"
        world.append(b"\rworking 20%")
        world.turn(view)
        assert screen(view)[0] == "working 20%"
        world.append(b"\r\ndone\n")
        world.turn(view)
        assert screen(view)[:2] == ["working 20%", "done"]


async def test_a_log_that_is_replaced_is_shown_from_its_end(world: World) -> None:
    world.append(numbered(0, 500))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        view = app.log_view
        await pilot.press("home")
        world.path.write_bytes(b"a new attempt\n")
        world.turn(view)
        assert screen(view)[0] == "a new attempt"
        assert badge(view) == "END"
        view.show_file(None)
        assert screen(view)[0] == "nothing has been written yet"
        assert badge(view) == ""


async def test_the_filter_shows_matches_and_counts_them(world: World) -> None:
    world.append(b"".join(b"%s %d\n" % (b"ERROR" if number % 10 == 0 else b"fine", number) for number in range(1000)))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        view = app.log_view
        view.set_filter("error")
        assert screen(view)[-1] == "ERROR 990"
        assert badge(view) == "100 of 1,000 lines | END"
        world.append(b"one more error\n")
        world.turn(view)
        assert screen(view)[-1] == "one more error"
        assert badge(view) == "101 of 1,001 lines | END"
        await pilot.press("N")
        assert badge(view) == "101 of 1,001 lines | PAUSED"
        await pilot.press("N", "y")
        assert app.clipboard == "ERROR 980"
        view.set_filter("/^err.* [1-3]0$/")
        assert screen(view)[:4] == ["ERROR 10", "ERROR 20", "ERROR 30", ""]
        view.set_filter("/[/")
        assert "bad pattern" in badge(view)
        assert screen(view)[-1] == "one more error"
        view.set_filter("")
        assert badge(view) == "END"


async def test_matches_are_marked(world: World) -> None:
    world.append(b"an Error here\n")
    app = world.app()
    async with app.run_test(size=SIZE):
        view = app.log_view
        view.set_filter("error")
        style = view.get_component_rich_style("log-view--match")
        marked = [s.text for s in view.render_line(0) if s.style is not None and s.style.bgcolor == style.bgcolor]
        assert marked == ["Error"]


async def test_a_match_can_be_seen_among_all_lines_and_the_next_one_found_there(world: World) -> None:
    world.append(b"".join(b"%s %d\n" % (b"ERROR" if number % 100 == 0 else b"fine", number) for number in range(1000)))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        view = app.log_view
        view.set_filter("error")
        await pilot.press("up", "up", "v")
        assert "ERROR 700" in screen(view)
        assert "fine 701" in screen(view)
        assert view.current == 700
        await pilot.press("n")
        assert view.current == 800
        assert "ERROR 800" in screen(view)
        await pilot.press("N", "N")
        assert view.current == 600
        await pilot.press("v")
        assert screen(view)[view.current] == "ERROR 600"


async def test_timestamps_come_from_the_index_in_utc(world: World) -> None:
    world.append(b"first\nsecond\n")
    with world.path.with_suffix(".idx").open("wb") as index:
        index.write(struct.pack("<QdI", 0, 1_795_000_000.0, 6) + struct.pack("<QdI", 6, 1_795_000_061.0, 7))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        view = app.log_view
        await pilot.press("t")
        assert screen(view)[:2] == ["11:06:40 first", "11:07:41 second"]
        await pilot.press("t")
        assert screen(view)[:2] == ["first", "second"]


async def test_long_lines_are_cut_scrolled_sideways_or_wrapped(world: World) -> None:
    long = "".join(f"{number:04d}" for number in range(50))
    world.append(b"short\n" + long.encode() + b"\nend\n")
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        view = app.log_view
        assert screen(view)[1] == long[:57] + ">"
        await pilot.press("right", "right")
        assert screen(view)[1] == long[16:73] + ">"
        assert screen(view)[2] == ""
        await pilot.press("w")
        assert screen(view)[:6] == ["short", long[:58], long[58:116], long[116:174], long[174:], "end"]
        await pilot.press("w")
        assert screen(view)[1] == long[:57] + ">"


async def test_wrapped_lines_are_followed_to_their_end_and_none_is_out_of_reach(world: World) -> None:
    world.append(b"".join(b"%04d" % number * 40 + b"\n" for number in range(40)))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        view = app.log_view
        await pilot.press("w")
        assert screen(view)[-1] == ("0039" * 40)[114:]
        seen: set[str] = set()
        await pilot.press("home")
        for _ in range(40):
            seen.update(row[:4] for row in screen(view) if row)
            await pilot.press("down")
        assert seen >= {f"{number:04d}" for number in range(40)}
        assert badge(view) == "END"


async def test_copies_and_the_pager_are_messages(world: World) -> None:
    world.append(b"one\n\x1b[31mtwo\x1b[0m\nthree\n")
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("y")
        assert app.clipboard == "three"
        await pilot.press("up", "y")
        assert app.clipboard == "two"
        await pilot.press("Y")
        assert app.clipboard == "one\ntwo\nthree"
        await pilot.press("o")
        await pilot.pause()
        assert app.copied == [1, 1, 3]
        assert app.asked == [world.path]


async def test_the_mouse_selects_text(world: World) -> None:
    world.append(b"".join(b"line %02d text\n" % number for number in range(50)))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        view = app.log_view
        first = screen(view)[2]
        await pilot.mouse_down(view, (6, 3))
        await pilot.hover(view, (8, 4))
        await pilot.mouse_up(view, (8, 4))
        assert app.screen.get_selected_text() == first[5:] + "\n" + screen(view)[3][:8]
        whole = view.get_selection(Selection(None, None))
        assert whole is not None
        assert whole[0].splitlines()[0] == "line 00 text"
        assert len(whole[0].splitlines()) == 50
        part = view.get_selection(Selection(Offset(5, 10), Offset(2, 11)))
        assert part == ("10 text\nli", "\n")


async def test_hostile_bytes_never_reach_the_screen(world: World) -> None:
    world.append(
        b"\x1b]0;t\x07\x1b[2J[red]markup[/] \x9b\x00\xe2\x80\xae" + bytes(range(256)) + b"\n" + b"x" * (10 << 20)
    )
    app = world.app()
    async with app.run_test(size=SIZE):
        view = app.log_view
        Counting.total = 0
        world.turn(view)
        rows = screen(view)
        assert rows[0].startswith("[red]markup[/]")
        assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for row in rows for character in row)
        assert Counting.total < 1 << 20


async def test_a_big_log_opens_at_its_end_without_being_read(world: World) -> None:
    block = numbered(0, 100_000)
    with world.path.open("wb") as file:
        for _ in range(200):
            file.write(block)
        file.write(b"the last line\n")
    world.fast = False
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        view = app.log_view
        await pilot.pause()
        size = world.path.stat().st_size
        assert size > 200 << 20
        assert screen(view)[-1] == "the last line"
        assert Counting.total < 2 << 20
        assert "counting" in badge(view)
        await pilot.press("up", "up")
        before = screen(view)
        tracemalloc.start()
        world.fast = True
        world.turn(view)
        grown = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert grown < 2 << 20
        assert screen(view) == before
        assert view.current == 200 * 100_000 - 2
        assert badge(view) == "PAUSED"
        await pilot.press("home")
        assert screen(view)[0] == "line 0"
        world.append(b"later\n")
        await pilot.press("end")
        world.turn(view)
        assert screen(view)[-1] == "later"


async def shown(pilot: Pilot[None], view: LogView, row: int, text: str) -> None:
    """Until the row says so: on a busy machine a resize takes more than one turn of the loop."""
    for _ in range(200):
        if view.render_line(row).text.rstrip() == text:
            return
        await pilot.pause()
    assert view.render_line(row).text.rstrip() == text


async def test_a_resize_keeps_following(world: World) -> None:
    world.append(numbered(0, 100))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        view = app.log_view
        await pilot.resize_terminal(40, 8)
        await shown(pilot, view, 5, "line 99")
        await pilot.resize_terminal(60, 30)
        await shown(pilot, view, 27, "line 99")
        assert badge(view) == "END"


async def test_every_key_has_an_id_and_a_sentence() -> None:
    for binding in LogView.BINDINGS:
        assert not isinstance(binding, tuple)
        assert binding.id is not None
        assert binding.id.startswith("log.")
        assert binding.tooltip
