"""The examples are runbooks that run: each against its stand-in, to its end, and back where the release is bad."""

import runpy
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from cockpit.client.session import deploys
from cockpit.deploy.state import State
from cockpit.history.reading import state_of
from cockpit.opening.deploy import open_plan
from cockpit.paths import Layout
from tests.integration.cockpit.helpers import run, short_folder

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
ALL = sorted(path.parent.name for path in EXAMPLES.glob("*/RUNBOOK.md"))
TRY: dict[str, Any] = runpy.run_path(str(EXAMPLES / "try.py"))
RUNNING: list[str] = TRY["names"]()
World = Callable[[str], Path]


@pytest.fixture
def world() -> Iterator[World]:
    """Starts the stand-in of an example and gives the repository; all of it ends with the test."""
    with short_folder() as folder, ExitStack() as opened:

        def start(name: str) -> Path:
            root: Path = opened.enter_context(TRY["world"](name, folder))
            return root

        yield start


def _state(root: Path) -> State:
    layout = Layout(root)
    return state_of(layout, deploys(layout)[0].id)


def test_there_are_five_and_all_but_the_cluster_run_here() -> None:
    assert len(ALL) == 5
    assert sorted({*ALL} - {*RUNNING}) == ["kubernetes"]
    assert all((EXAMPLES / name / "cockpit.toml").is_file() for name in ALL)


@pytest.mark.parametrize("name", ALL)
def test_the_runbook_has_no_findings(name: str) -> None:
    done = run(["check", str(EXAMPLES / name / "RUNBOOK.md"), "--no-tools", "--runbook-only", "--strict"], EXAMPLES)
    assert (done.returncode, done.stdout) == (0, "no errors, no warnings\n"), done.stdout


@pytest.mark.parametrize("name", ALL)
def test_settings_fit_the_runbook_and_every_step_has_its_phase(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBE_CONTEXT", "nowhere")
    plan = open_plan(str(EXAMPLES / name / "RUNBOOK.md")).plan
    assert {task.phase for task in plan.tasks} == {"preflight", "deploy", "verify", "watch", "close"}
    assert plan.rollback
    assert plan.metrics


@pytest.mark.parametrize("name", [*ALL, "production.md"])
def test_the_runbook_is_reviewed_as_it_is(name: str) -> None:
    path = EXAMPLES / name if name.endswith(".md") else EXAMPLES / name / "RUNBOOK.md"
    done = run(["review", str(path), "--check"], EXAMPLES)
    assert done.returncode == 0, f"run tools/readings.py: {done.stdout}"


@pytest.mark.parametrize("name", RUNNING)
def test_a_deploy_goes_to_its_end_and_the_settings_have_no_findings(name: str, world: World) -> None:
    root = world(name)
    checked = run(["check", "--env", "rehearsal", "--no-tools", "--strict"], root)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    done = run(["run", "--env", "rehearsal", "--headless", "--yes"], root, accept=False)
    assert done.returncode == 0, done.stdout + done.stderr
    state = _state(root)
    assert state.closed == "succeeded"
    assert "REDACTED" not in done.stdout


@pytest.mark.parametrize(
    ("name", "file", "good", "bad", "shown"),
    [
        ("compose-switch", "service/settings.env", "VERSION=2.1", "VERSION=2.1 TIRES_AFTER=1", "green -> blue"),
        ("static-site", "content/index.md", "# Bakery", "Bakery", "live: releases/first"),
    ],
)
def test_a_bad_release_is_taken_back_by_the_trigger(
    name: str, file: str, good: str, bad: str, shown: str, world: World
) -> None:
    root = world(name)
    path = root / file
    path.write_text(path.read_text().replace(good, bad))
    TRY["_git"](root, "commit", "-qam", "a release that is not well")
    done = run(["run", "--env", "rehearsal", "--headless", "--yes"], root)
    assert done.returncode == 3, done.stdout + done.stderr
    assert shown in done.stdout
    state = _state(root)
    assert state.closed == "rolled back"
    assert state.rollback is not None
    assert state.rollback.healthy is True
