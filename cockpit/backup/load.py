"""A verified backup into an empty database, whatever its format; the roles that it names are made where they may be."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from psycopg import sql

from cockpit.backup.compressed import opened
from cockpit.backup.database import BackupError, Database, program, ran
from cockpit.backup.verify import Verified
from cockpit.sanitize import one_line

Progress = Callable[[int], None]
"""Told how many bytes of the file have been read."""
_CHUNK = 1 << 20
_ROLE_LINE = re.compile(
    rb"^(?:GRANT|REVOKE|ALTER DEFAULT PRIVILEGES|CREATE POLICY|ALTER POLICY|ALTER [A-Z ]+)\b[^\n]*", re.M
)
_ROLE = re.compile(rb"\b(?:TO|FROM|ROLE|OWNER TO) ((?:\"[^\"\n]+\"|[a-z_][\w$]*)(?:, ?(?:\"[^\"\n]+\"|[a-z_][\w$]*))*)")
_NOT_ROLES = {"public", "current_user", "session_user", "current_role", "pg_database_owner"}


def load(found: Verified, into: Database, *, bin_dir: Path | None = None, progress: Progress | None = None) -> None:
    """Restores all of it, the first error stops. `into`: empty, on a server where its user may create roles; else the
    roles must be there. `bin_dir`: programs that fit the server. Raises BackupError with PostgreSQL's own words."""
    make_roles(into, roles_of(found, bin_dir))
    what = f"{found.path.name} could not be restored into {into.name}"
    if found.kind in ("archive", "directory"):
        options = ["--no-owner", "--exit-on-error", f"--dbname={into.name}"]
        ran([_tool("pg_restore", bin_dir), *options, str(found.path)], what, into.environment())
        return
    options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={into.name}", "--output=/dev/null"]
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            [_tool("psql", bin_dir), *options],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, env=into.environment(),
        )  # fmt: skip
        assert child.stdin is not None
        try:
            with opened(found.path) as text, child.stdin as pipe:
                while chunk := text.read(_CHUNK):
                    pipe.write(chunk)
                    if progress:
                        progress(len(chunk))
        except BrokenPipeError:
            pass  # psql stopped at an error, which it said
        finally:
            if child.wait():
                said.seek(0)
                lines = [one_line(line.decode("utf-8", "replace")) for line in said.readlines()[:3]]
                raise BackupError(f"{what}: {'; '.join(filter(None, lines))}")


def _tool(name: str, bin_dir: Path | None) -> str:
    own = bin_dir / name if bin_dir else None
    return str(own) if own and own.is_file() else program(name)


def roles_of(found: Verified, bin_dir: Path | None = None) -> set[str]:
    """Names of roles that rights, policies and owners of the backup speak of: no dump of one database holds them."""
    if found.kind in ("archive", "directory"):
        tool = _tool("pg_restore", bin_dir)
        schema = ran([tool, "--schema-only", "--no-owner", "--file=-", str(found.path)], f"{found.path} cannot be read")
        return roles_in(schema.encode())
    names: set[str] = set()
    for piece in _pieces(found.path):
        names |= roles_in(piece)
    return names


def _pieces(path: Path) -> Iterator[bytes]:
    """The text in pieces that end with a line."""
    with opened(path) as text:
        rest = b""
        while chunk := text.read(_CHUNK):
            head, _, rest = (rest + chunk).rpartition(b"\n")
            yield head
        yield rest


def roles_in(schema: bytes) -> set[str]:
    """Of a script as pg_dump writes it."""
    names: set[str] = set()
    for line in _ROLE_LINE.finditer(schema):
        for match in _ROLE.finditer(line[0]):
            names |= {name.strip().strip('"') for name in match[1].decode("utf-8", "replace").split(",")}
    return names - _NOT_ROLES


def make_roles(database: Database, names: set[str]) -> None:
    """Those that are missing, without any right. Where the user may not, nothing is made."""
    with database.connection() as connection:
        row = connection.execute(
            "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        if not names or not row or not row[0]:
            return
        there = {str(name) for (name,) in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
        for name in sorted(names - there):
            if not name.startswith("pg_"):
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))


def room_for(found: Verified, folder: Path) -> str:
    """Why there is no room for it; empty where there seems to be. A restored database is larger than its dump."""
    free = shutil.disk_usage(folder).free
    return f"{free:,} bytes are free, too few for {found.path.name}" if free < found.bytes * 2 else ""
