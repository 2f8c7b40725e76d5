"""`http`: any server that takes JSON, and says on a GET what the flag is."""

import json
from collections.abc import Mapping
from typing import Any

from cockpit.external.http import shown
from cockpit.flags.asking import Asking, segment
from cockpit.flags.base import Context, FlagError, Seen, Setter, Wanted
from cockpit.flags.options import options_of
from cockpit.flags.program import text_of
from cockpit.flags.values import seen
from cockpit.metrics import access as entry
from cockpit.metrics import jsonpath
from cockpit.metrics.options import Options

_METHODS = ("PUT", "POST", "PATCH")


class HttpFlag:
    """Sends the filled template; reads one place of what GET answers."""

    def __init__(self, method: str, body: object, setting: Asking, reading: Asking, path: str, where: str) -> None:
        self._method = method
        self._body = body
        self._setting = setting
        self._reading = reading
        self._path = jsonpath.parts(path)
        self._where = where
        self.how = f"{method} {where}"
        self.readable = True

    async def set(self, wanted: Wanted) -> str:
        await self._setting.send(self._method, body=in_json(self._body, wanted))
        return ""

    async def read(self, wanted: Wanted) -> Seen:
        try:
            value = jsonpath.look(await self._reading.get(), self._path)
        except jsonpath.PathError as error:
            raise FlagError(f"{self._where}: {error}") from None
        if isinstance(value, jsonpath.Absent):
            raise FlagError(f"{self._where}: {value.why}")
        return seen(value, wanted.form, self._where)

    async def close(self) -> None:
        await self._setting.close()
        await self._reading.close()


def in_json(template: Any, wanted: Wanted) -> Any:
    """The template with its holes filled in as values of JSON: `"{percent}"` alone becomes a number, `"{value}"` what
    it is, and within a longer text all are text."""
    if isinstance(template, Mapping):
        return {in_text(str(key), wanted): in_json(value, wanted) for key, value in template.items()}
    if isinstance(template, list | tuple):
        return [in_json(value, wanted) for value in template]
    if not isinstance(template, str):
        return template
    alone: dict[str, object] = {"{percent}": wanted.number, "{value}": wanted.value}
    return alone[template] if template in alone else in_text(template, wanted)


def in_text(text: str, wanted: Wanted) -> str:
    for hole, value in (("{percent}", f"{wanted.number}"), ("{value}", text_of(wanted.value))):
        text = text.replace(hole, value)
    return text.replace("{flag}", wanted.flag)  # last: a name with braces is not filled in again


def build(flag: str, options: Mapping[str, object], context: Context) -> Setter:
    """Options: url (with `{flag}`), method (PUT), body (a table or JSON text), read_url (the same), path (of the value
    in what a GET answers), and headers, token, username, password, tls, timeout. Raises FlagError, SourceError."""
    given = options_of(flag, options).only("url", "method", "body", "read_url", "path", *entry.NAMES)
    url = _address(given, "url", flag)
    read_url = _address(given, "read_url", flag) if "read_url" in options else url
    sent = {"Accept": "application/json", "Content-Type": "application/json"}
    access = entry.access(given, url, sent)
    try:
        jsonpath.parts(given.text("path", ""))
    except ValueError as error:
        raise given.error("path", str(error)) from None
    return HttpFlag(
        given.choice("method", _METHODS, "PUT"),
        _body(given),
        Asking(url, access, context.secrets),
        Asking(read_url, access, context.secrets),
        given.text("path", ""),
        shown(url),
    )


def _address(given: Options, key: str, flag: str) -> str:
    return entry.check(given.source, given.text(key).replace("{flag}", segment(flag)), key)


def _body(given: Options) -> object:
    body = given.table.get("body", {"percentage": "{percent}"})
    if isinstance(body, str):
        try:
            return json.loads(body)
        except ValueError:
            raise given.error(
                "body", 'is not JSON; use {"percentage": "{percent}"} with every placeholder in quotes'
            ) from None
    return body
