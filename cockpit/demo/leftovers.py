"""Folders of earlier demos in the temporary folder: how large they are, and away with those that nothing runs in."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import psutil

PREFIX = "cockpit-demo-"


def size(folder: Path) -> int:
    """Bytes of all files below it; links are not followed."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118 - thousands of files
            except OSError:
                continue
    return total


def megabytes(count: int) -> str:
    return f"{count / 1e6:.0f} MB"


def clean() -> int:
    """Remove what earlier demos of this user left; gives the exit status."""
    busy = set(_busy())
    removed = freed = 0
    for folder in _folders():
        if any(place == str(folder) or place.startswith(f"{folder}/") for place in busy):
            click.echo(f"{folder}: kept, a demo is running there")
            continue
        held = size(folder)
        try:
            shutil.rmtree(folder)
        except OSError as error:
            click.echo(f"cockpit: {folder}: {error.strerror}", err=True)
            return 1
        removed, freed = removed + 1, freed + held
    click.echo(f"removed {removed} director{'y' if removed == 1 else 'ies'} of earlier demos, {megabytes(freed)}")
    return 0


def _folders() -> Iterator[Path]:
    """Own folders alone: the temporary folder is everybody's."""
    for path in sorted(Path(tempfile.gettempdir()).glob(f"{PREFIX}*")):
        try:
            found = path.lstat()
        except OSError:
            continue
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid():
            yield path.resolve()


def _busy() -> Iterator[str]:
    """Where processes work, and what paths they were started with."""
    for process in psutil.process_iter():
        try:
            yield process.cwd()
            for word in process.cmdline():
                yield from (part for part in word.replace("=", " ").split() if part.startswith("/"))
        except (psutil.Error, OSError):
            continue
