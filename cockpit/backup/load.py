"""A verified backup into an empty database, whatever its format; the roles that it names are made where they may be."""

import re
import shutil
from pathlib import Path

from psycopg import sql

from cockpit.backup.database import BackupError, Database
from cockpit.backup.pour import pour
from cockpit.backup.source import script
from cockpit.backup.statements import Statements
from cockpit.backup.verify import Verified

_OF_ROLES = re.compile(rb"(?:GRANT|REVOKE|ALTER DEFAULT PRIVILEGES|CREATE POLICY|ALTER POLICY|ALTER [A-Z ]+)\b")
_ROLE = re.compile(rb"\b(?:TO|FROM|ROLE|OWNER TO) ((?:\"[^\"\n]+\"|[a-z_][\w$]*)(?:, ?(?:\"[^\"\n]+\"|[a-z_][\w$]*))*)")
_NOT_ROLES = {"public", "current_user", "session_user", "current_role", "pg_database_owner"}


def load(found: Verified, into: Database, *, bin_dir: Path | None = None) -> int:
    """Restores all of it, the first error stops; gives how many statements were left out, because they are none of
    this database. `into`: empty, on a server where its user may create roles; else the roles must be there. `bin_dir`:
    programs that fit the server. Raises BackupError with PostgreSQL's own words."""
    make_roles(into, roles_of(found, bin_dir))
    try:
        return pour(found.path, found.kind, into, bin_dir=bin_dir)
    except BackupError as error:
        raise BackupError(f"{found.path.name} could not be restored into {into.name}: {error}") from error


def roles_of(found: Verified, bin_dir: Path | None = None) -> set[str]:
    """Names of roles that rights, policies and owners of the backup speak of: no dump of one database holds them."""
    names: set[str] = set()
    with script(found.path, found.kind, "--schema-only", "--no-owner", bin_dir=bin_dir) as source:
        for one in Statements(source):
            if not one.meta and not one.table:
                names |= roles_in(one.text)
    return names


def roles_in(statement: bytes) -> set[str]:
    """Of a statement as pg_dump writes it."""
    names: set[str] = set()
    for match in _ROLE.finditer(statement) if _OF_ROLES.match(statement) else ():
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
    return f"{free:,} bytes free, too few for {found.path.name}" if free < found.bytes * 2 else ""
