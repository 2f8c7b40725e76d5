"""Who may deploy to an environment: one row a space, changed by compare-and-swap, and beside it a session's lock."""

from msgspec import Struct

from cockpit.team import record
from cockpit.team.base import Connection, Me, TeamError, actor, text
from cockpit.text.amounts import seconds_words

CLASS = 0x636F636B
"""First half of the advisory lock's key; the space is the second. It is gone with its session: the row says who."""
TRIES = 5
"""A lock that is given back between a try and the look who has it is tried again."""
GONE_SECONDS = 20.0
"""A holder whose session is gone as well is taken for dead after this silence already."""

LEFT = ("could not be", "was closed")
"""How the reason begins where the rollback was none that went well."""

_READ = """
SELECT l.epoch, l.kind, coalesce(l.deploy, ''), l.holder, l.host, l.version, l.reason,
  coalesce(extract(epoch FROM clock_timestamp() - l.taken_at)::float8, 0),
  extract(epoch FROM clock_timestamp() - d.heartbeat_at)::float8,
  EXISTS (SELECT FROM pg_locks p WHERE p.locktype = 'advisory' AND p.classid = %s AND p.objid = l.space AND p.granted),
  l.login
FROM cockpit.locks l LEFT JOIN cockpit.deploys d ON d.deploy = l.deploy WHERE l.space = %s
"""


class Held(Struct, frozen=True):
    """Who holds an environment, as the database has it; ages in seconds by the database's clock."""

    epoch: int
    kind: str
    """`deploy`: released with the end of its deploy; `manual`, `rolled back`: until somebody unlocks it."""
    deploy: str
    holder: str
    host: str
    version: str
    reason: str
    since_seconds: float
    silent_seconds: float | None
    """Since the engine's last heartbeat; None where no engine holds it."""
    connected: bool
    """A session of the holder is connected to this very server."""
    login: str = ""
    """Of the database, whoever the holder says that they are; empty: from before logins were recorded."""

    @property
    def who(self) -> str:
        return actor(self.holder, self.login) if self.login else self.holder

    def is_dead(self, dead_after: float) -> bool:
        """True where the holder has been silent for so long that it may be taken over."""
        if self.silent_seconds is None:
            return False
        return self.silent_seconds > (dead_after if self.connected else min(dead_after, GONE_SECONDS))

    def words(self, dead_after: float) -> str:
        """`held by anna on web-1 for 12 min: deploy 2026..., engine last heard of 1 s ago`."""
        since = seconds_words(self.since_seconds)
        if self.kind != "deploy":
            if self.kind == "manual":
                return f"locked manually by {self.who} {since} ago: {self.reason} (`cockpit unlock REASON`)"
            if self.reason.startswith(LEFT):
                since_when = f"locked since deploy {self.deploy}, {since} ago by {self.who}"
                return f"{since_when}: it {self.reason} (`cockpit unlock REASON`)"
            what = f"rolled back in deploy {self.deploy}"
            return f"{what} by {self.who} {since} ago: {self.reason} (`cockpit unlock REASON`)"
        text = f"locked by {self.who} on {self.host} for {since}: deploy {self.deploy}, version {self.version}"
        if self.silent_seconds is None:
            return text
        heard = f"{text}, engine last seen {seconds_words(self.silent_seconds)} ago"
        if self.is_dead(dead_after):
            return f"{heard}, presumed dead. Take over: cockpit attach {self.deploy} --take-over REASON"
        return (
            f"{heard}. Wait for it (--wait), watch it (cockpit watch {self.deploy}), or request it (cockpit team "
            "ask REASON)"
        )


async def space_of(connection: Connection, project: str, environment: str) -> int:
    row = await (await connection.execute("SELECT cockpit.space_of(%s, %s)", (project, environment))).fetchone()
    assert row is not None
    return int(row[0])


async def known_space(connection: Connection, project: str, environment: str) -> int | None:
    """The space where it is there and this login may see it."""
    query = "SELECT space FROM cockpit.spaces WHERE project = %s AND environment = %s"
    row = await (await connection.execute(query, (project, environment))).fetchone()
    return int(row[0]) if row is not None else None


