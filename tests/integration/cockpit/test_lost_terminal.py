"""The face, the terminal or the engine goes away in the middle of a step: the step goes on, and one can come back."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from tests.integration.cockpit.helpers import COMMAND, Repository, processes_below, repository
from tests.terminal import Terminal
from tests.waiting import wait_for

LINES = 60
RUNBOOK = f"""\
# Counting

## Deployment steps

### Step 1: Count
```bash
echo started >> attempts.txt
for number in $(seq {LINES}); do echo "number $number."; sleep 0.05; done
exit "$(cat status.txt)"
```

### Step 2: Afterwards
```bash
true
```
"""
STEP = "deployment-steps/step-1-count:script-1"


@pytest.fixture
def counting() -> Iterator[Repository]:
    with repository(RUNBOOK, "count") as made:
        (made.root / "status.txt").write_text("0")
        yield made


def _open(made: Repository, *arguments: str) -> Terminal:
    return Terminal([*COMMAND, *arguments], cwd=made.root)


def _in_the_middle(terminal: Terminal) -> None:
    """The first step runs and has written something."""
    terminal.wait_for(r"Step 1: Count")
    terminal.wait_for(r"next: .*run Step 1: Count")
    terminal.press("enter")
    terminal.wait_for(r"number 5\.")


def _numbers(made: Repository) -> list[int]:
    """What is in the log of the step's only attempt."""
    directory = made.layout.deploy(made.newest) / made.state.of(STEP).directory
    return [int(number) for number in re.findall(r"^number (\d+)\.$", (directory / "output.log").read_text(), re.M)]


def _ended(made: Repository) -> bool:
    return made.state.of(STEP).status not in ("waiting", "running")


def _assert_whole(made: Repository) -> None:
    """It ran once, to its end, and no line is missing or doubled."""
    wait_for(lambda: _ended(made), "the end of the step")
    have = made.state.of(STEP)
    assert have.attempt == 1
    assert (made.root / "attempts.txt").read_text() == "started\n"
    assert _numbers(made) == list(range(1, LINES + 1))


def _end_engine(made: Repository, *, watchdog: bool = False) -> int:
    """Kill the engine of the newest deploy as the kernel would, and its watchdog where it is asked for; its pid."""
    pid = made.state.engine_pid
    engine = psutil.Process(pid)
    assert made.newest in engine.cmdline()
    parent = engine.parent()
    assert parent is not None
    assert any("watchdog.py" in word for word in parent.cmdline())
    if watchdog:
        parent.kill()
    engine.kill()
    wait_for(lambda: pid not in processes_below(made.root), "the engine's end")
    return pid


def _sees_the_end(terminal: Terminal) -> None:
    """The last line is on the screen; where the step ended before, the cursor has moved on and goes back one."""
    if f"number {LINES}." not in terminal.wait_for(rf"number {LINES}\.|next: .*Step 2: Afterwards"):
        terminal.press("up")
        terminal.wait_for(rf"number {LINES}\.")


def _back_with_the_end_on_the_screen(made: Repository) -> None:
    with _open(made, "attach") as terminal:
        _sees_the_end(terminal)


def test_a_killed_face_does_not_touch_the_step_and_attach_shows_its_end(counting: Repository) -> None:
    with _open(counting, "run", "docs/deploy.md", "--accept-reading") as terminal:
        _in_the_middle(terminal)
        terminal.kill(signal.SIGKILL)
    engine = counting.state.engine_pid
    assert counting.state.of(STEP).status == "running"
    with _open(counting, "attach") as terminal:
        terminal.wait_for(r"Step 1: Count")
        _sees_the_end(terminal)
    _assert_whole(counting)
    assert counting.state.of(STEP).status == "pass"
    assert counting.state.engine_pid == engine
    assert counting.state.engine_starts == 1


@pytest.mark.parametrize(("status", "word"), [("0", "pass"), ("7", "fail")])
def test_a_killed_engine_is_replaced_by_attach_and_the_exit_status_is_known(
    counting: Repository, status: str, word: str
) -> None:
    (counting.root / "status.txt").write_text(status)
    with _open(counting, "run", "docs/deploy.md", "--accept-reading") as terminal:
        _in_the_middle(terminal)
        terminal.kill(signal.SIGKILL)
    dead = _end_engine(counting, watchdog=True)
    assert counting.state.of(STEP).status == "running"
    with _open(counting, "attach") as terminal:
        terminal.wait_for(r"Step 1: Count")
        _sees_the_end(terminal)
        _assert_whole(counting)
    have = counting.state.of(STEP)
    assert (have.status, have.exit_status) == (word, int(status))
    assert counting.state.engine_pid != dead
    assert counting.state.engine_starts == 2


