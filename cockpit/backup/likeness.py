"""A new database like the one that it replaces: owner, encoding, settings and rights of the database itself, which no
dump of one database holds."""

from psycopg import sql

from cockpit.backup.database import Database

_LISTS = frozenset({"search_path", "local_preload_libraries", "session_preload_libraries", "temp_tablespaces"})
"""Settings whose value is a list of names: each is quoted by itself (as pg_dump does)."""
_SETTINGS = """
SELECT coalesce(r.rolname, ''), unnest(s.setconfig) FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole
WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_RIGHTS = """
SELECT coalesce(r.rolname, ''), a.privilege_type, a.is_grantable
FROM pg_database d, aclexplode(d.datacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE d.datname = current_database()
"""


def create_like(database: Database, name: str) -> None:
    """An empty database `name` beside this one. Raises BackupError."""
    with database.connection() as connection:
        row = connection.execute(
            "SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype "
            "FROM pg_database WHERE datname = current_database()"
        ).fetchone()
        assert row is not None
        fresh = sql.Identifier(name)
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 OWNER {} ENCODING {} LC_COLLATE {} LC_CTYPE {}").format(
                fresh, sql.Identifier(str(row[0])), *(sql.Literal(str(one)) for one in row[1:])
            )
        )
        for role, setting in connection.execute(_SETTINGS).fetchall():
            connection.execute(_set(fresh, str(role), str(setting)))
        rights = connection.execute(_RIGHTS).fetchall()
        if rights:
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(fresh))
        for role, right, grantable in rights:
            whom = sql.Identifier(str(role)) if role else sql.SQL("PUBLIC")
            option = sql.SQL(" WITH GRANT OPTION" if grantable else "")
            kind = sql.SQL("TEMPORARY" if right == "TEMPORARY" else "CONNECT" if right == "CONNECT" else "CREATE")
            connection.execute(sql.SQL("GRANT {} ON DATABASE {} TO {}{}").format(kind, fresh, whom, option))


def _set(fresh: sql.Identifier, role: str, setting: str) -> sql.Composed:
    name, _, value = setting.partition("=")
    parts = [part.strip().strip('"') for part in value.split(",")] if name in _LISTS else [value]
    whose = sql.SQL("ROLE {} IN DATABASE").format(sql.Identifier(role)) if role else sql.SQL("DATABASE")
    values = sql.SQL(", ").join(sql.Literal(part) for part in parts)
    return sql.SQL("ALTER {} {} SET {} TO {}").format(whose, fresh, sql.Identifier(*name.split(".")), values)
