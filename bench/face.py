"""The screen at work, in a real terminal: what it costs at rest, how fast a key is answered, how it takes a flood.

Key to paint: from the write of a letter to the first frame in which the terminal emulator has it, in a dialog's field;
the emulator's own time is part of it. A flood is 50,000 lines a second from a running step; behind the dialog its log
goes on.
"""

import random
import shutil
import string
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.table import Row, median, quantile
from tests.integration.cockpit.helpers import COMMAND, Repository, repository
from tests.terminal import Terminal

COLUMNS, ROWS = 160, 48
IDLE_SECONDS = 15.0
KEYS = 240
PAUSE = 0.06
"""Between two keys: a fast typist."""
LOOK_SECONDS = 10.0
FLOOD_SECONDS = 120
FLOOD = """\
import sys, time
line = "".join(f"{n:08d} the quick brown fox jumps over the lazy dog\\n" for n in range(2500))
began = time.perf_counter()
for turn in range(20 * SECONDS):
    sys.stdout.write(line)
    sys.stdout.flush()
    time.sleep(max(0, began + (turn + 1) / 20 - time.perf_counter()))
"""
RUNBOOK = """\
# Deploy

## Deployment steps

### Flood
```bash
"$PYTHON" flood.py
```

### Numbers
```bash
seq 1 2000000
sleep 5
```

- [ ] Somebody has looked
"""
SETTINGS = """\
runbook = "docs/deploy.md"
[variables]
PYTHON = { from = "env:PYTHON", secret = false }
[sources.host]
type = "host"
[sources.disk]
type = "command"
command = "echo 5"
"""


def rows() -> list[Row]:
    with _deploy() as made, _attached(made) as (terminal, face):
        idle = _idle(terminal)
        memory = face.memory_full_info().pss / 2**20
        calm = _keys(terminal)
        terminal.press("enter")
        terminal.wait_for("lazy dog")
        sent, began, busy = terminal.sent, time.monotonic(), face.cpu_times().user
        _for(LOOK_SECONDS, terminal)
        seconds = time.monotonic() - began
        share = (face.cpu_times().user - busy) / seconds * 100
        kilobytes = (terminal.sent - sent) / seconds / 1000
        flooded = _keys(terminal)
        filtered = _keys(terminal, "/", "show only lines")
    numbers, cpu = _numbers()
    return [
        *_beside(idle),
        Row("  its memory (PSS)", memory, "MiB"),
        Row("key to paint at rest, p50", quantile(calm, 0.5) * 1e3, "ms"),
        Row("key to paint at rest, p99", quantile(calm, 0.99) * 1e3, "ms"),
        *_beside_rest("key to paint in a flood", flooded, calm),
        *_beside_rest("  in the filter of that log", filtered, calm),
        Row("a flood that is looked at: the face's processor", share, "%"),
        Row("  sent to the terminal", kilobytes, "KB/s"),
        Row("2 million lines: the last one on the screen", numbers, "s", "seq > /dev/null", _bare()),
        Row("  the face's processor for it", cpu, "s"),
    ]


def _beside_rest(name: str, taken: list[float], calm: list[float]) -> list[Row]:
    """p50 and p99, in ms, against those at rest."""
    return [
        Row(f"{name}, {label}", quantile(taken, share) * 1e3, "ms", "at rest", quantile(calm, share) * 1e3)
        for label, share in (("p50", 0.5), ("p99", 0.99))
    ]


@contextmanager
def _deploy() -> Iterator[Repository]:
    """An open deploy with its engine."""
    with repository(RUNBOOK, "bench") as made:
        (made.root / "flood.py").write_text(FLOOD.replace("SECONDS", str(FLOOD_SECONDS)))
        (made.root / "cockpit.toml").write_text(SETTINGS.replace("env:PYTHON", f"command:echo {sys.executable}"))
        opened = made.cockpit_until("run", "docs/deploy.md", "--headless", until="needs a person")
        opened.kill()
        opened.wait()
        yield made


