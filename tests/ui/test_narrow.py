"""Where the room is short, what matters most is still there."""

from pathlib import Path

import pytest

from tests.ui.pictures import settle
from tests.ui.rollout_scenes import ROLLOUTS
from tests.ui.scenes import SCENES
from widgets.bars import NextBar, PhaseBar, StatusBar
from widgets.metrics_pane import MetricsPane, MetricsStrip, _shared
from widgets.rows import hanging, wrapped

SMALLEST = (60, 16)


@pytest.mark.parametrize("scene", ["server_down", "soaking", "went_back"])
async def test_the_percentage_of_a_flag_is_never_cut(tmp_path: Path, scene: str) -> None:
    made = ROLLOUTS[scene](tmp_path)
    app = made.app()
    async with app.run_test(size=SMALLEST) as pilot:
        await pilot.pause()
        app.refresh_view()
        percent = made.state.rollout.reading.percent  # type: ignore[union-attr]
        assert f": {percent:g} % " in str(app.query_one(StatusBar).content)


@pytest.mark.parametrize("ascii_only", [False, True], ids=["unicode", "ascii"])
@pytest.mark.parametrize("scene", ["preflight", "scheduled", "failed"])
async def test_every_phase_has_its_name(tmp_path: Path, scene: str, ascii_only: bool) -> None:
    app = SCENES[scene](tmp_path).app(ascii_only=ascii_only)
    async with app.run_test(size=SMALLEST) as pilot:
        await settle(pilot)
        shown = str(app.query_one(PhaseBar).content)[:60]
        assert all(word in shown for word in ("Preflight", "Deploy", "Verify", "Watch", "Close")), shown


@pytest.mark.parametrize("scene", ["countdown", "down", "breached"])
async def test_a_breach_is_said_in_words(tmp_path: Path, scene: str) -> None:
    app = SCENES[scene](tmp_path).app()
    async with app.run_test(size=SMALLEST) as pilot:
        await settle(pilot)
        assert "BREACH" in app.query_one(MetricsStrip).text


@pytest.mark.parametrize("ascii_only", [False, True], ids=["unicode", "ascii"])
async def test_every_metric_has_its_whole_name(tmp_path: Path, ascii_only: bool) -> None:
    app = SCENES["migrating"](tmp_path).app(ascii_only=ascii_only)
    async with app.run_test(size=SMALLEST) as pilot:
        await settle(pilot)
        shown = app.query_one(MetricsStrip).text
        assert all(name in shown for name in ("errors", "p95", "db pool", "cpu", "memory", "health")), shown


async def test_the_end_of_a_long_refusal_can_be_read(tmp_path: Path) -> None:
    app = SCENES["preflight"](tmp_path).app()
    async with app.run_test(size=SMALLEST) as pilot:
        await settle(pilot)
        await pilot.press("right_square_bracket")
        app.refresh_view()
        shown = str(app.query_one(NextBar).content)
        assert shown.startswith(" refused: ")
        assert "Pass, tick or waive first." in " ".join(shown.split())
        assert all(line.startswith("     ") for line in shown.split("\n")[1:])


def test_words_are_wrapped_between_them_and_a_long_one_inside() -> None:
    assert wrapped("one two three", 8) == ["one two", "three"]
    assert wrapped("abcdefghij k", 4) == ["abcd", "efgh", "ij k"]
    assert wrapped("日本語 日本", 6) == ["日本語", "日本"]
    assert wrapped("", 8) == [""]


def test_what_is_too_much_is_cut_where_it_must() -> None:
    shown = hanging([("x: ", "")], "aaaa bbbb cccc dddd", "", 11, most=2).plain
    assert shown == "x: aaaa\n   bbbb cc…"


def test_the_strip_gives_columns_to_who_needs_them() -> None:
    assert _shared(60, [5, 5, 5]) == [20, 20, 20]
    assert _shared(60, [26, 5, 5]) == [26, 14, 20]
    assert sum(_shared(30, [26, 9, 9])) <= 30
    assert _shared(60, [10, 7, 11, 7, 10, 10]) == [10, 9, 11, 10, 10, 10], "what a division leaves over is used"
    assert _shared(200, [5, 5]) == [44, 44], "few are not spread over the whole line"


async def test_the_sparkline_of_what_is_sampled_every_hour_is_full(tmp_path: Path) -> None:
    app = ROLLOUTS["soaking"](tmp_path).app()
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.pause()
        app.refresh_view()
        errors = app.query_one(MetricsPane).text.splitlines()[1]
        drawn = errors.partition("base")[0]
        assert set(drawn.strip()) <= set("▁▂▃▄▅▆▇█")
        assert len(drawn.strip()) == len(drawn) - 1, drawn
