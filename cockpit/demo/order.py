"""What the builder tells the platform, as one line of JSON."""

from msgspec import Struct


class Order(Struct, frozen=True):
    """`home` is the demo's folder, `public` the open socket's descriptor. `parent` built it (process id, its start
    as Unix time). `commits`: the release to begin with and the one before it. `path`: the PATH of every script."""

    home: str
    public: int
    parent: int
    parent_started: float
    leash_seconds: float
    commits: tuple[str, str]
    path: str
