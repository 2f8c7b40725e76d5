"""From `cockpit attach` to a painted screen, against a Textual hello world."""

import sys
import tempfile
import time
from pathlib import Path

from bench.table import Row, median
from tests.integration.cockpit.helpers import COMMAND, repository
from tests.terminal import Terminal

TIMES = 7
HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    def compose(self):
        yield Static("hello world")
Hello().run()
"""
RUNBOOK = "# Deploy\n\n## Deployment steps\n\n- [ ] Somebody has looked\n\n```bash\ntrue\n```\n"


def _painted(argv: list[str], pattern: str, cwd: Path) -> float:
    taken = []
    for _ in range(TIMES + 1):
        began = time.perf_counter()
        with Terminal(argv, columns=160, rows=48, cwd=cwd) as terminal:
            terminal.wait_for(pattern)
            taken.append(time.perf_counter() - began)
    return median(taken[1:])  # the first one may have compiled


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as name, repository(RUNBOOK, "bench") as made:
        script = Path(name) / "hello.py"
        script.write_text(HELLO)
        hello = _painted([sys.executable, str(script)], "hello world", Path(name))
        opened = made.cockpit_until("run", "docs/deploy.md", "--headless", until="needs a person")
        opened.kill()
        opened.wait()
        attached = _painted([*COMMAND, "attach"], r"next: .*\S", made.root)
    return [Row("`cockpit attach` to a painted screen", attached * 1e3, "ms", "Textual hello world", hello * 1e3)]
