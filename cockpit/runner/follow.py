"""Reading a run's folder: commands reached, the exit record, exported names. Polling, so that an adopted run and one's
own are the same thing."""

import re
from pathlib import Path

from msgspec import Struct

from cockpit.runner import files

_OF_THE_SHELL = re.compile(
    r"_|__cockpit.*|COCKPIT_.*|BASH.*|COMP_.*|DIRSTACK|EPOCH.*|EUID|FUNCNAME|GROUPS|HIST.*|HOSTTYPE|IFS|LINENO|MACHTYPE"
    r"|OLDPWD|OPT.*|OSTYPE|PATH|PIPESTATUS|PPID|PS4|PWD|S?RANDOM|SECONDS|SHELL|SHELLOPTS|SHLVL|TERM|UID"
)


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
    try:
        reached = Reached(int(index), float(at))
    except ValueError:
        return None
    return reached if reached.index >= 0 else None


def read_exit(directory: Path) -> Exit | None:
    """The exit record, or None while there is none."""
    shape = files.read_json(directory / files.EXIT)
    if shape is None:
        return None
    known = {name: shape[name] for name in Exit.__struct_fields__ if name in shape}
    exports, cwd = _exports(directory)
    known["leftover_pids"] = tuple(known.get("leftover_pids", ()))  # type: ignore[arg-type]
    return Exit(**{**known, "exports": exports, "cwd": cwd})  # type: ignore[arg-type]


def _exports(directory: Path) -> tuple[tuple[str, ...], str]:
    """Names that the script left set, and its last folder."""
    try:
        lines = (directory / files.EXPORTS).read_text(errors="replace").splitlines()
    except OSError:
        return (), ""
    names = tuple(name for name in lines[1:] if not _OF_THE_SHELL.fullmatch(name))
    return names, lines[0] if lines else ""
