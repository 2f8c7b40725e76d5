"""The database on which it is tried: a server of our own that is thrown away, or a given one that is no production."""

import io
import ipaddress
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from msgspec import Struct

from cockpit.backup.database import BackupError, Database, NotNamed, program
from cockpit.backup.load import load, make_roles, room_for
from cockpit.backup.pour import pour_script
from cockpit.backup.verify import verify
from cockpit.postgres.binaries import PostgresMissing
from cockpit.postgres.server import ScratchServer, ServerError
from cockpit.text.sanitize import one_line

NAME = "rehearsal"
SETTINGS = {
    # Times and WAL as in production: durable; nothing beside the migration that would write.
    "autovacuum": "off",
    "shared_buffers": "128MB",
    "max_wal_size": "4GB",
    "full_page_writes": "on",
}
Say = Callable[[str], None]


class Refused(Exception):
    """The rehearsal does not begin; the text says why. A question of usage."""


class Ready(Struct, frozen=True):
    """The loaded database. `data`: what is in it, in words; `bin_dir`: programs that fit its server."""

    database: Database
    server: str
    data: str
    bin_dir: Path | None = None


def from_variable(text: str, option: str) -> Database:
    """The database of `env:NAME`. Raises Refused: an address on a command line would show its password to everybody."""
    try:
        return Database.of_variable(text, option)
    except NotNamed as error:
        raise Refused(str(error)) from error
    except BackupError as error:
        raise Refused(f"{option}: {error}") from error


@contextmanager
def scratch(source: str, given: str, say: Say, *, i_know: bool) -> Iterator[Ready]:
    """`source`: a backup's path, env:NAME (only its schema is read) or nothing; `given`: env:NAME of an empty database,
    or nothing: an own server. Raises Refused, BackupError."""
    if given:
        database = from_variable(given, "--scratch")
        _not_production(database, i_know=i_know)
        with database.connection() as connection:
            version = connection.info.server_version // 10000
        yield _loaded(source, database, f"PostgreSQL {version}, {database.place()}", None, say)
        return
    try:
        with ScratchServer(settings=SETTINGS, durable=True) as server:
            say("a scratch PostgreSQL is running")
            with psycopg.connect(server.dsn(), autocommit=True) as admin:
                admin.execute(f"CREATE DATABASE {NAME} TEMPLATE template0")
                version = admin.info.server_version // 10000
            words = f"PostgreSQL {version}, scratch server"
            yield _loaded(source, Database(server.dsn(NAME)), words, server.bin_dir, say)
    except (PostgresMissing, ServerError) as error:
        raise Refused(str(error)) from error


def _not_production(database: Database, *, i_know: bool) -> None:
    """Raises Refused: a rehearsal changes what it is given. Asked twice: what the address says, before anybody connects
    to it, and where the connection went: $PGHOST and libpq's services are in no address."""
    far = f"--scratch: {database.place()} is not on a loopback or private address (--i-know if it is not production)"
    if not i_know and not _is_near(database.host()):
        raise Refused(far)
    with database.connection() as connection:
        if not i_know and not _is_near(connection.info.hostaddr):
            raise Refused(far)
    there = len(database.estimates())
    if there:
        raise Refused(f"--scratch: {database.place()} is not empty ({there} tables); a rehearsal needs an empty one")
    others = database.others_within_reach()
    if others and not i_know:
        raise Refused(
            f"--scratch: its login may change other databases of that server ({', '.join(others[:5])}). Use a login "
            "that owns only the scratch database, or omit --scratch for a scratch server (--i-know overrides)"
        )


def _is_near(host: str) -> bool:
    if not host or host.startswith("/") or host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_private


def _loaded(source: str, database: Database, server: str, bin_dir: Path | None, say: Say) -> Ready:
    if not source:
        return Ready(database, server, "none; the migrations start with an empty database", bin_dir)
    if source.startswith("env:"):
        data = _schema_of(from_variable(source, "--from"), database, bin_dir, say)
    else:
        found = verify(Path(source))
        say(f"verified: {found.words()}")
        hindered = room_for(found, Path("/tmp")) if bin_dir else ""  # noqa: S108  where a scratch server keeps its data
        if hindered:
            raise BackupError(hindered)
        skipped = load(found, database, bin_dir=bin_dir)
        data = f"{found.path.name}, {len(found.filled)} tables with data"
        left_out = f" (skipped: {skipped} statements about the server and its roles)" if skipped else ""
        say(f"loaded {data}{left_out}")
    with database.connection() as connection:
        connection.execute("ANALYZE")
    return Ready(database, server, data, bin_dir)


def _schema_of(production: Database, into: Database, bin_dir: Path | None, say: Say) -> str:
    """The structure alone: no row leaves production."""
    with production.connection() as connection:
        roles = {str(name) for (name,) in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
    make_roles(into, roles)
    own = bin_dir / "pg_dump" if bin_dir else None
    tool = str(own) if own and own.is_file() else program("pg_dump")
    dump = subprocess.run(
        [tool, "--schema-only", "--no-owner", "--lock-wait-timeout=2s"],
        env=production.environment(), stdin=subprocess.DEVNULL, capture_output=True, check=False,
    )  # fmt: skip
    if dump.returncode:
        raise BackupError(f"the schema of {production.place()} could not be read: {_first(dump.stderr)}")
    try:
        pour_script(io.BytesIO(dump.stdout), "the schema", into)
    except BackupError as error:
        words = f"the schema of {production.place()} cannot be loaded into the scratch server: {error}"
        raise BackupError(words) from error
    say(f"loaded the schema of {production.place()}")
    return f"the schema of {production.place()}, no rows"


def _first(said: bytes) -> str:
    return "; ".join(one_line(line) for line in said.decode("utf-8", "replace").splitlines()[:3])
