"""What this release is and how it behaves: `release.toml` beside the package, and the environment."""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Release:
    """`release.toml`. Shares are 0..1, times in seconds; a share of 0 means never."""

    version: str
    commit: str
    pages: tuple[str, ...]
    needs_migration: str = ""
    error_share: float = 0.0
    slow_share: float = 0.0
    slow_seconds: float = 0.0
    leak_share: float = 0.0
    leak_until: float = 0.0
    dies_after: float = 0.0
    feature_fails_from: float = 0.0


def load(root: Path) -> Release:
    """Read the release below `root`; the commit comes from the environment, where the platform puts it."""
    with (root / "release.toml").open("rb") as file:
        table = tomllib.load(file)
    behaviour = table.get("behaviour", {})
    return Release(
        version=table["version"],
        commit=os.environ.get("SHOP_COMMIT", "unknown"),
        pages=tuple(table["pages"]),
        needs_migration=table.get("needs_migration", ""),
        **{name: float(value) for name, value in behaviour.items()},
    )