async def visible(connection: Connection, project: str, environment: str) -> None:
    """Raises TeamError where this login may not see the environment: not seen is not free."""
    query = "SELECT cockpit.may_see(%s, %s), session_user::text"
    row = await (await connection.execute(query, (project, environment))).fetchone()
    if row is None or not row[0]:
        login = row[1] if row is not None else "this login"
        raise TeamError(
            f"{environment} of {project} is not visible to {login}, so it is unknown whether it is free. The schema "
            f"owner must run: cockpit team member {login} --watcher (or --operator)"
        )


async def read(connection: Connection, space: int) -> Held | None:
    """Who holds the space; None where it is free. Raises TeamError where its row cannot be seen."""
    row = await (await connection.execute(_READ, (CLASS, space))).fetchone()
    if row is None:
        raise TeamError("the environment's lock is not visible to this login, so it is unknown whether it is free")
    return Held(*row) if row[1] is not None else None


async def take(connection: Connection, space: int, deploy: str, who: Me, by: str, opened_at: float) -> Held | None:
    """Take the space for this deploy and make the deploy's row, both or none. None: it is ours; else who has it."""
    for _ in range(TRIES):
        if await _take(connection, space, deploy, who, by, opened_at):
            return None
        if (held := await read(connection, space)) is not None:
            return held
        # It was given back in between.
    raise TeamError("the environment's lock is free but cannot be taken; is this login an operator of it?")


async def _take(connection: Connection, space: int, deploy: str, who: Me, by: str, opened_at: float) -> bool:
    async with connection.transaction():
        cursor = await connection.execute(
            "UPDATE cockpit.locks SET epoch = epoch + 1, kind = 'deploy', deploy = %s, holder = %s, host = %s, "
            "version = %s, reason = '', taken_at = clock_timestamp() "
            "WHERE space = %s AND (kind IS NULL OR (kind = 'deploy' AND deploy = %s))",
            (deploy, text(by), who.host, who.version, space, deploy),
        )
        if cursor.rowcount == 1:
            await record.register(connection, space, deploy, who, by, opened_at)
            await _ours(connection, space, deploy, who)
        return cursor.rowcount == 1


async def _ours(connection: Connection, space: int, deploy: str, who: Me) -> None:
    """Raises TeamError where another environment or machine has a deploy of that very name: nothing is taken then."""
    cursor = await connection.execute(
        "SELECT 1 FROM cockpit.deploys WHERE deploy = %s AND space = %s AND owner = %s", (deploy, space, who.owner)
    )
    if await cursor.fetchone() is None:
        raise TeamError(f"the team journal already has another deploy {deploy}. Start again with a new name")


async def give_up(connection: Connection, deploy: str) -> None:
    """A deploy that was never opened: its lock goes."""
    await _free(connection, deploy, "", "")


async def release(connection: Connection, deploy: str, outcome: str, reason: str) -> None:
    """The deploy is over. After a rollback (`rolled back`, also for one that failed) its environment stays locked, with
    the reason (as Shipit does)."""
    await _free(connection, deploy, "rolled back" if outcome == "rolled back" else "", reason)


async def _free(connection: Connection, deploy: str, kind: str, reason: str) -> None:
    await connection.execute(
        "UPDATE cockpit.locks SET epoch = epoch + 1, kind = %s, deploy = CASE WHEN %s::text IS NULL THEN NULL ELSE "
        "deploy END, reason = %s, taken_at = clock_timestamp() WHERE deploy = %s AND kind = 'deploy'",
        (kind or None, kind or None, text(reason), deploy),
    )


async def lock_by_hand(connection: Connection, space: int, by: str, host: str, reason: str) -> Held | None:
    """Nobody deploys until somebody unlocks it. None: done; else who has it."""
    for _ in range(TRIES):
        cursor = await connection.execute(
            "UPDATE cockpit.locks SET epoch = epoch + 1, kind = 'manual', deploy = NULL, holder = %s, host = %s, "
            "reason = %s, taken_at = clock_timestamp() WHERE space = %s AND kind IS NULL",
            (text(by), host, text(reason), space),
        )
        if cursor.rowcount == 1:
            return None
        if (held := await read(connection, space)) is not None:
            return held
    raise TeamError("the environment is free but cannot be locked; is this login an operator of it?")


