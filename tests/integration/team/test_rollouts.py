"""A rollout that a team shares: a lock of its own, off from any machine, nothing locked after it went back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.team.world import SETTINGS, Machine, Team, machines
from tests.waiting import wait_for

FLAGS = """
[sources.app]
type = "openmetrics"
url = "http://127.0.0.1:1/metrics"

[flags.checkout]
type = "file"
path = "../flags.json"
reread = "200ms"
settle = "1s"
"""


@pytest.fixture
def two(tmp_path: Path, team: Team) -> Iterator[tuple[Machine, Machine]]:
    with machines(
        tmp_path,
        lambda home: Machine(home, "Anna", team.dsn("anna"), SETTINGS + FLAGS),
        lambda home: Machine(home, "Ben", team.dsn("ben"), SETTINGS + FLAGS),
    ) as (anna, ben):
        for machine in (anna, ben):
            (machine.root / "flags.json").write_text('{"checkout": 100}')
        yield anna, ben


def _percent(machine: Machine) -> object:
    return json.loads((machine.root / "flags.json").read_text())["checkout"]


def test_off_from_another_machine_is_carried_out_where_the_rollout_runs(
    team: Team, two: tuple[Machine, Machine]
) -> None:
    anna, ben = two
    looking = anna.start("rollout", "checkout", "--headless")
    rollout = anna.opened()
    anna.has(rollout, "FlagRead")
    wait_for(lambda: team.chain(rollout) or None, "the team's copy")
    assert "free" in ben.cockpit("team", "status"), "the environment is nobody's"
    said = ben.cockpit("rollout", "checkout", "--off", "--reason", "customers call")
    assert "checkout OFF: customers call" in said
    assert (_percent(anna), _percent(ben)) == (0, 100), "it was set once, where the rollout runs"
    closed = ben.cockpit("rollout", "checkout", "--close", "rolled back", "--reason", "customers call")
    assert "rollout closed: rolled back" in closed
    looking.communicate(timeout=60)
    assert looking.returncode == 3
    again = anna.start("rollout", "checkout", "--headless")
    wait_for(lambda: len(anna.deploys()) == 2 or None, "the next rollout: nothing is locked")
    again.kill()
