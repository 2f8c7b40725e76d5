"""An engine that dies while nobody is attached comes back by itself, three times, and each time is written down."""

import os
import signal
from collections.abc import Iterator

import psutil
import pytest

from cockpit.client.connection import Line
from cockpit.client.session import Session
from cockpit.deploy.events import EngineStarted
from cockpit.deploy.fold import fold
from cockpit.deploy.state import State
from cockpit.engine.ipc.probe import engine_alive
from cockpit.history.reading import events_of
from cockpit.report.story import story
from tests.integration.cockpit.helpers import Repository, processes_below, repository
from tests.waiting import wait_for

RUNBOOK = """\
# Waiting

## Deployment steps

- [ ] Somebody has looked

```bash
true
```
"""


@pytest.fixture
def waiting() -> Iterator[Repository]:
    """An open deploy that nobody looks at."""
    with repository(RUNBOOK, "wait") as made:
        opened = made.cockpit_until("run", "docs/deploy.md", "--headless", until="needs attention")
        opened.send_signal(signal.SIGKILL)
        opened.wait()
        yield made


def _engine(made: Repository) -> psutil.Process:
    return psutil.Process(made.state.engine_pid)


def _kill_and_wait_for_the_next(made: Repository) -> None:
    before = made.state.engine_starts
    _engine(made).kill()
    wait_for(lambda: made.state.engine_starts == before + 1, "the next engine")
    wait_for(lambda: engine_alive(made.layout, made.newest), "its socket")


def test_a_killed_engine_comes_back_with_nobody_attached_and_says_why(waiting: Repository) -> None:
    dead = waiting.state.engine_pid
    _kill_and_wait_for_the_next(waiting)
    assert waiting.state.engine_pid != dead
    last = [event.body for event in events_of(waiting.layout, waiting.newest) if isinstance(event.body, EngineStarted)]
    assert last[-1].because.startswith(f"engine {dead} was killed by signal 9 at ")
    assert "1 of 3 in 10 minutes" in last[-1].because
    assert f"engine {dead}" in last[-1].took_over
    told = [text for _, text in story(events_of(waiting.layout, waiting.newest))]
    assert any("engine restarted" in text and "signal 9" in text for text in told)


def test_the_fourth_death_in_ten_minutes_is_left_to_a_person_who_is_told(waiting: Repository) -> None:
    for _ in range(3):
        _kill_and_wait_for_the_next(waiting)
    _engine(waiting).kill()
    wait_for(lambda: not processes_below(waiting.root), "the watchdog gives up")
    assert "engine NOT running" in waiting.cockpit("status").stdout
    attached = waiting.cockpit_until("attach", "--headless", until="gave up")
    attached.send_signal(signal.SIGKILL)
    attached.wait()
    assert waiting.state.engine_starts == 5


def test_an_engine_that_is_asked_to_stop_stays_away_and_takes_its_watchdog_along(waiting: Repository) -> None:
    os.kill(waiting.state.engine_pid, signal.SIGTERM)
    wait_for(lambda: not processes_below(waiting.root), "the end of both")
    assert waiting.state.engine_starts == 1


def test_a_watchdog_that_is_asked_to_stop_takes_the_engine_along(waiting: Repository) -> None:
    watchdog = _engine(waiting).parent()
    assert watchdog is not None
    watchdog.terminate()
    wait_for(lambda: not processes_below(waiting.root), "the end of both")


def test_a_killed_watchdog_leaves_the_engine_alone(waiting: Repository) -> None:
    engine = _engine(waiting)
    watchdog = engine.parent()
    assert watchdog is not None
    watchdog.kill()
    watchdog.wait(10)
    assert engine.is_running()
    assert "engine running" in waiting.cockpit("status").stdout


async def test_a_face_that_has_seen_nothing_yet_starts_an_engine_too(waiting: Repository) -> None:
    """It knows no plan, so it must take the environment from the journal (a campaign of kills found it waiting)."""
    engine = _engine(waiting)
    watchdog = engine.parent()
    assert watchdog is not None
    watchdog.kill()
    engine.kill()
    wait_for(lambda: not processes_below(waiting.root), "the end of both")
    line = Line(Session(waiting.layout, waiting.newest, "ann"))
    states = [State()]
    async for events in line.events(lambda: states[-1], lambda: None):
        states.append(fold(events, states[-1]))
        if states[-1].engine_starts == 2:
            break
    await line.close()
    assert states[-1].plan is not None