def test_a_step_that_ends_while_no_engine_lives_is_known_afterwards(counting: Repository) -> None:
    with _open(counting, "run", "docs/deploy.md", "--accept-reading") as terminal:
        _in_the_middle(terminal)
        terminal.kill(signal.SIGKILL)
    _end_engine(counting, watchdog=True)
    wait_for(lambda: not processes_below(counting.root), "the end of the step and its supervisor")
    assert counting.state.of(STEP).status == "running", "nobody was there to write it down"
    _back_with_the_end_on_the_screen(counting)
    _assert_whole(counting)
    assert counting.state.of(STEP).exit_status == 0


def test_a_living_face_starts_a_new_engine_by_itself(counting: Repository) -> None:
    with _open(counting, "run", "docs/deploy.md", "--accept-reading") as terminal:
        _in_the_middle(terminal)
        _end_engine(counting, watchdog=True)
        _sees_the_end(terminal)
        terminal.wait_for(r"next: .*Step 2: Afterwards")
        _assert_whole(counting)
        assert counting.state.engine_starts == 2
        # It is connected again: a key still does something.
        terminal.press("n", "enter")
        terminal.wait_for(r"close the deploy")


def test_a_lost_connection_ends_the_face_and_nothing_else(counting: Repository) -> None:
    with _open(counting, "run", "docs/deploy.md", "--accept-reading") as terminal:
        _in_the_middle(terminal)
        terminal.hang_up()
    assert counting.state.of(STEP).status == "running"
    _assert_whole(counting)
    assert counting.state.engine_starts == 1
    _back_with_the_end_on_the_screen(counting)


def test_a_face_below_a_shell_ends_with_the_connection_too(counting: Repository) -> None:
    """There the screen's writer dies before the signal arrives: the face once waited for it for ever."""
    line = " ".join([*COMMAND, "run", "docs/deploy.md", "--accept-reading"])
    with Terminal(["bash", "-c", f"{line}; true"], cwd=counting.root) as terminal:
        _in_the_middle(terminal)
        faces = [pid for pid, words in processes_below(counting.root).items() if "run docs/deploy.md" in words]
        assert faces
        terminal.hang_up()
        wait_for(lambda: not any(psutil.pid_exists(pid) for pid in faces), "the face is gone")
    _assert_whole(counting)


def test_a_terminated_face_restores_the_terminal(counting: Repository) -> None:
    with _open(counting, "run", "docs/deploy.md", "--accept-reading") as terminal:
        _in_the_middle(terminal)
        assert not terminal.restored
        terminal.kill(signal.SIGTERM)
        assert terminal.wait_exit() == 128 + signal.SIGTERM
        assert terminal.restored
        assert f"reattach: cockpit attach {counting.newest}" in terminal.text
    _assert_whole(counting)


def test_q_detaches_and_says_how_to_come_back(counting: Repository) -> None:
    with _open(counting, "run", "docs/deploy.md", "--accept-reading") as terminal:
        _in_the_middle(terminal)
        status = _leave(terminal)
        assert status == 0
        assert terminal.restored
        left = terminal.tail.rpartition(b"\x1b[?1049l")[2].decode()
        assert f"reattach: cockpit attach {counting.newest}" in left
        assert "Count has been running for" in left
    assert counting.state.of(STEP).status == "running"
    _assert_whole(counting)


def _leave(terminal: Terminal) -> int:
    """q, then the second choice. The dialog is deaf at first: what it did not take is pressed again."""
    until = time.monotonic() + 20
    terminal.press("q")
    while time.monotonic() < until:
        alive = terminal.read(0.2)
        if not alive or terminal.restored:
            break
        terminal.press(*(("down", "enter") if "Detach: the deploy keeps running" in terminal.text else ("q",)))
    return terminal.wait_exit()


def test_a_person_who_only_watches_starts_nothing(counting: Repository) -> None:
    with _open(counting, "run", "docs/deploy.md", "--accept-reading") as terminal:
        terminal.wait_for(r"next: .*run Step 1: Count")
        with _open(counting, "watch") as watcher:
            watcher.wait_for(r"read only")
            watcher.wait_for(r"Step 1: Count")
            watcher.press("enter", "enter", "R")
            watcher.press("?")
            shown = watcher.wait_for(r"╭─ Keys")
            assert "R  choose a rollback option" not in shown
            assert counting.state.running == ()
            assert counting.state.of(STEP).attempt == 0
    os.kill(counting.state.engine_pid, signal.SIGTERM)


STUCK = """
import asyncio, os, signal, threading
from cockpit.tui import signals as hangup
hangup.LAST_SECONDS = 0.2
held = threading.Lock()
threading.Thread.start = lambda self: held.acquire()
async def main():
    with hangup.orderly(None), held:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(3600)
asyncio.run(main())
"""


def test_a_face_that_cannot_leave_in_order_ends_all_the_same() -> None:
    """What the signal interrupted holds a lock that leaving needs."""
    ended = subprocess.run([sys.executable, "-c", STUCK], capture_output=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert ended.stderr == b""
