"""The first deploy that a machine shows explains its panes, each in one line; no later one does."""

from pathlib import Path
from typing import Any

import pytest

from cockpit.tui import first_run
from tests.ui.pictures import settle
from tests.ui.rollout_scenes import ROLLOUTS
from tests.ui.scenes import SCENES
from widgets.rows import Panel


@pytest.fixture
def states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "states"
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


def test_the_first_deploy_is_the_first_and_no_other_is(states: Path) -> None:
    assert first_run.is_first("one")
    assert not first_run.is_first("two")
    assert (states / "deploy-cockpit" / "first-deploy").read_text() == "one\n"


@pytest.mark.usefixtures("states")
def test_who_comes_back_to_the_first_deploy_is_told_again() -> None:
    assert first_run.is_first("one")
    assert first_run.is_first("one")


def test_without_the_variable_it_is_the_usual_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for base in ("", "not/absolute"):
        monkeypatch.setenv("XDG_STATE_HOME", base)
        assert first_run.mark() == tmp_path / ".local" / "state" / "deploy-cockpit" / "first-deploy"


def test_what_cannot_be_remembered_is_not_told(states: Path) -> None:
    states.write_text("a file where the folder should be")
    assert not first_run.is_first("one")


def test_no_home_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("no home")

    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert not first_run.is_first("one")


def _edge(app: Any, name: str) -> str:
    return str(app.query_one(f"#{name}").border_subtitle or "")


async def test_each_pane_explains_itself_in_one_line(tmp_path: Path) -> None:
    app = SCENES["migrating"](tmp_path).app()
    app.newcomer = True
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        assert "space tick" in _edge(app, "tasks")
        assert _edge(app, "metrics") == "m chart"
        assert "f follow, / filter, y copy, o pager" in str(app.query_one("#hint", Panel).content)
        assert _edge(app, "runner") == "FOLLOW", "the log still says whether it is followed"


async def test_the_hints_name_the_keys_as_they_are(tmp_path: Path) -> None:
    app = SCENES["migrating"](tmp_path).app()
    app.newcomer = True
    async with app.run_test(size=(140, 40)) as pilot:
        app.set_keymap({"tick": "j", "log.follow": "F"})
        await settle(pilot)
        assert "j tick" in _edge(app, "tasks")
        assert "F follow" in str(app.query_one("#hint", Panel).content)


async def test_a_rollout_explains_its_stages_and_its_flag(tmp_path: Path) -> None:
    app = ROLLOUTS["due"](tmp_path).app()
    app.newcomer = True
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.pause()
        app.refresh_view()
        assert "> next stage" in _edge(app, "stages")
        assert "O off" in _edge(app, "flag")


async def test_usually_nothing_is_explained(tmp_path: Path) -> None:
    app = SCENES["migrating"](tmp_path).app()
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        assert (_edge(app, "tasks"), _edge(app, "metrics")) == ("", "")
        assert not app.query_one("#hint").display
