"""Addresses of databases as frameworks write them, made readable for libpq: Prisma, Rails, SQLAlchemy, JDBC, Django."""

import re
from urllib.parse import parse_qsl, quote

from psycopg import pq

_SCHEME = re.compile(r"(?P<jdbc>jdbc:)?(?P<name>[a-z][a-z0-9.-]*)(?:\+[a-z0-9_]+)?://", re.I)
_POSTGRES = frozenset({"postgres", "postgresql", "postgis", "pgsql", "psql", "timescale", "timescaledb", "cockroachdb"})
_TLS = {"true": "require", "1": "require", "no-verify": "require"}


class NotPostgres(ValueError):
    """The address is of something else; the text names the scheme, which is no secret."""


def readable(dsn: str) -> tuple[str, tuple[str, ...]]:
    """The address without what libpq does not know, and the names of the parameters that were left out. Raises
    NotPostgres."""
    match = _SCHEME.match(dsn.strip())
    if match is None:
        return dsn, ()
    if match["name"].lower() not in _POSTGRES:
        raise NotPostgres(f"the dsn's scheme is {match[0].removesuffix('://')!r}; use postgresql://")
    rest = dsn.strip()[match.end() :]
    if "#" in rest.partition("?")[0]:
        return f"postgresql://{rest}", ()  # a password that is not encoded: what follows is no query
    address, question, query = rest.partition("?")
    known = {one.keyword.decode() for one in pq.Conninfo.get_defaults()}
    kept: dict[str, str] = {}
    left: list[str] = []
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key in known:
            kept[key] = _TLS.get(value, value) if key == "sslmode" else value
        elif key == "ssl" and value.lower() in _TLS:
            kept.setdefault("sslmode", "require")  # never weaker than what was asked for
        else:
            left.append(re.sub(r"[^\w.-]", "?", key)[:40])
    said = "&".join(f"{key}={quote(value, safe='')}" for key, value in kept.items())
    return f"postgresql://{address}{question if said else ''}{said}", tuple(left)
