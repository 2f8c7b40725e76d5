"""Text that was UTF-8, read as Windows-1252 and saved as UTF-8 again: repaired for display, where nothing is lost.

Ids never depend on it (see `names.slug`), and scripts run as they stand in the file.
"""

import re


def _byte_of() -> dict[str, int]:
    """Character -> byte, for the bytes 0x80..0xff in Windows-1252; its five holes are the C1 controls."""
    table = {}
    for byte in range(0x80, 0x100):
        try:
            table[bytes([byte]).decode("cp1252")] = byte
        except UnicodeDecodeError:
            table[chr(byte)] = byte
        table.setdefault(chr(byte), byte)  # read as Latin-1 instead
    return table


_BYTE_OF = _byte_of()


def _class(first: int, last: int) -> str:
    return "[" + "".join(re.escape(c) for c, byte in _BYTE_OF.items() if first <= byte <= last) + "]"


_TAIL = _class(0x80, 0xBF)
_SEQUENCE = f"(?:{_class(0xC2, 0xDF)}{_TAIL}|{_class(0xE0, 0xEF)}{_TAIL}{{2}}|{_class(0xF0, 0xF4)}{_TAIL}{{3}})"
_RUN = re.compile(f"{_SEQUENCE}+")


def repair(text: str) -> str:
    """`text` with every double-encoded run decoded; a run that does not decode strictly stays as it is.

    A single two-character run is only taken for damage when it begins like damaged Latin-1: a French word in capitals
    before an ellipsis looks like one too.
    """
    return text if text.isascii() else _RUN.sub(_decoded, text)


def _decoded(match: re.Match[str]) -> str:
    run = match[0]
    if len(run) == 2 and run[0] not in "ÂÃ":
        return run
    try:
        return bytes(_BYTE_OF[c] for c in run).decode("utf-8")
    except UnicodeDecodeError:
        return run
