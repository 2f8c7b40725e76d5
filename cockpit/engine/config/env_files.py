"""An `env_file` as dotenv reads it, without expanding anything; `NAME<<END` and backquotes besides.

What cannot be read is said with its line, never passed over: the rest of a key whose quotes were missed would reach the
log in clear.
"""

import codecs
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from dotenv.parser import Binding, Reader, parse_binding
from msgspec import Struct

_HEREDOC = re.compile(
    r"\s*(?:export[ \t]+)?(?P<key>[A-Za-z_][\w.-]*)<<(?P<end>\S+)[ \t]*\n(?P<value>(?:.*\n)*?)(?P=end)[ \t]*(?:\n|$)",
    re.A,
)
_HEREDOC_BEGINS = re.compile(r"\s*(?:export[ \t]+)?(?P<key>[A-Za-z_][\w.-]*)<<\S+[ \t]*(?:\n|$)", re.A)
_BACKQUOTED = re.compile(
    r"\s*(?:export[ \t]+)?(?P<key>[A-Za-z_][\w.-]*)[ \t]*=[ \t]*`(?P<value>[^`]*)`[ \t]*(?:#.*)?(?:\n|$)", re.A
)
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.A)
_EXPANDED = re.compile(r"(?<!\\)\$(?:\{[A-Za-z_]|\()")


class EnvFile(Struct, frozen=True):
    """What a file of variables holds. `hidden`: text of it that is in no value, and must not be seen either."""

    values: dict[str, str] = {}
    unread: tuple[tuple[int, str], ...] = ()
    """Line and reason of what could not be read."""
    hidden: tuple[str, ...] = ()
    expanding: tuple[str, ...] = ()
    """Names whose value another program would expand: `${NAME}`, `$(command)`."""


def read_env_file(path: Path) -> EnvFile:
    """Everything in the file. Raises OSError."""
    values: dict[str, str] = {}
    unread: list[tuple[int, str]] = []
    hidden: set[str] = set()
    expanding: set[str] = set()
    for key, value, line, text in _bindings(_text(path.read_bytes())):
        why = _why_unread(key, value, text)
        if why:
            unread.append((line, why))
            hidden.update((text.strip(), *_readings(text)))
        elif key is not None and value is not None:
            values[key] = value
            expanding.discard(key)
            if _EXPANDED.search(value) and not text.rstrip().endswith("'"):
                expanding.add(key)
            hidden.update(one for one in _readings(text) if "\\" in text and one != value)
    return EnvFile(values, tuple(unread), tuple(sorted(hidden)), tuple(sorted(expanding)))


def why_unread(path: Path) -> str:
    """Why steps would lack variables of this file, and what to do; empty where all of it can be read."""
    try:
        unread = read_env_file(path).unread
    except OSError as error:
        return f"env_file {path}: {error.strerror}. Add the file, or remove env_file from cockpit.toml"
    lines = [f"{path}:{line}: {why}" for line, why in unread]
    return "\n  ".join(("env_file has unreadable lines:", *lines)) if lines else ""


def _text(data: bytes) -> str:
    """Lines end with a line feed alone, as in node's dotenv: a key with carriage returns in it fits no server."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16", "replace")
    else:
        text = data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _bindings(text: str) -> Iterator[tuple[str | None, str | None, int, str]]:
    """(name, value, line, text) of everything in the file; name and value are None where there is none."""
    reader = Reader(StringIO(text))
    while reader.has_next():
        own = _own(reader)
        if own is not None:
            yield own
            continue
        binding: Binding = parse_binding(reader)
        string = binding.original.string
        blank = len(string) - len(string.lstrip())
        key = "" if binding.error else binding.key
        yield key, binding.value, binding.original.line + string.count("\n", 0, blank), string[blank:]


def _own(reader: Reader) -> tuple[str, str, int, str] | None:
    """What dotenv for Python does not know: GitHub's `NAME<<END`, and backquotes as in node's."""
    at, line, text = reader.position.chars, reader.position.line, reader.string
    found = _HEREDOC.match(text, at) or _BACKQUOTED.match(text, at)
    begins = found or _HEREDOC_BEGINS.match(text, at)
    if begins is None:
        return None
    # One without its last line takes everything behind it: none of that is a line of its own.
    read = begins[0] if found is not None else text[at:]
    reader.position.advance(read)
    line += text.count("\n", at, begins.start("key"))
    if found is None:
        return "", "", line, read
    value = found["value"]
    return found["key"], value.removesuffix("\n") if found.re is _HEREDOC else value, line, read


def _why_unread(key: str | None, value: str | None, text: str) -> str:
    if key is None:
        return ""
    raw = text.partition("=")[2].strip()
    if not key and _HEREDOC_BEGINS.match(text):
        return "the line that closes `<<` is missing"
    if (not key and raw.startswith(("'", '"'))) or (raw.startswith("`") and raw.count("`") == 1):
        return "unclosed quotes, or text after them"
    if not key or (value is None and not text.lstrip().startswith("export")):
        return "neither NAME=value nor a comment"
    if not _NAME.fullmatch(key):
        return "the text before = is not a variable name"
    return "contains a NUL character" if value and "\0" in value else ""


def _readings(text: str) -> Iterator[str]:
    """What other readers of such files take for the value: as it stands, without quotes, without backslashes."""
    raw = text.partition("=")[2].strip()
    for one in (raw, raw.strip("\"'`")):
        yield one
        yield re.sub(r"\\(.)", r"\1", one)
