"""What usual encoders make of a secret: a table of functions, held by tests that run the encoders themselves. Standard
library only."""

import base64
import json
import re
import shlex
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus

SHORTEST_CORE = 6
"""Of base64: fewer characters of it are found in ordinary text."""

_QUOTES: tuple[dict[str, str | int | None], ...] = ({}, {'"': "&quot;"}, {'"': "&#34;"})
_APOSTROPHES: tuple[dict[str, str | int | None], ...] = (
    {},
    {"'": "&#x27;"},
    {"'": "&#39;"},
    {"'": "&#039;"},
    {"'": "&apos;"},
)
_LEFT_ALONE = (
    "",
    "/",
    "*",
    "!'()*~",  # encodeURIComponent
    "!#$&'()*+,/:;=?@~",  # encodeURI
    "!$%&'()*+,~",  # browsers and node: user and password, then path, query and fragment
    "!$%&'()*+,/:;=@[]|~",
    "!$%&()*+,/:;=?@[]\\^`{|}~",
    "!#$%&'()*+,/:;=?@[]\\^{|}~",
)
"""What percent escapes leave as it is, besides letters, digits, `-`, `.` and `_`."""
_CONTROLS: dict[str, str | int | None] = {
    "\n": r"\n",
    "\t": r"\t",
    "\r": r"\r",
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\v": r"\v",
    "\x1b": r"\e",
}


def escaped(secret: str) -> set[bytes]:
    """The secret as text that quotes or escapes it has it: most of its letters and digits stay as they are."""
    forms = {secret}
    for encoder in _ENCODERS:
        forms.update(encoder(secret))
    return {_bytes(form) for form in forms}


def in_json(secret: str) -> set[bytes]:
    """The secret itself, and as a string of JSON."""
    return {_bytes(form) for form in (secret, *_in_json(secret))}


