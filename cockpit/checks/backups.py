"""The newest backup: there, young, whole."""

import asyncio
from pathlib import Path

from cockpit.backup.database import BackupError
from cockpit.backup.verify import verify
from cockpit.checks.base import Context, Outcome, failed, passed, unknown
from cockpit.deploy.judge import seconds_words
from cockpit.units import parse_duration

OLDEST_SECONDS = 86_400.0


def newest(context: Context) -> Path | None:
    found = [path for path in context.root.glob(context.backups) if path.is_file()]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


async def fresh(context: Context) -> Outcome:
    """`backup.fresh` (a day) or `backup.fresh:2h`."""
    path = newest(context)
    if path is None:
        return failed(f"there is no backup: {context.backups} names no file")
    limit = parse_duration(context.argument) if context.argument else OLDEST_SECONDS
    age = max(0.0, context.now - path.stat().st_mtime)
    said = f"{path.name}, {path.stat().st_size:,} bytes, {seconds_words(age)} old"
    if not path.stat().st_size:
        return failed(f"{path.name} is empty")
    return passed(said) if age <= limit else failed(f"{said}; {seconds_words(limit)} at most are wanted")


async def verified(context: Context) -> Outcome:
    """The newest one is read to its end."""
    path = newest(context)
    if path is None:
        return failed(f"there is no backup: {context.backups} names no file")
    try:
        return passed((await asyncio.to_thread(verify, path)).words())
    except BackupError as error:
        return failed(str(error))
    except OSError as error:
        return unknown(f"{path}: {error.strerror}")
