"""Each way back of the demo brings the old state back: release, row counts and checksums, before and after."""

import contextlib
import os
import subprocess
from contextlib import ExitStack

import psutil
import psycopg
import pytest

from cockpit.client.session import Session, open_deploy
from cockpit.demo import Production
from cockpit.deploy import commands as c
from cockpit.history.reading import state_of
from cockpit.opening.deploy import open_plan
from tests.integration.cockpit.helpers import COMMAND
from tests.integration.demo.helpers import must, production, version
from tests.waiting import soon, wait_for


def _rows(built: Production) -> dict[str, tuple[int, str]]:
    """Per table: rows, and a checksum over all of them."""
    found: dict[str, tuple[int, str]] = {}
    with psycopg.connect(built.dsn) as connection:
        tables = connection.execute("SELECT relname FROM pg_stat_user_tables ORDER BY 1").fetchall()
        for (name,) in tables:
            query = f"SELECT count(*), coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') FROM {name} t"
            row = connection.execute(query.encode()).fetchone()
            assert row is not None
            found[str(name)] = (int(row[0]), str(row[1]))
    return found


async def _opened(built: Production) -> Session:
    os.environ.update(built.env)
    opened = open_plan(str(built.runbook))
    return await open_deploy(opened, "ann", opened.plan.planned_at)


def _end(session: Session) -> None:
    """Its engine, where the test failed before the deploy was over."""
    with contextlib.suppress(psutil.Error):
        engine = psutil.Process(state_of(session.layout, session.deploy_id).engine_pid)
        if session.deploy_id in engine.cmdline():
            engine.terminate()
            engine.wait(20)


async def _deploy(session: Session, last: str) -> None:
    """Up to this step; the items of its checklist are waived, its checks pass, its steps run."""
    plan = state_of(session.layout, session.deploy_id).plan
    assert plan is not None
    client = await session.connect()
    tasks = plan.tasks
    for task in tasks:
        if task.phase == "preflight" and task.script is not None:
            await soon(lambda one=task: state_of(session.layout, session.deploy_id).of(one.id).settled, seconds=60)  # type: ignore[misc]
        elif task.phase == "preflight":
            await client.ask(c.WaiveItem(task=task.id, reason="a test"))
    steps = [task for task in tasks if task.phase == "deploy"]
    for task in steps:
        if task.kind == "script":
            assert await client.ask(c.RunTask(task=task.id, attempt=1)) is None
            await soon(lambda one=task: state_of(session.layout, session.deploy_id).of(one.id).settled, seconds=60)  # type: ignore[misc]
        else:
            assert await client.ask(c.TickItem(task=task.id)) is None
        if task.title.startswith(last):
            break
    await client.close()


def _back(built: Production, number: int, *values: str) -> "subprocess.CompletedProcess[str]":
    given = [word for value in values for word in ("--set", value)]
    return subprocess.run(
        [*COMMAND, "rollback", "--option", str(number), "--yes", "--reason", "a test", *given],
        cwd=built.root,
        env={**os.environ, **built.env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@pytest.mark.parametrize("number", [1, 2, 3, 4])
async def test_a_way_back_brings_the_old_state_back(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with production("good") as built, ExitStack() as ended:
        monkeypatch.chdir(built.root)
        for name in built.env:
            monkeypatch.setenv(name, built.env[name])
        before, old = _rows(built), version(built)
        good = must(built, "bin/current").strip()
        # A restore is the way back of a migration; the release goes out after it.
        session = await _opened(built)
        ended.callback(_end, session)
        await _deploy(session, "Step 4" if number < 3 else "Step 3")
        assert (version(built) != old) == (number < 3)
        assert _rows(built) != before
        (backup,) = (built.root / "backups").glob("pre-deploy-*.dump")
        stamp = backup.stem.removeprefix("pre-deploy-")
        values = {2: (f"commit-sha={good}",), 3: (f"yyyymmdd-hhmmss={stamp}",), 4: (f"backup-file={stamp}",)}
        done = _back(built, number, *values.get(number, ()))
        assert done.returncode == 3, done.stdout + done.stderr
        wait_for(lambda: state_of(session.layout, session.deploy_id).closed == "rolled back", "the end", 30)
        assert version(built) == old
        if number >= 3:
            assert _rows(built) == before