def encoded(secret: str, *, twice: bool = True) -> set[bytes]:
    """The secret as bytes in another alphabet: base64 at its three shifts, trimmed to what does not depend on the
    neighbours; that again in base64; base32, hexadecimal digits."""
    raw = _bytes(secret)
    forms = {raw.hex().encode(), raw.hex().upper().encode()}
    # Alone, also with the line feed of `echo`: what a short one is recognised by.
    forms |= {base64.b64encode(raw), base64.b64encode(raw + b"\n"), base64.urlsafe_b64encode(raw).rstrip(b"=")}
    if len(raw) < 8:
        forms |= {_core(form, 0) for form in forms if len(form) >= SHORTEST_CORE}
        forms |= {mark.join(f"{byte:02x}" for byte in raw).encode() for mark in " :"}
        forms |= {mark.join(f"{byte:02X}" for byte in raw).encode() for mark in " :"}
    forms = {form for form in forms if len(form) >= SHORTEST_CORE}
    cores = {core for shift in range(3) if len(core := _core(raw, shift)) >= SHORTEST_CORE}
    forms |= cores | {core.translate(_URL_SAFE) for core in cores}
    if twice and len(raw) >= 8:
        again = {_core(core, shift) for core in cores for shift in range(3)}
        forms |= {core for core in again if len(core) >= 2 * SHORTEST_CORE}
        forms.add(base64.b32encode(raw)[: len(raw) * 8 // 5])
    return forms


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def _core(raw: bytes, shift: int) -> bytes:
    """The characters of base64(prefix + raw + suffix) that depend on `raw` alone, for a prefix of `shift` bytes."""
    text = base64.b64encode(b"\0" * shift + raw)
    return text[(0, 2, 3)[shift] : (shift + len(raw)) * 8 // 6]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _in_addresses(secret: str) -> Iterator[str]:
    """Percent escapes of Python, JavaScript, Java, PHP, curl and jq: they differ in what they leave alone, some write
    small letters, and what goes through two of them is escaped twice."""
    raw = secret.encode("utf-8", "surrogateescape")
    for safe in _LEFT_ALONE:
        once = quote(raw, safe=safe)
        plus = quote_plus(raw, safe=safe)
        for form in (once, plus, once.replace("~", "%7E"), plus.replace("~", "%7E")):
            yield form
            yield _small(form)
        yield quote(once, safe="")
        yield quote(once, safe=safe)
        yield quote(_small(once), safe="")
    yield "".join(f"%{byte:02x}" for byte in raw)
    yield "".join(f"%{byte:02X}" for byte in raw)


def _small(text: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), text)


def _in_json(secret: str) -> Iterator[str]:
    """Strict, with `\\/` (PHP), with <, > and & escaped (Go, Rails), quotes and more (.NET, Gson); a string of JSON in
    JSON. Also of TOML, and of YAML in double quotes."""
    for text in (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        for form in (text, text.replace("/", r"\/")):
            yield form
            yield json.dumps(form, ensure_ascii=False)[1:-1]
            yield json.dumps(json.dumps(form, ensure_ascii=False)[1:-1], ensure_ascii=False)[1:-1]
        yield _as_units(text, "<>&")
        yield _as_units(text, "<>&'=")
        dotnet = _as_units(text.replace(r"\"", r"\u0022"), "<>&'+`")
        yield re.sub(r"\\u([0-9a-f]{4})", lambda found: "\\u" + found[1].upper(), dotnet)
        yield re.sub(r"\\u([0-9a-f]{4})", lambda found: "\\u" + found[1].upper(), text)


def _as_units(text: str, letters: str) -> str:
    return "".join(f"\\u{ord(one):04x}" if one in letters else one for one in text)


def _in_markup(secret: str) -> Iterator[str]:
    """Entities of HTML and XML: the quotes have several each."""
    text = secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for quotes in _QUOTES:
        for apostrophes in _APOSTROPHES:
            yield text.translate(str.maketrans({**quotes, **apostrophes}))
    entities = "".join(one if one.isascii() else f"&#{ord(one)};" for one in text)
    yield from (entities, re.sub(r"&#(\d+);", lambda found: f"&#x{int(found[1]):X};", entities))


def _in_shells(secret: str) -> Iterator[str]:
    """As bash writes it: `set -x` and `${x@Q}`, `declare -p`, `printf %q`; as others quote for it."""
    yield shlex.quote(secret).strip("'")
    yield secret.replace("'", r"'\''")
    yield secret.replace("'", "'\\\\''")
    yield re.sub(r'([\\"$`])', r"\\\1", secret)
    yield re.sub(r'([\\"$`!])', r"\\\1", secret)
    yield re.sub(r"([\s'\"\\|&;()<>!{}*\[?\]^$`,]|^[#~]|(?<=[:=])~)", r"\\\1", secret)
    yield re.sub(r"([^\w@%+=:,./\n-])", r"\\\1", secret, flags=re.A)
    named = re.sub(r"['\\]", r"\\\g<0>", secret).translate(str.maketrans(_CONTROLS))
    yield named
    yield "".join(one if " " <= one <= "~" else "".join(rf"\{byte:03o}" for byte in _bytes(one)) for one in named)
    yield secret.replace("$", "$$")


def _in_source(secret: str) -> Iterator[str]:
    """As programs show a string: Python, Ruby, PHP, Perl, node, Go, C; with either quote."""
    yield repr(secret)[1:-1]
    yield repr(_bytes(secret))[2:-1]
    for mark in ("'", '"', "`"):
        yield secret.replace("\\", r"\\").replace(mark, "\\" + mark)
        yield secret.replace(mark, "\\" + mark)
    ruby = secret.replace("\\", r"\\").replace('"', r"\"").translate(str.maketrans(_CONTROLS))
    yield ruby
    yield re.sub(r"#(?=[{$@])", r"\\#", ruby)
    yield "".join(rf"\x{byte:02x}" for byte in _bytes(secret))
    yield "".join(rf"\x{byte:02X}" for byte in _bytes(secret))
    yield re.sub(r"(\W)", r"\\\1", secret, flags=re.A)
    yield re.sub(rb"(\W)", rb"\\\1", _bytes(secret)).decode("utf-8", "surrogateescape")
    yield re.escape(secret)


def _in_files(secret: str) -> Iterator[str]:
    """SQL, CSV and YAML double their quote; MySQL and COPY have backslashes; `.pgpass`, ini, properties, sed."""
    yield secret.replace("'", "''")
    yield secret.replace("'", "''").replace("\\", r"\\")
    yield secret.replace('"', '""')
    mysql = re.sub(r"(['\"\\])", r"\\\1", secret).replace("\n", r"\n").replace("\r", r"\r")
    yield from (mysql, mysql.replace("\x1a", r"\Z"))
    yield secret.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")
    yield re.sub(r"([\\:])", r"\\\1", secret)
    yield re.sub(r"(['\\])", r"\\\1", secret)
    yield secret.replace("%", "%%")
    properties = re.sub(r"([\\:=#!])", r"\\\1", secret)
    yield from (properties, properties.replace(" ", r"\ "))
    yield "".join(one if one.isascii() else f"\\u{ord(one):04X}" for one in properties if ord(one) < 0x10000)
    yield re.sub(r"([\\/&])", r"\\\1", secret)
    yield "".join(one if one.isascii() and one != "=" else "".join(f"={b:02X}" for b in _bytes(one)) for one in secret)


_ENCODERS: tuple[Callable[[str], Iterator[str]], ...] = (
    _in_addresses,
    _in_json,
    _in_markup,
    _in_shells,
    _in_source,
    _in_files,
)
