"""Untrusted text made harmless: what children, servers, files and databases say never drives a terminal or a page."""

import re

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI
    r"|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)"  # OSC, DCS, SOS, PM, APC with their text
    r"|\x9b[0-?]*[ -/]*[@-~]"
    r"|\x1b[ -/]*[0-~]?"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_DRIVING = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SGR = re.compile(r"\x1b\[[0-9;:]*m")


def plain(text: str) -> str:
    """Without escape sequences, control characters and bidirectional overrides; tabs and newlines stay."""
    return _CONTROL.sub("", _ESCAPES.sub("", text))


def has_control(text: str) -> bool:
    """True where the text has a character that may drive a terminal, or reorder what is read; newlines count."""
    return _DRIVING.search(text) is not None


def without_control(text: str) -> str:
    """The text without such characters, and without anything else changed."""
    return _DRIVING.sub("", text)


def visible(text: str) -> str:
    """What is to be read before it runs: control characters as their signs, what reorders text as a question mark.
    Tabs and newlines stay."""
    return _CONTROL.sub(lambda match: _sign(match[0]), text)


def _sign(character: str) -> str:
    code = ord(character)
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"


def xml(text: str) -> str:
    """The text without characters that XML forbids."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)


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
