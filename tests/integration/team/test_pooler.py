"""Through PgBouncer that pools transactions: no LISTEN, no session lock, the same record."""

from pathlib import Path

import pytest

from cockpit.deploy import commands as c
from tests.integration.metrics.programs import PGBOUNCER, pgbouncer
from tests.integration.team.owner import Owner, owner
from tests.integration.team.test_follow import replica
from tests.integration.team.world import PASSWORDS, Team
from tests.waiting import soon

pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed")


async def test_a_team_behind_a_pooler_looks_acts_and_locks(team: Team, tmp_path: Path) -> None:
    users = {login: PASSWORDS[login] for login in ("anna", "ben")}
    with pgbouncer(f"host=127.0.0.1 port={team.server.port}", users) as dsn:
        async with (
            owner(tmp_path / "a", dsn("anna", team.name), listen=False) as one,
            replica(tmp_path / "b", dsn("ben", team.name), listen=False) as other,
        ):
            await one.run("Build")
            assert await other.handle(c.AddNote(text="seen through the pooler"), "ben") is None
            await soon(lambda: other.state == one.engine.state or None, "the same state on both sides")
            assert team.ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]
            third = Owner(tmp_path / "c", dsn("ben", team.name), "d2", listen=False)
            try:
                refusal = await third.open(by="ben")
                assert refusal is not None
                assert refusal.locked == "deploy"
            finally:
                await third.stop()
