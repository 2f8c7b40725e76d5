"""A value from where the settings say it is: the environment, a file, or the output of a command."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

COMMAND_SECONDS = 30.0


def value_from(source: str, root: Path, values: Mapping[str, str]) -> str:
    """The value of `env:NAME`, `file:PATH` (below `root`) or `command:...`. Raises LookupError with the reason."""
    kind, _, rest = source.partition(":")
    if kind == "env":
        if rest not in values:
            raise LookupError(f"${rest} is not set")
        return values[rest]
    if kind == "file":
        try:
            return (root / rest).read_text(encoding="utf-8", errors="surrogateescape").rstrip("\n")
        except OSError as error:
            raise LookupError(f"file {rest}: {error.strerror}") from error
    if kind == "command":
        return _from_command(rest, root, values)
    raise LookupError(f'unknown from = "{kind}:..."; use env:NAME, file:PATH or command:...')


def _from_command(command: str, root: Path, values: Mapping[str, str]) -> str:
    try:
        ran = subprocess.run(
            ["sh", "-c", command],
            cwd=root,
            env=dict(values),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LookupError(f"command timed out after {COMMAND_SECONDS:g} s: {type(error).__name__}") from None
    if ran.returncode:
        # Its output may hold the secret: only the status is told.
        raise LookupError(f"command exited with status {ran.returncode}")
    return ran.stdout.decode("utf-8", "surrogateescape").rstrip("\n")
