"""Untrusted text made harmless: what children, servers, files and databases say never drives a terminal or a page."""

import re

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI
    r"|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)"  # OSC, DCS, SOS, PM, APC with their text
    r"|\x9b[0-?]*[ -/]*[@-~]"
    r"|\x1b[ -/]*[0-~]?"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SGR = re.compile(r"\x1b\[[0-9;:]*m")


def plain(text: str) -> str:
    """Without escape sequences, control characters and bidirectional overrides; tabs and newlines stay."""
    return _CONTROL.sub("", _ESCAPES.sub("", text))


def one_line(text: str) -> str:
    """Plain, on one line."""
    return " ".join(plain(text).split())


def coloured(text: str) -> str:
    """Plain, except that colours and text styles (SGR) stay."""
    pieces: list[str] = []
    position = 0
    for match in _SGR.finditer(text):
        pieces += [plain(text[position : match.start()]), match[0]]
        position = match.end()
    pieces.append(plain(text[position:]))
    return "".join(pieces)


def markdown(text: str) -> str:
    """One line that renders as itself in Markdown: no markup, no HTML, no table break, no list of its own."""
    escaped = re.sub(r"([\\`*_\[\]<|#&~])", r"\\\1", one_line(text))
    escaped = re.sub(r"^([-+=>])", r"\\\1", escaped)
    return re.sub(r"^(\d{1,9})([.)])(?=\s|$)", r"\1\\\2", escaped)
