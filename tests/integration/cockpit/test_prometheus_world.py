"""The whole cockpit on a terminal, before a real Prometheus: what dies is said to be dead, and nothing is healthy by
silence."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

from tests.integration.cockpit.helpers import COMMAND, Repository, repository
from tests.integration.metrics.programs import PROMETHEUS, needs, prometheus
from tests.integration.metrics.service import Service, service
from tests.terminal import Terminal
from tests.waiting import wait_for

pytestmark = needs(PROMETHEUS, "prometheus")

RUNBOOK = """\
# Baking

## Deployment steps

### Step 1: Deploy the bread
```bash
echo fresh > bread.txt
```

### Step 2: Sell
```bash
echo sold
```

## Rollback

```bash
echo stale > bread.txt
```
"""
SETTINGS = """\
runbook = "docs/deploy.md"
baseline = "1s"

[rollback]
countdown = "1s"

[sources.prom]
type = "prometheus"
url = "{url}"
job = "web"
window = "2s"
interval = "0.5s"

[metrics.errors]
for = "1s"
"""


@dataclass
class World:
    here: Repository
    web: Service
    process: "Popen[bytes]"

    def terminal(self) -> Terminal:
        return Terminal([*COMMAND, "run", "--accept-reading"], cwd=self.here.root, columns=140, rows=36)


@contextmanager
def world(folder: Path, settings: str = SETTINGS) -> Iterator[World]:
    """A service that answers well, a Prometheus that scrapes it, and a repository that names both."""
    with ExitStack() as stack:
        web = stack.enter_context(service())
        web.growing = lambda n: web.page(20 * n, 0, {"0.1": 20 * n, "+Inf": 20 * n})
        process, url = stack.enter_context(prometheus(folder, {"web": web.server_address[1]}, "500ms"))
        wait_for(lambda: web.asked >= 6, "six scrapes")
        here = stack.enter_context(repository(RUNBOOK))
        (here.root / "cockpit.toml").write_text(settings.format(url=url))
        yield World(here, web, process)


def _shipped(terminal: Terminal) -> None:
    """Past the first step that changes production: the triggers are armed."""
    terminal.wait_for(r"errors\s+0.* ok")
    terminal.wait_for(r"next: .*Deploy")
    terminal.press("]")
    terminal.wait_for(r"next: .*run Step 1: Deploy the bread")
    terminal.press("enter")
    terminal.wait_for("triggers armed")


def test_a_killed_service_is_down_and_never_healthy(tmp_path: Path) -> None:
    with world(tmp_path) as made, made.terminal() as terminal:
        _shipped(terminal)
        made.web.stop()
        terminal.wait_for("no data")
        terminal.wait_for("target down: up = 0")
        terminal.wait_for("on hold|held", 30)
        state = made.here.state
        assert state.rollback is None
        assert state.hold is not None
        assert "target down" in state.hold.reason or "no sample" in state.hold.reason
        assert state.level("errors") == "no data"


def test_a_stopped_prometheus_holds_with_its_reason_and_rolls_nothing_back(tmp_path: Path) -> None:
    with world(tmp_path) as made, made.terminal() as terminal:
        _shipped(terminal)
        made.process.kill()
        made.process.wait(10)
        terminal.wait_for("connection refused", 30)
        terminal.wait_for("on hold|held", 30)
        state = made.here.state
        assert (state.rollback, state.countdown) == (None, None)
        assert state.hold is not None
        assert state.hold.reason.startswith("no data: errors: error for ")
        assert "connection refused" in state.hold.reason
        assert (made.here.root / "bread.txt").read_text() == "fresh\n"


def test_a_wrong_query_is_shown_in_prometheus_own_words(tmp_path: Path) -> None:
    settings = SETTINGS.replace("[metrics.errors]", '[metrics.odd]\nsource = "prom"\n\n[metrics.errors]')
    wrong = settings + '\n[metrics.odd.options]\nquery = "sum(rate(http_requests_total[1m)"\n'
    with world(tmp_path, wrong) as made, made.terminal() as terminal:
        terminal.wait_for("parse error", 30)
        wait_for(lambda: made.here.state.level("odd") == "error", "the error")
        said = made.here.state.metrics["odd"].latest.reason
        assert "parse error" in said
