"""A past deploy on the same screen, over a real terminal: made without a screen, then replayed from its journal."""

import re
import signal
import sqlite3
from collections.abc import Iterator

import pytest

from cockpit.deploy import events as e
from cockpit.history.reading import events_of
from tests.integration.cockpit.helpers import COMMAND, Repository, processes_below, repository
from tests.terminal import Terminal
from tests.waiting import wait_for

RUNBOOK = """\
# Shipping

## Deployment steps

### Step 1: Write slowly
```bash
echo "line $((0 + 1))"
sleep 1.5
echo "line $((1 + 1))"
```

### Step 2: Hand over
```bash
test -e nothing
```
"""


@pytest.fixture(scope="module")
def past() -> Iterator[Repository]:
    """A deploy that failed in its second step."""
    with repository(RUNBOOK) as made:
        assert made.cockpit("run", "docs/deploy.md", "--headless", "--yes").returncode == 1
        wait_for(lambda: not processes_below(made.root), "the end of its engine")
        yield made


def _replay(made: Repository, *arguments: str, columns: int = 120) -> Terminal:
    return Terminal([*COMMAND, "replay", *arguments], cwd=made.root, columns=columns)


def _length(made: Repository) -> str:
    """As the status bar says it."""
    events = events_of(made.layout, made.newest)
    seconds = int(events[-1].at - events[0].at)
    return f"00:{seconds // 60:02d}:{seconds % 60:02d}"


def _files(made: Repository) -> dict[str, bytes]:
    """Everything below the repository; SQLite's own files beside the journal come and go with its readers."""
    found = (path for path in made.root.rglob("*") if path.is_file() and "journal.db-" not in path.name)
    return {str(path): path.read_bytes() for path in found}


def _last(terminal: Terminal) -> str:
    """What the line below the panes says."""
    (found,) = re.findall(r"last: (.*)", terminal.wait_for(r"last: "))
    return str(found)


def _refused(terminal: Terminal, status: int) -> str:
    """What the command said before it ended, on one line."""
    assert terminal.wait_exit() == status
    return " ".join(" ".join(terminal.lines).split())


def test_it_is_shown_stepped_through_and_left(past: Repository) -> None:
    with _replay(past) as terminal:
        terminal.wait_for(rf"replay x1  00:00:0\d / {_length(past)}")
        terminal.press("space")
        terminal.wait_for(r"replay paused")
        terminal.press("\x1b[H")
        terminal.wait_for(rf"00:00:00 / {_length(past)}")
        # A step that is taken before the key has gone home would count twice.
        terminal.at_rest()
        while "Step 1: Write slowly: started" not in (here := _last(terminal)):
            terminal.press(".")
            terminal.wait_for(rf"last: (?!{re.escape(here)})")
        terminal.press("\x1b[F")
        terminal.wait_for(r"replay at its end")
        terminal.wait_for(r"failed")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.restored
        left = terminal.tail.rpartition(b"\x1b[?1049l")[2].decode()
        assert f"deploy {past.newest}: failed" in left
        assert f"cockpit replay {past.newest} --at {_length(past)}" in left


def test_the_log_is_the_one_of_the_moment(past: Repository) -> None:
    events = events_of(past.layout, past.newest)
    started = next(event.at for event in events if isinstance(event.body, e.StepStarted))
    with _replay(past, past.newest, "--at", f"{started - events[0].at + 1:.3f}s", "--speed", "0.001") as terminal:
        terminal.wait_for(r"line 1")
        assert "line 2" not in terminal.wait_for(r"replay x0\.001")
        terminal.press("\x1b[F")
        terminal.wait_for(r"test -e nothing")
        terminal.press("1", "up")
        terminal.wait_for(r"line 2")
        terminal.press("\x1b[D")
        assert "line 1" not in terminal.wait_for(r"nothing has been written yet")
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_nothing_runs_and_nothing_is_written(past: Repository) -> None:
    before = _files(past)
    with _replay(past, "--ascii") as terminal:
        terminal.wait_for(r"\[>\] replay x1")
        assert list(processes_below(past.root)) == [terminal.pid]
        terminal.press("e", "R", "C", "enter", "q")
        assert terminal.wait_exit() == 0
    assert _files(past) == before


def test_term_restores_the_terminal(past: Repository) -> None:
    with _replay(past) as terminal:
        terminal.wait_for(r"replay x1")
        terminal.kill(signal.SIGTERM)
        assert terminal.wait_exit() == 128 + signal.SIGTERM
        assert terminal.restored


def test_a_lost_terminal_ends_it(past: Repository) -> None:
    with _replay(past) as terminal:
        terminal.wait_for(r"replay x1")
        terminal.hang_up()
    assert not processes_below(past.root)


WRONG = [
    (["--at", "soon"], r"--at soon: use \+5m, 90s, 1h30m or 00:12:31 from the start, or a time: 14:00"),
    (["--at", "5h"], r"--at 5h: the recording covers 20\S+ to 20\S+, \d+ s"),
    (["--at", "2001-01-01T00:00"], r"--at 2001-01-01T00:00: the recording covers"),
    (["--speed", "0"], r"--speed 0: use a number above 0"),
    (["--speed", "-1"], r"--speed -1: use a number above 0"),
    (["--speed", "inf"], r"--speed inf: use a number above 0"),
    (["--speed", "fast"], r"'fast' is not a valid float"),
    (["nosuch"], r"no deploy starts with 'nosuch'; newest: \d{8}-"),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG)
def test_what_makes_no_sense_is_a_usage_error(past: Repository, arguments: list[str], words: str) -> None:
    with _replay(past, *arguments) as terminal:
        said = _refused(terminal, 2)
        assert re.search(words, said), said


def test_without_a_terminal_it_says_so(past: Repository) -> None:
    ran = past.cockpit("replay")
    assert ran.returncode == 2
    assert ran.stderr == ("cockpit: replay needs a terminal; without one use `cockpit export`\n")


def test_attach_names_the_replay_of_a_closed_deploy(past: Repository) -> None:
    ran = past.cockpit("attach", "--headless")
    assert ran.returncode == 1
    assert f"cockpit replay {past.newest}" in ran.stderr


def test_a_damaged_journal_is_said_and_not_replayed() -> None:
    with repository(RUNBOOK.replace("sleep 1.5", "true")) as made:
        assert made.cockpit("run", "docs/deploy.md", "--headless", "--yes").returncode == 1
        with sqlite3.connect(made.layout.journal) as journal:
            journal.execute("UPDATE events SET body = replace(body, 'ann', 'bob'), at = at + 1 WHERE seq = 4")
        journal.close()
        with _replay(made, columns=200) as terminal:
            assert re.search(r"damaged at event 4", _refused(terminal, 1))
