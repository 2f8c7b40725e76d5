"""What the team's parts share: who this is, the connection, and errors in words."""

import contextlib
import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from msgspec import Struct
from psycopg import AsyncConnection

from cockpit import __version__
from cockpit.deploy.approvals.second_person import acts_as
from cockpit.deploy.events import Event
from cockpit.deploy.state import State
from cockpit.postgres.session import Session
from cockpit.text.sanitize import one_line

Connection = AsyncConnection[tuple[Any, ...]]

TIMEOUT_SECONDS = 5.0
"""Of one exchange with the database: a stalled network is noticed within it."""


class TeamError(Exception):
    """The team's journal cannot be used; the text says why, and what to do. `reached`: the database answered, so that
    what it says counts."""

    def __init__(self, text: str, *, reached: bool = True) -> None:
        self.reached = reached
        super().__init__(text)


class Me(Struct, frozen=True):
    """This machine's part in the team. `owner` names the `.cockpit` folder: one that another engine writes, too."""

    owner: str
    host: str
    version: str = __version__


class Facts(Struct, frozen=True, kw_only=True):
    """What the mirror reads, and whom it tells. `lost` and `whole` may be called again and again."""

    events: Callable[[], list[Event]]
    state: Callable[[], State]
    folder: Path
    """Of the deploy: the logs of its runs lie below."""
    clock: Callable[[], float]
    lost: Callable[[str, int], Awaitable[object]]
    """The reason, and up to which event the team's journal goes."""
    whole: Callable[[], Awaitable[object]]
    """It has everything."""
    joined: Callable[[str], Awaitable[object]]
    """It has come to know the deploy late. Why the environment's lock is not held; empty where it is."""


def me(folder: Path) -> Me:
    """Who this is, by the name in `.cockpit/home`, made the first time."""
    path = folder / "home"
    with contextlib.suppress(FileNotFoundError):
        return Me(path.read_text(encoding="ascii").strip(), socket.gethostname())
    fresh = path.with_name(f"home.{os.getpid()}")
    fresh.write_text(secrets.token_hex(16), encoding="ascii")
    # Whoever comes first names the folder.
    with contextlib.suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()
    return Me(path.read_text(encoding="ascii").strip(), socket.gethostname())


def session_of(dsn: str, timeout: float = TIMEOUT_SECONDS) -> Session:
    """A kept connection to the team's database."""
    return Session(dsn, timeout)


def text(value: str) -> str:
    """What a person or a program said, as PostgreSQL takes it: no NUL, nothing that is not UTF-8."""
    return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def actor(by: str, login: str) -> str:
    """Who did it: the login that the database knows; what they call themselves is only said."""
    return acts_as(one_line(login), one_line(by))


def channel_of(deploy: str) -> str:
    """NOTIFY channel of one deploy; it only wakes, what happened is read."""
    return f"cockpit_{deploy}"
