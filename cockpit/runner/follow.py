"""Reading a run's folder: commands reached, the exit record, exported names. Polling, so that an adopted run and one's
own are the same thing. A script can write to each of these files: nothing in them is believed that cannot be so."""

import re
import time
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct, ValidationError, convert
from msgspec.structs import replace

from cockpit.runner import files
from cockpit.text.sanitize import one_line, plain

_OF_THE_SHELL = re.compile(
    r"_|__cockpit.*|COCKPIT_.*|BASH.*|COMP_.*|DIRSTACK|EPOCH.*|EUID|FUNCNAME|GROUPS|HIST.*|HOSTTYPE|IFS|LINENO|MACHTYPE"
    r"|OLDPWD|OPT.*|OSTYPE|PATH|PIPESTATUS|PPID|PS4|PWD|S?RANDOM|SECONDS|SHELL|SHELLOPTS|SHLVL|TERM|UID"
)


MOST_NAMES = 50_000
"""Variables that are told of one script at most."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Reached(Struct, frozen=True):
    index: int
    at: float


class Exit(Struct, frozen=True, kw_only=True):
    """The exit record as the supervisor wrote it; `outcome` is finished, timed out, cancelled or lost."""

    outcome: str
    exit_status: int | None = None
    signal: int | None = None
    began: float = 0.0
    ended: float = 0.0
    seconds: float = 0.0
    log_bytes: int = 0
    dropped_bytes: int = 0
    leftover_pids: tuple[int, ...] = ()
    exports: tuple[str, ...] = ()
    cwd: str = ""
    refused: str = ""
    """Why the script was not let begin; empty where it was."""


class Progress:
    """The commands that a run has reached, read on from where the last call stopped."""

    def __init__(self, directory: Path, seen: int = 0) -> None:
        self._path = directory / files.PROGRESS
        self._offset = 0
        self._skip = seen

    def read(self) -> list[Reached]:
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except OSError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        found = [reached for line in whole.splitlines() if (reached := _reached(line)) is not None]
        if self._skip:
            skipped, found = found[: self._skip], found[self._skip :]
            self._skip -= len(skipped)
        return found


def _reached(line: bytes) -> Reached | None:
    at, _, index = line.replace(b",", b".").partition(b" ")
    if not re.fullmatch(rb"[0-9]{1,6}", index) or not re.fullmatch(rb"[0-9]{1,12}(\.[0-9]{1,9})?", at):
        return None
    return Reached(int(index), min(float(at), time.time()))


def read_exit(directory: Path) -> Exit | None:
    """The exit record, or None while there is none. One that makes no sense says that the end is not known."""
    shape = files.read_json(directory / files.EXIT)
    if shape is None:
        return None
    try:
        record = convert(shape, Exit)
    except ValidationError:
        record = Exit(outcome="lost")
    exports, cwd = _exports(directory)
    return replace(record, exports=exports, cwd=cwd, refused=_refusal(directory))


def _refusal(directory: Path) -> str:
    try:
        with (directory / files.REFUSED).open(errors="replace") as file:
            said = one_line(file.read(4096))
    except OSError:
        said = ""
    if said or not (directory / files.HELD).exists():
        return said
    return (
        "nothing of the script ran: its shell could not read the cockpit's prelude. Steps need bash 4.4 or later as "
        "`bash` on the PATH"
    )


def _exports(directory: Path) -> tuple[tuple[str, ...], str]:
    """Names that the script left set, and its last folder."""
    try:
        lines = (directory / files.EXPORTS).read_text(errors="replace").splitlines()
    except OSError:
        return (), ""
    cwd = lines[0] if lines and lines[0].startswith("/") else ""
    return tuple(sorted(names_of(lines[1 : MOST_NAMES + 1]))), plain(cwd)[:4096]


def names_of(names: Iterable[str]) -> set[str]:
    """Names of variables, without the shell's own and the cockpit's."""
    return {name for name in names if _NAME.fullmatch(name) and not _OF_THE_SHELL.fullmatch(name)}
