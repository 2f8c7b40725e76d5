"""What is known of a run whose end nobody saw: from its folder alone, for a person to decide."""

import os
import time
from pathlib import Path

from cockpit.runner import files
from cockpit.text.sanitize import one_line

_TAIL = 4096
_LINE = 120


def last_words(folder: Path) -> str:
    """Why the end is unknown, the pid, the beginning and the last output (it is redacted on disk already)."""
    if folder.is_dir() and not (folder / files.ALIVE).exists():
        # The command's first act is to hold this file.
        return "recorded as started but never ran"
    identity = files.read_json(folder / "pid.json") or {}
    boot = str(identity.get("boot", ""))
    rebooted = bool(boot) and boot != files.boot_id()
    why = "the machine restarted while it was running" if rebooted else "it ended without a record"
    parts = []
    if identity.get("pid"):
        parts.append(f"pid {identity['pid']}")
    began = identity.get("began")
    if isinstance(began, (int, float)):
        parts.append(f"started {_clock(began)}")
    parts.append(_last_output(folder / files.LOG))
    return f"{why} ({', '.join(parts)})"


def _last_output(log: Path) -> str:
    try:
        with log.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            written = os.fstat(file.fileno()).st_mtime
            file.seek(max(0, size - _TAIL))
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return "no output"
    line = next((one for one in (one_line(raw).strip() for raw in reversed(lines)) if one), "")
    if not line:
        return "no output"
    cut = line if len(line) <= _LINE else line[:_LINE] + "..."
    return f"last output {_clock(written)}: {cut}"


def _clock(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at))
