"""Without `[team]` everything is as it was, and nothing of PostgreSQL is loaded."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.team.world import SETTINGS, Machine, machines
from tests.waiting import wait_for

ALONE = SETTINGS.partition("[team]")[0]


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Machine]:
    with machines(tmp_path, lambda home: Machine(home, "Anna", "", settings=ALONE)) as (machine,):
        yield machine


def _loads_psycopg(machine: Machine) -> set[str]:
    """Commands of processes that have a part of psycopg in their memory."""
    found = set()
    for process in machine.processes():
        try:
            maps = Path(f"/proc/{process.pid}/maps").read_text()
        except OSError:
            continue
        if "psycopg" in maps:
            found.add(" ".join(process.cmdline()[:4]))
    return found


def test_a_deploy_without_a_team_loads_no_postgresql_at_all(alone: Machine) -> None:
    face = alone.start("run", "--headless", "--yes")
    deploy = alone.opened()
    alone.has(deploy, "CommandReached")
    assert len(alone.processes()) >= 4  # face, watchdog, engine, supervisor, script
    assert _loads_psycopg(alone) == set()
    alone.gate.touch()
    said, _ = face.communicate(timeout=60)
    assert face.returncode == 0, said
    assert "team's" not in said
    assert not any(kind.startswith(("Team", "Watchers")) for kind in alone.kinds(deploy))


def test_the_measure_of_what_is_loaded_can_fail(alone: Machine) -> None:
    import subprocess
    import sys

    code = "import psycopg, sys; print('in', flush=True); sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=alone.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "in\n"
    assert len(_loads_psycopg(alone)) == 1
    process.communicate("")


@pytest.mark.parametrize("words", [("team", "status"), ("team", "ask", "x"), ("team", "sync"), ("history", "--team")])
def test_asking_for_the_team_without_one_says_what_is_missing(alone: Machine, words: tuple[str, ...]) -> None:
    assert 'has no [team]: add dsn = "env:TEAM_DATABASE_URL"' in alone.cockpit(*words, status=2)


def test_a_team_whose_variable_is_not_set_says_which(tmp_path: Path) -> None:
    with machines(tmp_path, lambda home: Machine(home, "Anna", "")) as (machine,):
        del machine.env["TEAM_DSN"]
        assert "$TEAM_DSN is not set: [team] dsn in cockpit.toml names it" in machine.cockpit(
            "run", "--headless", "--yes", status=4
        )
        machine.gate.touch()
        machine.cockpit("run", "--headless", "--yes", "--without-team-lock", "nobody else is here")
        deploy = machine.opened()
        assert "TeamLost" in machine.kinds(deploy)
        owed = machine.layout.deploy(deploy) / "owed"
        assert wait_for(owed.exists)


def test_an_address_that_cannot_be_read_is_not_shown(tmp_path: Path) -> None:
    dsn = "postgresql://anna:p@ss/word@db/team"
    with machines(tmp_path, lambda home: Machine(home, "Anna", dsn)) as (machine,):
        said = machine.cockpit("run", "--headless", "--yes", status=4)
        assert "[team]: the dsn cannot be parsed" in said
        assert "p@ss" not in said
        machine.gate.touch()
        said = machine.cockpit("run", "--headless", "--yes", "--without-team-lock", "the dsn is wrong")
        assert "p@ss" not in said
        files = [path for path in machine.checkout.rglob("*") if path.is_file()]
        assert not [path for path in files if b"p@ss/word" in path.read_bytes()]
