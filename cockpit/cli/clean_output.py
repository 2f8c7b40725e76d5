"""The command line's output without anything that drives a terminal, whoever said it."""

import io
import sys

from cockpit.text.sanitize import coloured


class _Clean(io.TextIOWrapper):
    """Writes text without escape sequences (but colours) and control characters; tabs and newlines stay."""

    def write(self, text: str, /) -> int:
        super().write(coloured(text))
        return len(text)


def install() -> None:
    """From here on `print` and `click.echo` are harmless. `sys.__stdout__` stays as it is: the screen draws there."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if type(stream) is io.TextIOWrapper:
            clean = _Clean(
                stream.buffer, encoding=stream.encoding, errors=stream.errors, line_buffering=stream.line_buffering
            )
            setattr(sys, name, clean)
