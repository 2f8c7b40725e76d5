"""`file`: a value in a JSON or TOML file, or a file that holds nothing else; replaced in one piece."""

import asyncio
import json
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cockpit.flags.base import Context, FlagError, Seen, Setter, Wanted
from cockpit.flags.options import asked, options_of
from cockpit.flags.program import text_of
from cockpit.flags.values import seen
from cockpit.metrics import jsonpath
from cockpit.settings.toml_lines import find_line

FORMATS = ("json", "toml", "text")
_VALUE = re.compile(r"(=\s*)([^#\n]*?)(\s*(?:#.*)?)$")


class FlagFile:
    """`path`: where the value stands in the document; empty in a plain file."""

    def __init__(self, file: Path, form: str, path: tuple[str, ...]) -> None:
        self._file = file
        self._form = form
        self._path = path
        self.how = f"file {file.name}" + (f": {'.'.join(path)}" if path else "")
        self.readable = True

    async def set(self, wanted: Wanted) -> str:
        await asyncio.to_thread(self._write, wanted)
        return ""

    async def read(self, wanted: Wanted) -> Seen:
        return await asyncio.to_thread(self._read, wanted)

    async def close(self) -> None:
        """Nothing is kept open."""

    def _text(self) -> str:
        try:
            return self._file.read_text(encoding="utf-8")
        except OSError as error:
            raise FlagError(f"{self._file}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise FlagError(f"{self._file}: not UTF-8") from None

    def _read(self, wanted: Wanted) -> Seen:
        text = self._text()
        value = text if self._form == "text" else self._look(self._document(text))
        return seen(value, wanted.form, str(self._file))

    def _document(self, text: str) -> Any:
        try:
            return json.loads(text) if self._form == "json" else tomllib.loads(text)
        except ValueError as error:
            raise FlagError(f"{self._file}: cannot be read as {self._form}: {error}") from None

    def _look(self, document: Any) -> object:
        try:
            value = jsonpath.look(document, self._path)
        except jsonpath.PathError as error:
            raise FlagError(f"{self._file}: {error}") from None
        if isinstance(value, jsonpath.Absent):
            raise FlagError(f"{self._file}: {value.why}")
        return value

    def _write(self, wanted: Wanted) -> None:
        if self._form == "text":
            self._replace(f"{text_of(wanted.value)}\n")
            return
        text = self._text()
        document = self._document(text)
        self._look(document)
        self._replace(self._in_toml(text, wanted) if self._form == "toml" else self._in_json(document, wanted.value))

    def _in_json(self, document: Any, value: object) -> str:
        return json.dumps(self._with(document, value), indent=2, ensure_ascii=False) + "\n"

    def _with(self, document: Any, value: object) -> Any:
        """The document with that value in it."""
        here = document
        for part in self._path[:-1]:
            here = here[part]
        here[self._path[-1]] = value
        return document

    def _in_toml(self, text: str, wanted: Wanted) -> str:
        """Only the line of the value is another one, comments and all; what comes out is read before it is written."""
        line = find_line(text, self._path)
        lines = text.split("\n")
        changed, found = _VALUE.subn(lambda match: f"{match[1]}{text_of(wanted.value)}{match[3]}", lines[line - 1], 1)
        result = "\n".join([*lines[: line - 1], changed, *lines[line:]])
        wanted_document = self._with(tomllib.loads(text), wanted.value)
        try:
            same = bool(line and found) and tomllib.loads(result) == wanted_document
        except tomllib.TOMLDecodeError:
            same = False
        if not same:
            raise FlagError(f"{self._file}: {'.'.join(self._path)} is not on its own line")
        return result

    def _replace(self, text: str) -> None:
        """By a rename: whoever reads it sees the old file or the new one, never a part."""
        target = self._file.resolve()
        name = ""
        try:
            mode = target.stat().st_mode & 0o7777 if target.exists() else 0o644
            descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
            with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
                file.write(text)
                file.flush()
                os.fchmod(descriptor, mode)
                os.fsync(descriptor)
            Path(name).replace(target)
        except OSError as error:
            if name:
                Path(name).unlink(missing_ok=True)
            raise FlagError(f"{target}: cannot be written: {error.strerror}") from None


def build(flag: str, options: Mapping[str, object], context: Context) -> Setter:
    """Options: path (of the file, below the repository's root), format (by its ending), key (of the value in it; the
    flag's name). Raises FlagError, SourceError."""
    given = options_of(flag, options).only("path", "format", "key", "timeout")
    file = Path(context.root) / asked(given, "path")
    ending = {".json": "json", ".toml": "toml"}.get(file.suffix, "text")
    form = given.choice("format", FORMATS, ending)
    if form == "text":
        return FlagFile(file, form, ())
    try:
        path = jsonpath.parts(asked(given, "key")) if "key" in options else (flag,)
    except ValueError as error:
        raise given.error("key", str(error)) from None
    if not path or not all(isinstance(part, str) for part in path):
        raise given.error("key", 'must be names, like checkout.percentage or features["new checkout"]')
    return FlagFile(file, form, tuple(str(part) for part in path))
