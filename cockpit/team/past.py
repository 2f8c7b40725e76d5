"""Past deploys of a project from the team's journal, in the form in which the local journal gives them."""

from collections.abc import Sequence

from cockpit.history.deploys import Choice
from cockpit.journal.chain import Row
from cockpit.journal.sqlite import DeployRow
from cockpit.team import record
from cockpit.team.base import Connection

LISTED = 10_000
"""Deploys that are known at all, the newest ones."""
_KINDS = """
SELECT deploy, seq, at, actor, kind, v, body, digest FROM cockpit.events
WHERE deploy = ANY (%s) AND kind = ANY (%s) ORDER BY deploy, seq
"""
_PORTION = 50
"""Deploys a question: each brings its plan along, with the runbook in it."""


class TeamPast:
    """What was fetched; asked like a `Journal`."""

    def __init__(self, deploys: Sequence[DeployRow], rows: dict[str, list[Row]]) -> None:
        self._deploys = list(deploys)
        self._rows = rows

    def deploys(self) -> list[DeployRow]:
        return self._deploys

    def read_kinds(self, deploy: str, kinds: Sequence[str]) -> list[Row]:
        return [row for row in self._rows.get(deploy, []) if row.kind in kinds]

    def why_cut(self, deploy: str) -> str:
        """The database keeps its own promise of wholeness."""
        return ""


async def fetch(connection: Connection, project: str, kinds: Sequence[str], choice: Choice) -> TeamPast:
    """The project's past as far as this login may see it: all its deploys, and the events of those that are chosen."""
    deploys = await record.deploys(connection, project, None, LISTED)
    chosen = list(choice(deploys))
    rows: dict[str, list[Row]] = {}
    for start in range(0, len(chosen), _PORTION):
        cursor = connection.cursor(binary=True)
        await cursor.execute(_KINDS, (chosen[start : start + _PORTION], list(kinds)))
        for deploy, *values in await cursor.fetchall():
            rows.setdefault(deploy, []).append(Row(*values))
    return TeamPast(deploys, rows)