@contextmanager
def _attached(made: Repository) -> Iterator[tuple[Terminal, psutil.Process]]:
    with Terminal([*COMMAND, "attach"], cwd=made.root, columns=COLUMNS, rows=ROWS) as terminal:
        terminal.wait_for("enter Deploy")
        terminal.press("]")
        terminal.wait_for("run Flood")
        terminal.at_rest()
        yield terminal, psutil.Process(terminal.pid)


def _idle(terminal: Terminal) -> float:
    """% of a core over some quiet seconds; what it sends is read, or it would wait for the terminal."""
    process = psutil.Process(terminal.pid)
    before, began = sum(process.cpu_times()[:2]), time.monotonic()
    _for(IDLE_SECONDS, terminal)
    return (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - began) * 100


def _beside(idle: float) -> list[Row]:
    """The face at rest, against others that watch: htop and btop, where they are installed, once a second as well."""
    found = []
    for argv in (["htop", "-d", "10"], ["btop"]):
        if shutil.which(argv[0]) is None:
            continue
        with tempfile.TemporaryDirectory() as home:
            settings = Path(home) / "btop" / "btop.conf"
            settings.parent.mkdir()
            settings.write_text("update_ms = 1000\n")
            with Terminal(argv, columns=COLUMNS, rows=ROWS, env={"XDG_CONFIG_HOME": home}) as terminal:
                _for(2.0, terminal)
                found.append(Row("face at rest, metrics at 1 s", idle, "%", argv[0], _idle(terminal)))
    return found or [Row("face at rest, metrics at 1 s", idle, "%")]


def _keys(terminal: Terminal, key: str = "i", field: str = "A line for the deploy log") -> list[float]:
    """Seconds from each key to its letter on the screen, in the field that `key` opens: of the note's dialog."""
    terminal.press(key)
    terminal.wait_for(field)
    _for(0.6, terminal)  # the dialog is deaf for its first moment
    typed, taken = "", []
    chance = random.Random(7)  # the same letters each time
    for _ in range(KEYS):
        letter = chance.choice(string.ascii_lowercase.replace("q", ""))
        shown = (typed + letter)[-12:]
        began = time.perf_counter()
        terminal.press(letter)
        while shown not in terminal.text:
            terminal.read_all(0.002)
            if time.perf_counter() - began > 10:
                raise AssertionError(terminal.text)
        typed += letter
        if len(typed) > 3:  # shorter ones may have stood there before
            taken.append(time.perf_counter() - began)
        _for(PAUSE, terminal)
        if len(typed) == 40:
            for _ in range(40):
                terminal.press("backspace")
            typed = ""
            _for(0.4, terminal)
    terminal.press("escape")
    _for(0.3, terminal)
    return taken


def _for(seconds: float, terminal: Terminal) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        terminal.read(0.01)


def _numbers() -> tuple[float, float]:
    """Seconds until the last of two million lines is on the screen, and the face's processor time for them."""
    found = []
    for _ in range(3):
        with _deploy() as made, _attached(made) as (terminal, face):
            terminal.press("s")
            terminal.wait_for("Why is this step skipped")
            _for(0.6, terminal)
            terminal.press("not now", "enter")
            terminal.wait_for("run Numbers")
            _for(1.0, terminal)
            cpu, began = sum(face.cpu_times()[:2]), time.perf_counter()
            terminal.press("enter")
            terminal.wait_for(r"│2000000\s", 60)
            found.append((time.perf_counter() - began, sum(face.cpu_times()[:2]) - cpu))
    return median([one[0] for one in found]), median([one[1] for one in found])


def _bare() -> float:
    import subprocess

    began = time.perf_counter()
    subprocess.run("seq 1 2000000 > /dev/null", shell=True, check=True)
    return time.perf_counter() - began
