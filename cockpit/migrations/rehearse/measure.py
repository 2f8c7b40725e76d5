"""What one statement cost: WAL, size, tables that were written anew. All of it asked of PostgreSQL."""

import psycopg
from msgspec import Struct

Connection = psycopg.Connection[tuple[object, ...]]
_TABLES = """
SELECT c.oid::bigint, n.nspname, c.relname, coalesce(pg_relation_filenode(c.oid), 0)::bigint, greatest(c.reltuples, 0)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
"""


class Table(Struct, frozen=True):
    """`node` changes where PostgreSQL writes the whole table anew; `rows` as ANALYZE counted them."""

    schema: str
    name: str
    node: int
    rows: float

    @property
    def full(self) -> str:
        return f"{self.schema}.{self.name}"


class Amounts(Struct, frozen=True):
    """Bytes: the position in the WAL, and of the database's files."""

    wal: int
    size: int


def amounts(observer: Connection) -> Amounts:
    """From another session than the migration's: its own may stand in a failed transaction."""
    row = observer.execute(
        "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint, pg_database_size(current_database())"
    ).fetchone()
    assert row is not None
    return Amounts(int(str(row[0])), int(str(row[1])))


def tables(connection: Connection) -> dict[int, Table]:
    """By oid, as this session sees them."""
    return {
        int(str(oid)): Table(str(schema), str(name), int(str(node)), float(str(rows)))
        for oid, schema, name, node, rows in connection.execute(_TABLES).fetchall()
    }


def rewritten(before: dict[int, Table], after: dict[int, Table]) -> tuple[str, ...]:
    """Names of those that have another file now."""
    return tuple(
        sorted(one.full for oid, one in after.items() if oid in before and before[oid].node != one.node and one.node)
    )
