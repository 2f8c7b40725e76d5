"""From the bytes of a line to what a terminal would show of it in the end: text, and styled text."""

import re
from functools import lru_cache

from rich.ansi import AnsiDecoder
from rich.style import Style
from rich.text import Text

from cockpit.text.sanitize import coloured
from widgets.log_file import Reader, Span

CLIP = 16 << 10
"""Bytes of a line that are looked at; the rest of a longer one is never read."""
COLUMNS = 4000
"""Characters of a line that can be shown, searched and copied."""
_TAB = 8

_SGR = re.compile(r"(\x1b\[[0-9;:]*m)")
_CSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
# What sanitize leaves and a row of cells cannot take: line separators, invisible joiners, tags.
_UNSEEN = "\u061c\u180e\u200b\u2028\u2029\u2060-\u2065\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
_HIDDEN = re.compile(f"[{_UNSEEN}\n]")
_ODD = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069{_UNSEEN}]")
_ORDINARY = b"\t\n\x1b" + bytes(range(0x20, 0x7F))
_SHOWN = Style(conceal=False, blink=False, blink2=False)


def fetch(reader: Reader, span: Span) -> tuple[bytes, bool]:
    """The bytes of a line that are looked at, and whether that is less than the line."""
    start, end = span
    if end - start <= CLIP:
        return reader.read(start, end - start), False
    return pick(reader.read(start, CLIP), reader.read(end - CLIP, CLIP)), True


def take(raw: bytes) -> bytes:
    """Like `fetch`, of a line that is in memory."""
    return raw if len(raw) <= CLIP else pick(raw[:CLIP], raw[-CLIP:])


def pick(head: bytes, tail: bytes) -> bytes:
    """Of a long line, its start; or its end where that starts over, as progress bars do."""
    last = final(tail)
    return last if len(last) < len(tail) and b"\r" in tail[: len(tail) - len(last)] else head


def final(raw: bytes) -> bytes:
    """What is left of a line after its carriage returns: the text after the last one that is not at the end."""
    end = len(raw)
    for _ in range(8):
        end = len(raw[:end].rstrip(b"\r"))
        start = raw.rfind(b"\x1b[", max(0, end - 32), end)
        if start < 0 or not re.fullmatch(rb"\x1b\[[0-9;:]*m", raw[start:end]):
            break
        # A colour reset after the last carriage return shows nothing: the text before stays.
        end = start
    return raw[raw.rfind(b"\r", 0, end) + 1 :]


def _clean(raw: bytes) -> str:
    """Sanitised; colours are still in it."""
    return _HIDDEN.sub("", coloured(final(raw).decode("utf-8", "replace")))


def visible(raw: bytes) -> str:
    """The text of a line, as shown: at most COLUMNS characters, tabs expanded."""
    return _SGR.sub("", _clean(raw)).expandtabs(_TAB)[:COLUMNS]


@lru_cache(256)
def _styles(codes: tuple[str, ...]) -> Style:
    decoder = AnsiDecoder()
    for code in codes:
        decoder.decode_line(code)
    return decoder.style + _SHOWN


def styled(raw: bytes) -> Text:
    """The same text with the colours that the child gave it."""
    clean = _clean(raw)
    if "\x1b" not in clean:
        return Text(clean.expandtabs(_TAB)[:COLUMNS], end="", no_wrap=True)
    text = Text(end="", no_wrap=True)
    codes: tuple[str, ...] = ()
    for place, piece in enumerate(_SGR.split(clean)):
        if place % 2:
            # A reset makes what came before it irrelevant; a line that piles codes up keeps its last ones.
            codes = () if piece in ("\x1b[m", "\x1b[0m") else (*codes, piece)[-8:]
        elif piece:
            lead = len(text) % _TAB
            shown = ("\0" * lead + piece).expandtabs(_TAB)[lead:]
            text.append(shown[: COLUMNS - len(text)], _styles(codes) if codes else None)
    return text


def block(chunk: bytes) -> str | None:
    """The text of whole lines at once, exactly as `visible` gives it line by line; None where only that will do."""
    if b"\r" in chunk:
        chunk = chunk.replace(b"\r\n", b"\n")
    if has_long(chunk):
        return None
    if chunk.isascii() and chunk.translate(None, _ORDINARY):
        return None
    text = chunk.decode("utf-8", "replace")
    if "\x1b" in text:
        text = _CSI.sub("", text)
        if "\x1b" in text:
            return None
    if not text.isascii() and _ODD.search(text):
        return None
    if "\t" in text:
        text = text.expandtabs(_TAB)
        if has_long(text.encode("utf-8", "replace")):
            return None
    return text


def has_long(chunk: bytes) -> bool:
    """Whether a line may be longer than COLUMNS. A stretch of half of that without a newline is what to look for."""
    step = COLUMNS // 2
    return any(chunk.find(b"\n", at, at + step) < 0 for at in range(0, len(chunk) - step + 1, step))
