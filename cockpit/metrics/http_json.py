"""Source `http_json`: any HTTP API that answers JSON; per metric a path to one number in it.

In urls and bodies `{now}` is the Unix time in seconds and `{now_ms}` in milliseconds, also as `{now-5m}`: monitoring
APIs want the span they shall answer for.
"""

import asyncio
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cockpit.external.http import Client, HttpError, shown
from cockpit.metrics import access as entry
from cockpit.metrics import jsonpath
from cockpit.metrics.answers import document, status_words
from cockpit.metrics.base import Reading, Source, SourceError
from cockpit.metrics.options import Metrics, Options, of_metric
from cockpit.text.units import parse_duration

_METHODS = ("GET", "POST")
_NOW = re.compile(r"\{now(_ms)?(?:([+-])(\d+(?:ms|s|m|h|d)))?\}")

Request = tuple[str, str, str]
"""Method, url and body: metrics with the same request share its answer."""


@dataclass(frozen=True)
class Pick:
    """What one metric takes out of the answer. `scale` multiplies (0.001 makes seconds of milliseconds)."""

    request: Request
    path: tuple[jsonpath.Part, ...]
    time_path: tuple[jsonpath.Part, ...] | None
    scale: float


class HttpJson:
    """Asks each distinct request once per reading, all at the same time."""

    def __init__(self, name: str, clients: Mapping[Request, Client], picks: Mapping[str, Pick]) -> None:
        self.name = name
        self._clients = clients
        self._picks = picks

    async def read(self, now: float) -> list[Reading]:
        """A missing or null value is no data; anything but a number is an error that says where it stands."""
        asked = await asyncio.gather(*(self._ask(request, now) for request in self._clients))
        answers = dict(zip(self._clients, asked, strict=True))
        return [_reading(metric, pick, answers[pick.request], now) for metric, pick in self._picks.items()]

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()

    async def _ask(self, request: Request, now: float) -> object:
        """The document, or the HttpError."""
        method, url, body = request
        client, where = self._clients[request], shown(url)
        try:
            answer = await client.ask(method, url=at_time(url, now), body=at_time(body, now) or None)
            if not 200 <= answer.status < 300:
                return HttpError(status_words(answer, where, client.access))
            return await document(answer, where)
        except HttpError as error:
            return error


def _reading(metric: str, pick: Pick, answer: object, now: float) -> Reading:
    if isinstance(answer, HttpError):
        return Reading(metric, now, error=str(answer))
    try:
        value = jsonpath.number(answer, pick.path)
        at = jsonpath.moment(answer, pick.time_path) if pick.time_path is not None else now
    except jsonpath.PathError as error:
        return Reading(metric, now, error=f"{shown(pick.request[1])}: {error}")
    for missing in (value, at):
        if isinstance(missing, jsonpath.Absent):
            return Reading(metric, now, detail=missing.why)
    assert isinstance(value, float)
    assert isinstance(at, float | int)
    detail = "" if math.isfinite(value) else f"{jsonpath.written(pick.path)} is {value}"
    return Reading(metric, at, value * pick.scale, detail=detail)


def at_time(text: str, now: float) -> str:
    """The text with `{now}`, `{now_ms}`, `{now-5m}` filled in."""

    def filled(match: re.Match[str]) -> str:
        away = parse_duration(match[3]) if match[3] else 0.0
        moment = now - away if match[2] == "-" else now + away
        return str(int(moment * 1000 if match[1] else moment))

    return _NOW.sub(filled, text)


def build(name: str, options: Mapping[str, object], metrics: Metrics) -> Source:
    """Options: url, method (GET), body (a text, or a table sent as JSON), timeout, headers, token, username, password,
    tls. Per metric: path, scale (1), time_path, and url, method, body where they differ. Raises SourceError."""
    given = Options(name, options).only("url", "method", "body", *entry.NAMES)
    if not metrics:
        raise SourceError(f"source {name!r} provides no metric; use it in one ([metrics.NAME] source = {name!r})")
    picks: dict[str, Pick] = {}
    for metric, table in metrics.items():
        own = of_metric(name, metric, table).only("path", "scale", "time_path", "url", "method", "body")
        path = _path(own, "path")
        time_path = _path(own, "time_path") if "time_path" in table else None
        picks[metric] = Pick(_request(given, own), path, time_path, own.number("scale", 1.0))
    clients: dict[Request, Client] = {}
    for pick in picks.values():
        method, url, _ = pick.request
        sent = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if method == "POST" else {})
        clients[pick.request] = clients.get(pick.request) or Client(url, entry.access(given, url, sent))
    return HttpJson(name, clients, picks)


def _request(given: Options, own: Options) -> Request:
    def said(key: str) -> Options:
        return own if key in own.table else given

    method = said("method").choice("method", _METHODS, "GET")
    url = said("url").text("url")
    # Checked with a time in it: braces are no characters of a URL.
    entry.check(given.source, at_time(url, 0.0), f"{said('url').at}url")
    body = said("body").table.get("body", "")
    if isinstance(body, Mapping | list):
        body = json.dumps(body)
    if not isinstance(body, str):
        raise said("body").error("body", "must be a string, or a table that is sent as JSON")
    if body and method == "GET":
        raise said("body").error("body", 'needs method = "POST"')
    return method, url, body


def _path(options: Options, key: str) -> tuple[jsonpath.Part, ...]:
    try:
        return jsonpath.parts(options.text(key))
    except ValueError as error:
        raise options.error(key, f'{error}; use a form such as series[0].points[-1] or data["error rate"]') from None
