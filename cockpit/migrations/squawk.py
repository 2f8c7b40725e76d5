"""squawk's findings beside the cockpit's own: it knows which statements block, and since which version."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from cockpit.migrations.model import Finding, Script
from cockpit.text.sanitize import one_line

PROGRAM = "squawk"
SECONDS = 300.0
MOST_BYTES = 4_000_000
"""Larger files are data; squawk keeps several syntax trees of each in memory."""
_AT_ONCE = 400
ERRORS = frozenset({
    "syntax-error", "adding-required-field", "adding-not-nullable-field", "adding-field-with-default",
    "adding-foreign-key-constraint", "adding-serial-primary-key-field", "constraint-missing-not-valid",
    "disallowed-unique-constraint", "changing-column-type", "require-concurrent-index-creation", "ban-drop-column",
    "ban-drop-table", "ban-drop-database", "renaming-column", "renaming-table", "transaction-nesting",
    "ban-concurrent-index-creation-in-transaction", "ban-truncate-cascade", "ban-uncommitted-transaction",
})  # fmt: skip
"""Those that stop customers, fail, or break the release that is still running; squawk itself has warnings alone."""


class _Said(Struct):
    file: str
    line: int
    column: int
    message: str
    rule_name: str
    help: str | None = None


class SquawkFailed(Exception):
    """The program is there and did not do its work; the text says what it said."""


def program() -> str | None:
    """Path of squawk: beside this Python (its wheel brings the binary), else on PATH; None where there is none."""
    beside = Path(sys.executable).with_name(PROGRAM)
    return str(beside) if beside.is_file() else shutil.which(PROGRAM)


def findings(scripts: Sequence[Script]) -> list[Finding]:
    """Of all files. Raises SquawkFailed; gives nothing where squawk is not installed."""
    path = program()
    if path is None:
        return []
    found: list[Finding] = []
    for wrapped in (False, True):
        chosen = [one for one in scripts if one.wrapped is wrapped and len(one.text) <= MOST_BYTES]
        for first in range(0, len(chosen), _AT_ONCE):
            found += _asked(path, chosen[first : first + _AT_ONCE], wrapped)
    return found


def _asked(path: str, scripts: Sequence[Script], wrapped: bool) -> list[Finding]:
    # Copies: without COPY data and psql's commands, which are no SQL; in UTF-8, without which squawk ends with a trace.
    with tempfile.TemporaryDirectory(prefix="cockpit-squawk-") as name:
        folder = Path(name)
        names: dict[str, Script] = {}
        for number, script in enumerate(scripts):
            copy = f"{number:05}.sql"
            (folder / copy).write_bytes(blanked(script).encode("utf-8", "replace"))
            names[copy] = script
        # An empty file of settings: one above the temporary folder would be found otherwise, the team's own is chosen.
        own = Path(".squawk.toml")
        (folder / "empty.toml").touch()
        settings = str(own.resolve() if own.is_file() else folder / "empty.toml")
        argv = [path, f"--config={settings}", "--reporter=json", *(["--assume-in-transaction"] if wrapped else [])]
        try:
            ran = subprocess.run(
                [*argv, *names], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SquawkFailed(f"squawk did not run: {error.__class__.__name__}") from error
        return _read(ran.stdout, ran.stderr, names)


def _read(out: bytes, err: bytes, names: Mapping[str, Script]) -> list[Finding]:
    try:
        said: Iterable[_Said] = msgspec.json.decode(out, type=list[_Said])
    except msgspec.DecodeError as error:
        first = one_line(err.decode("utf-8", "replace")[:300])
        raise SquawkFailed(f"squawk returned no result: {first or 'nothing at all'}") from error
    return [
        Finding(
            file=names[Path(one.file).name].name,
            line=one.line + 1,
            column=one.column + 1,
            rule=one_line(one.rule_name),
            level="error" if one.rule_name in ERRORS else "warning",
            message=one_line(one.message),
            fix=one_line(one.help or ""),
        )
        for one in said
    ]


def blanked(script: Script) -> str:
    """The text with every line and column where it was, and spaces instead of what is no SQL."""
    pieces, position = [], 0
    for one in script.statements:
        if one.kind == "meta":
            pieces += [script.text[position : one.start], " " * (one.end - one.start)]
            position = one.end
        elif one.data is not None:
            semicolon = one.end + 1
            stop = script.text.find("\n\\.", semicolon + len(one.data))
            stop = len(script.text) if stop < 0 else stop + 3
            pieces += [script.text[position:semicolon], "\n" * script.text.count("\n", semicolon, stop)]
            position = stop
    return "".join([*pieces, script.text[position:]])
