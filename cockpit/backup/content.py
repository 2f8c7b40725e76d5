"""What production has and a backup lacks: the question that decides whether anything may be put in its place."""

import time
from collections.abc import Collection, Mapping
from pathlib import Path

from cockpit.text.amounts import seconds_text

FAR_OFF = 0.5
"""A table that keeps fewer than this share of its rows is an old backup, half of one, or of another database. What
came in since a good backup was made is less."""
ALL = 1.0
_MOST = 8
_SAID_SECONDS = 60.0


def poorer(
    production: Mapping[str, float], backup: Mapping[str, float], but: Collection[str], share: float
) -> list[str]:
    """Names of the tables of which the backup holds fewer than this share of the rows. `but`: tables that are left out
    of it on purpose."""
    left_out = {name if "." in name else f"public.{name}" for name in but}
    return [
        name
        for name, there in sorted(production.items())
        if there > 0 and backup.get(name, 0) < there * share and name not in left_out
    ]


def lacking(
    production: Mapping[str, float], backup: Mapping[str, float], but: Collection[str] = (), share: float = ALL
) -> tuple[str, ...]:
    """The same in words: `public.orders: 490 of 500 rows`."""
    found: list[str] = []
    for name in poorer(production, backup, but, share):
        about = f"{production[name]:,.0f}"
        here = f"{backup[name]:,.0f} of {about} rows" if name in backup else f"none of {about} rows"
        found.append(f"{name}: {here}")
    return tuple(found)


def in_words(found: Collection[str]) -> str:
    """`public.orders: 0 of 500 rows, ... and 3 more`."""
    shown = list(found)[:_MOST]
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return ", ".join(shown) + more


def since(path: Path) -> str:
    """` (the file is 2 h old: what was written since is among them)`; empty where its age says nothing."""
    try:
        age = time.time() - path.stat().st_mtime
    except OSError:
        return ""
    return f" (the file is {seconds_text(age)} old; data written since then is included)" if age > _SAID_SECONDS else ""
