"""The demo production: its scripts do what the runbook says, and customers do not notice."""

import json
import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cockpit.demo import BuildError, Production, build
from cockpit.demo.scenarios import SCENARIOS
from cockpit.postgres.binaries import find
from tests.integration.demo.helpers import must, production, run, status, version
from tests.waiting import wait_for


@pytest.fixture(scope="module")
def good() -> Iterator[Production]:
    with production("good") as built:
        yield built


def test_it_begins_with_the_older_release_and_customers(good: Production) -> None:
    assert status(good)["previous"] == must(good, "git rev-parse v1.3.2^{commit}").strip()
    wait_for(lambda: status(good)["traffic"].get("200", 0) > 40)
    assert must(good, "git describe --tags HEAD").strip() == "v1.5.0"
    assert must(good, "git status --porcelain") == ""


def test_every_automatic_item_of_the_checklist_passes(good: Production) -> None:
    text = good.runbook.read_text()
    commands = re.findall(r"^- \[ \] .*\(`(.+)`\)$", text, re.MULTILINE)
    commands = [command for command in commands if not command.startswith("docs/")]
    assert len(commands) == 6
    for command in commands:
        must(good, command)
    assert len(re.findall(r"^- \[ \]", text.split("## Deployment steps")[0], re.MULTILINE)) <= 18
    assert "@" not in text


def test_a_deploy_and_its_rollback_lose_no_request(good: Production) -> None:
    out = must(good, "bin/backup && bin/migrate && bin/migrate --status")
    assert out.count("applied  ") == 4
    assert "pending" not in out
    assert "v1.5.0" in must(good, "bin/release HEAD")
    assert version(good) == "1.5.0"
    must(good, f"bin/smoke {good.url}")
    before = status(good)["traffic"]["200"]
    wait_for(lambda: status(good)["traffic"]["200"] > before + 30)
    assert "v1.4.0" in must(good, "bin/rollback")
    assert version(good) == "1.4.0"
    (backup,) = (good.root / "backups").glob("pre-deploy-*.dump")
    assert "restored 4000 orders" in must(good, f"bin/restore backups/{backup.name}")
    assert "pending   20261103_delivery_day" in must(good, "bin/migrate --status")
    traffic = status(good)["traffic"]
    assert set(traffic) == {"sent", "200"}, "no request was lost, none failed"


def test_a_release_without_its_migration_does_not_take_over(good: Production) -> None:
    # Alone or after the test above, the database is without the new column.
    done = run(good, "bin/release v1.5.0")
    assert done.returncode == 1
    assert "migration 20261104_delivery_day_index is missing" in done.stdout
    assert version(good) == "1.4.0"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("bin/release no-such-ref", "no commit"),
        ("bin/release --output=x", "unrecognized"),
        ("bin/smoke http://127.0.0.1:1", "no answer"),
        ("bin/restore backups/pre-deploy-YYYYMMDD-HHMMSS.dump", "no backup at"),
        ("printf PGDMP >cut.dump; trap 'rm cut.dump' EXIT; bin/restore cut.dump", "pg_restore: error"),
        ("DATABASE_URL=postgresql://u:pw@127.0.0.1:1/shop bin/backup; echo never", "refused"),
        ("env -u DATABASE_URL bin/backup", "DATABASE_URL is missing"),
    ],
)
def test_scripts_fail_with_a_reason_and_a_status(good: Production, command: str, words: str) -> None:
    done = run(good, command)
    assert done.returncode != 0
    assert words in done.stdout
    assert "never" not in done.stdout
    assert list((good.root / "backups").glob("*.partial")) == []


def test_secrets_lie_nowhere(good: Production) -> None:
    password = psycopg.conninfo.conninfo_to_dict(good.dsn)["password"]
    assert isinstance(password, str)
    found = subprocess.run(["grep", "-rl", password, str(good.directory)], capture_output=True, text=True, check=False)
    assert found.stdout == ""
    assert password not in repr(good)
    private = good.directory / "platform.json"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert set(json.loads(private.read_text())) == {"control", "token", "pid"}


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(BuildError, match="not empty"):
        build(tmp_path, "good", quick=True)


def test_it_also_stands_on_the_wheels_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COCKPIT_PG_BIN", str(find(("wheel",)).bin_dir))
    with production("good") as built:
        assert "18" in must(built, "pg_dump --version && bin/backup && bin/migrate")
        must(built, "bin/restore backups/pre-deploy-*.dump")


def test_an_unknown_scenario_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="good, errors, slow, pool, dead, failing-step, failing-migration, rollout"):
        build(tmp_path, "perfect", quick=True)
    assert len(SCENARIOS) == 8
