"""DATABASE_URL as frameworks write it."""

import pytest
from psycopg.conninfo import conninfo_to_dict

from cockpit.postgres.dsn import NotPostgres, readable
from cockpit.postgres.session import checked

AT = "app:x@db:5432/shop"


@pytest.mark.parametrize(
    ("dsn", "left", "more"),
    [
        (f"postgresql://{AT}", (), {}),
        (f"postgres://{AT}?pool=5", ("pool",), {}),
        (f"postgresql://{AT}?schema=public", ("schema",), {}),
        (f"postgresql://{AT}?pgbouncer=true&connection_limit=1", ("pgbouncer", "connection_limit"), {}),
        (f"postgresql+psycopg2://{AT}", (), {}),
        (f"postgresql+asyncpg://{AT}?sslmode=require", (), {"sslmode": "require"}),
        (f"postgis://{AT}?conn_max_age=600", ("conn_max_age",), {}),
        ("jdbc:postgresql://db:5432/shop?user=app&password=x", (), {}),
        (f"postgresql://{AT}?ssl=true", (), {"sslmode": "require"}),
        (f"postgresql://{AT}?sslmode=no-verify", (), {"sslmode": "require"}),
        (f"postgresql://{AT}?options=-c%20statement_timeout%3D5s", (), {"options": "-c statement_timeout=5s"}),
    ],
)
def test_what_a_framework_writes_is_read(dsn: str, left: tuple[str, ...], more: dict[str, str]) -> None:
    plain, left_out = readable(dsn)
    want = {"user": "app", "password": "x", "host": "db", "port": "5432", "dbname": "shop", **more}
    assert (conninfo_to_dict(plain), left_out) == (want, left)
    assert checked(dsn) == dsn


def test_key_value_addresses_are_left_alone() -> None:
    assert readable("host=db dbname=shop") == ("host=db dbname=shop", ())


@pytest.mark.parametrize("scheme", ["mysql", "mysql2", "sqlite", "mongodb+srv", "jdbc:mysql"])
def test_another_database_is_named_by_its_scheme(scheme: str) -> None:
    with pytest.raises(NotPostgres) as caught:
        checked(f"{scheme}://app:hunter2@db/shop")
    assert repr(scheme) in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_password_that_is_not_encoded_keeps_its_advice() -> None:
    with pytest.raises(NotPostgres) as caught:
        checked("postgres://app:quagga#Zorse@127.0.0.1:1/app")
    assert "percent-encoded" in str(caught.value)