async def unlock(connection: Connection, space: int, epoch: int, by: str, reason: str) -> bool:
    """Take back a lock that is not a deploy's, the very one that was seen. False: it is another one by now."""
    cursor = await connection.execute(
        "UPDATE cockpit.locks SET epoch = epoch + 1, kind = NULL, deploy = NULL, holder = %s, reason = %s, "
        "taken_at = clock_timestamp() WHERE space = %s AND epoch = %s AND kind IN ('manual', 'rolled back')",
        (text(by), text(reason), space, epoch),
    )
    return cursor.rowcount == 1


async def hold_session(connection: Connection, space: int) -> bool:
    """Hold the advisory lock on this session; True where it is held (by this session, also from before)."""
    row = await (await connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (CLASS, space))).fetchone()
    return bool(row and row[0])


async def let_session_go(connection: Connection, space: int) -> None:
    await connection.execute("SELECT pg_advisory_unlock(%s, %s)", (CLASS, space))


_IS_DEAD = """clock_timestamp() - d.heartbeat_at > make_interval(secs => CASE WHEN EXISTS (
  SELECT FROM pg_locks p WHERE p.locktype = 'advisory' AND p.classid = %(class)s AND p.objid = d.space AND p.granted)
  THEN %(dead)s::float8 ELSE least(%(dead)s::float8, %(gone)s::float8) END)"""
_TAKE_OVER = f"""
UPDATE cockpit.deploys d SET owner = %(owner)s, host = %(host)s, epoch = epoch + 1, offered_to = NULL,
  heartbeat_at = clock_timestamp()
WHERE deploy = %(deploy)s AND epoch = %(seen)s AND outcome IS NULL AND ({_IS_DEAD} OR lower(offered_to) IN (
  lower(%(by)s), lower(session_user || ' (as ' || %(by)s || ')')))
RETURNING epoch, session_user::text
"""  # noqa: S608 - constants


def _limits(dead_after: float) -> dict[str, object]:
    return {"class": CLASS, "dead": dead_after, "gone": GONE_SECONDS}


async def is_dead(connection: Connection, deploy: str, dead_after: float) -> bool:
    """True where the deploy's owner has been silent for so long that it may be taken over."""
    query = f"SELECT {_IS_DEAD} FROM cockpit.deploys d WHERE deploy = %(deploy)s"  # noqa: S608 - constants
    row = await (await connection.execute(query, {**_limits(dead_after), "deploy": deploy})).fetchone()
    return bool(row and row[0])


async def take_over(
    connection: Connection, deploy: str, seen_epoch: int, who: Me, by: str, dead_after: float
) -> tuple[int, str] | None:
    """Become the deploy's owner: where its engine is silent for too long, or it was offered to this person. By
    compare-and-swap with the owner that was seen. The new epoch and who acts, with the login; None: it lives, or
    another engine was faster."""
    values = {"owner": who.owner, "host": who.host, "deploy": deploy, "seen": seen_epoch, "by": text(by)}
    async with connection.transaction():
        row = await (await connection.execute(_TAKE_OVER, {**values, **_limits(dead_after)})).fetchone()
        if row is None:
            return None
        await connection.execute(
            "UPDATE cockpit.locks SET epoch = epoch + 1, holder = %s, host = %s, version = %s, "
            "taken_at = clock_timestamp() WHERE deploy = %s AND kind = 'deploy'",
            (text(by), who.host, who.version, deploy),
        )
    return int(row[0]), actor(by, str(row[1]))


async def offer(connection: Connection, deploy: str, epoch: int, to: str) -> bool:
    """Let this person take the deploy over at once."""
    cursor = await connection.execute(
        "UPDATE cockpit.deploys SET offered_to = %s WHERE deploy = %s AND epoch = %s", (text(to) or None, deploy, epoch)
    )
    return cursor.rowcount == 1
