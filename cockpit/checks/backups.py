"""The newest backup: there, young, whole, and with the rows that production has."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from cockpit.backup.content import FAR_OFF, in_words, lacking, since
from cockpit.backup.database import BackupError, Database
from cockpit.backup.proof import compare
from cockpit.backup.verify import Verified, verify
from cockpit.checks.base import Context, Outcome, failed, passed, unknown
from cockpit.external.listing import backups
from cockpit.text.amounts import seconds_words
from cockpit.text.units import parse_duration

OLDEST_SECONDS = 86_400.0


def newest(context: Context) -> Path | None:
    return next(backups(context.root, context.backups), None)


def _none(context: Context) -> Outcome:
    return failed(f"no backup: {context.backups} matches no file")


async def fresh(context: Context) -> Outcome:
    """`backup.fresh` (a day) or `backup.fresh:2h`."""
    path = newest(context)
    if path is None:
        return _none(context)
    limit = parse_duration(context.argument) if context.argument else OLDEST_SECONDS
    try:
        told, size = path.stat(), _size(path)
    except OSError as error:
        return unknown(f"{path}: {error.strerror}")
    age = context.now - told.st_mtime
    if not size:
        return failed(f"{path.name} is empty")
    if age < -limit:
        return unknown(f"{path.name} is dated {seconds_words(-age)} in the future; check the clocks")
    said = f"{path.name}, {size:,} bytes, {seconds_words(max(0.0, age))} old"
    return passed(said) if age <= limit else failed(f"{said}; must be at most {seconds_words(limit)}")


def _size(path: Path) -> int:
    return sum(one.stat().st_size for one in os.scandir(path)) if path.is_dir() else path.stat().st_size


async def verified(context: Context) -> Outcome:
    """The newest one is read to its end, and compared with production where the settings name its database: a table of
    which most is missing fails, less is said."""
    path = newest(context)
    if path is None:
        return _none(context)
    try:
        found = await asyncio.to_thread(verify, path)
    except BackupError as error:
        return failed(str(error))
    except OSError as error:
        return unknown(f"{path}: {error.strerror}")
    if not context.dsn:
        return failed(found.without_rows) if found.without_rows else passed(found.words())
    return await asyncio.to_thread(_compared, found, context)


def _compared(found: Verified, context: Context) -> Outcome:
    try:
        database = Database(context.dsn)
        production: Mapping[str, float] = database.rows_about()
    except BackupError as error:
        return unknown(f"{found.words()}; not compared with production: {error}")
    try:
        production = compare(found, database, production, context.without_data, FAR_OFF)
    except BackupError as error:
        return failed(str(error))
    # Production goes on writing: less than half is for the person who reads it.
    fewer = lacking(production, found.rows, context.without_data)
    lacks = f"; missing {in_words(fewer)}{since(found.path)}" if fewer else ""
    return passed(f"{found.words()}, compared with {database.place()}{lacks}")
