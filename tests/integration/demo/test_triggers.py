"""The whole way by itself: a bad release, the trigger, the rollback, production back; also with nobody attached."""

import re
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from cockpit.client.session import deploys
from cockpit.history.reading import events_of, state_of
from cockpit.paths import Layout
from tests.integration.cockpit.helpers import COMMAND, short_folder
from tests.waiting import wait_for

TRIGGERS = [
    ("errors", r"errors \d+(\.\d)? % > 5 % for \d+ s \(\d+ of \d+ samples: "),
    ("slow", r"p95 \d+(\.\d)? s > 2 s for \d+ s"),
    ("pool", r"db pool 9\d % > 95 % for \d+ s"),
    ("dead", r"health 503 in \d+ ms, 2xx expected \(3 times in a row\)"),
]


def _demo(scenario: str, folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*COMMAND, "demo", "--headless", "--yes", "--scenario", scenario, "--dir", str(folder / "demo")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize(("scenario", "trigger"), TRIGGERS)
def test_a_bad_release_is_rolled_back_and_the_log_says_why(scenario: str, trigger: str) -> None:
    with short_folder() as folder, _demo(scenario, folder) as demo:
        said, _ = demo.communicate(timeout=100)
        assert demo.returncode == 3, said
        # On a busy machine the release dies while the gate still looks: whichever sees it first takes it back.
        by_gate = "gate handover failed: health" in said
        assert by_gate or re.search(f"TRIGGER: {trigger}", said), said
        layout = Layout(folder / "demo" / "shop")
        state = state_of(layout, deploys(layout)[0].id)
        assert state.closed == "rolled back"
        assert state.rollback is not None
        assert state.rollback.automatic or by_gate
        assert state.rollback.healthy is True
        (log,) = (layout.root / "reports" / "deploys").glob("*.md")
        text = log.read_text()
        assert "- Required: Yes" in text
        assert by_gate or "- Started by: trigger" in text
        assert "finished, healthy" in text


def test_with_nobody_attached_production_is_rolled_back_all_the_same() -> None:
    with short_folder() as folder, _demo("errors", folder) as demo:
        assert demo.stdout is not None
        said = ""
        while "Switch to the new release: succeeded" not in said:
            line = demo.stdout.readline()
            assert line, said
            said += line
        demo.send_signal(signal.SIGKILL)
        demo.wait()
        layout = Layout(folder / "demo" / "shop")
        newest = deploys(layout)[0].id
        wait_for(lambda: deploys(layout)[0].outcome == "rolled back", "the rollback", 60)
        wait_for(lambda: state_of(layout, newest).log_complete, "the log")
        state = state_of(layout, newest)
        assert state.rollback is not None
        assert state.rollback.healthy is True
        assert not [event for event in events_of(layout, newest) if event.by not in ("cockpit", "demo")]
        url = re.search(r"running: (http\S+)", said)
        assert url is not None
        assert httpx.get(f"{url[1]}/health").status_code == 200
