"""What terminals do to a face: stop it, freeze, change their size under a dialog. The engine never notices."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.integration.cockpit.helpers import COMMAND, Repository, repository
from tests.terminal import Terminal
from tests.waiting import wait_for

RUNBOOK = """\
# Flooding

## Deployment steps

### Step 1: Flood
```bash
seq 1 300000
echo flooded
```

### Step 2: Afterwards
```bash
true
```

## Rollback

```bash
echo back
```
"""
STEP = "deployment-steps/step-1-flood:script-1"


@pytest.fixture
def flooding() -> Iterator[Repository]:
    with repository(RUNBOOK, "flood") as made:
        yield made


def _open(made: Repository) -> Terminal:
    terminal = Terminal([*COMMAND, "run", "docs/deploy.md", "--accept-reading"], cwd=made.root, columns=120, rows=40)
    terminal.__enter__()
    terminal.wait_for(r"next: .*run Step 1: Flood")
    return terminal


def _state_of_process(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]


def test_a_stopped_face_gives_the_terminal_back_and_goes_on_where_it_was(flooding: Repository) -> None:
    terminal = _open(flooding)
    try:
        os.kill(terminal.pid, signal.SIGTSTP)
        wait_for(lambda: terminal.read(0.05) and _state_of_process(terminal.pid) == "T", "the stop")
        # What it wrote before it stopped is on its way through the kernel: it comes after the state of the process.
        wait_for(lambda: terminal.read_all() and terminal.restored, "the terminal as it was")
        os.kill(terminal.pid, signal.SIGCONT)
        # What is on the emulator is still the old picture: a key before the new one would be lost with the old modes.
        wait_for(lambda: terminal.read(0.05) and not terminal.restored, "the screen again")
        terminal.at_rest()
        terminal.wait_for(r"next: .*run Step 1: Flood")
        terminal.press("enter")
        terminal.wait_for(r"next: .*run Step 2: Afterwards")
        assert flooding.state.of(STEP).status == "pass"
    finally:
        terminal.__exit__()


def test_a_frozen_terminal_holds_up_its_face_and_nothing_else(flooding: Repository) -> None:
    """ctrl-S, or an SSH connection that hangs: nobody reads the face's terminal."""
    terminal = _open(flooding)
    try:
        terminal.press("enter")
        wait_for(lambda: flooding.state.of(STEP).status == "pass", "the step, with nobody reading")
        assert "run Step 2: Afterwards" in flooding.cockpit("status").stdout
        before = psutil.Process(terminal.pid).cpu_times().user
        until = time.monotonic() + 2
        wait_for(lambda: time.monotonic() > until, "two seconds")
        assert psutil.Process(terminal.pid).cpu_times().user - before < 1.0, "it spins"
        terminal.wait_for(r"next: .*run Step 2: Afterwards")
    finally:
        terminal.__exit__()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_face_on_a_frozen_terminal_can_be_ended(flooding: Repository, number: signal.Signals) -> None:
    terminal = _open(flooding)
    try:
        terminal.press("enter")
        wait_for(lambda: flooding.state.of(STEP).status == "pass", "the step, with nobody reading")
        os.kill(terminal.pid, number)
        wait_for(lambda: _state_of_process(terminal.pid) == "Z", "the end of the face", 30)
    finally:
        terminal.__exit__()
    assert "engine running" in flooding.cockpit("status").stdout


def _dialogs(terminal: Terminal) -> bool:
    """The panes begin on one line; another beginning is a dialog's (the palette has none of its own)."""
    return sum("╭─" in line for line in terminal.lines) > 1 or "Search for commands" in terminal.text


@pytest.mark.parametrize("key", ["R", "?", "i", "q", ":"])
def test_a_terminal_may_change_its_size_under_a_dialog(flooding: Repository, key: str) -> None:
    terminal = _open(flooding)
    try:
        terminal.press(key)
        wait_for(lambda: terminal.read(0.05) and _dialogs(terminal), "the dialog")
        for columns, rows in ((80, 24), (200, 60), (61, 17), (40, 10), (120, 40)):
            terminal.resize(columns, rows)
            terminal.read(0.2)
        terminal.at_rest()
        assert _dialogs(terminal), terminal.text
        terminal.press("escape")
        terminal.at_rest()
        assert not _dialogs(terminal), terminal.text
        terminal.press("enter")
        terminal.wait_for(r"next: .*run Step 2: Afterwards")
    finally:
        terminal.__exit__()
