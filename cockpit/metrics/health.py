"""Source `health`: addresses that answer 2xx when all is well. Measures `health` (1 ok, 0 failing) and `latency` (s, of
the slowest)."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cockpit.external.http import Answer, Client, HttpError, shown
from cockpit.metrics import access as entry
from cockpit.metrics.answers import status_words
from cockpit.metrics.base import Reading, Source
from cockpit.metrics.options import Metrics, Options, measures, of_metric
from cockpit.text.masking import outside

DEFAULTS = ("health",)
MEASURES = ("health", "latency")
_OPTIONS = ("url", "urls", "expect", "status", "max_latency", "follow_redirects", *entry.NAMES)
_SEARCHED = 64 * 1024
"""Characters of an answer that a regular expression is tried on: one that backtracks must not hold up the rest."""


@dataclass(frozen=True)
class Wanted:
    """What a good answer is. `statuses` are pairs of first and last; `expect` a text or a pattern; `slowest` in
    seconds."""

    statuses: tuple[tuple[int, int], ...]
    expect: str | re.Pattern[str]
    slowest: float | None

    def complaint(self, answer: Answer) -> str:
        """What is wrong with the answer; empty where nothing is."""
        if not any(first <= answer.status <= last for first, last in self.statuses):
            ranges = ", ".join(_range_words(*one) for one in self.statuses)
            return f", {ranges} expected" + (f", redirects to {answer.location}" if answer.location else "")
        if isinstance(self.expect, str):
            if self.expect not in answer.body:
                return f", but {self.expect!r} is not in the response"
        elif not self.expect.search(answer.body[:_SEARCHED]):
            return f", but nothing in the response matches /{self.expect.pattern}/"
        if self.slowest is not None and answer.seconds > self.slowest:
            return f", slower than {self.slowest * 1000:.0f} ms"
        return ""


class Health:
    """No answer is a failing answer: unlike elsewhere, silence here is what is being measured."""

    def __init__(self, name: str, clients: Sequence[Client], wanted: Wanted, measures: Mapping[str, str]) -> None:
        self.name = name
        self.units = {metric: "up" if measure == "health" else "s" for metric, measure in measures.items()}
        self._clients = clients
        self._wanted = wanted
        self._measures = measures

    async def read(self, now: float) -> list[Reading]:
        """Ask every address once. `health` always has a value: 1 where all are well; `latency` only where every one
        answered."""
        answers = await asyncio.gather(*map(self._ask, self._clients))
        return [
            self._latency(metric, answers, now) if measure == "latency" else self._health(metric, answers, now)
            for metric, measure in self._measures.items()
        ]

    async def close(self) -> None:
        for client in self._clients:
            await client.close()

    async def _ask(self, client: Client) -> Answer | str:
        try:
            return await client.ask()
        except HttpError as error:
            return str(error)

    def _health(self, metric: str, answers: Sequence[Answer | str], now: float) -> Reading:
        failing = [words for words in map(self._complaint, self._clients, answers) if words]
        if failing:
            more = f" ({len(failing)} of {len(answers)} fail)" if len(failing) > 1 else ""
            return Reading(metric, now, 0.0, samples=_answered(answers), detail=outside(failing[0]) + more)
        slowest = max((one for one in answers if isinstance(one, Answer)), key=lambda one: one.seconds)
        many = f"{len(answers)} addresses, " if len(answers) > 1 else ""
        return Reading(metric, now, 1.0, samples=len(answers), detail=f"{many}{_timed(slowest)}")

    def _complaint(self, client: Client, answer: Answer | str) -> str:
        if isinstance(answer, str):
            return answer
        wrong = self._wanted.complaint(answer)
        if wrong and answer.status in (401, 403) and client.access.credentials:
            return status_words(answer, shown(client.url), client.access)
        where = f"{shown(client.url)}: " if wrong and len(self._clients) > 1 else ""
        return f"{where}{_timed(answer)}{wrong}" if wrong else ""

    def _latency(self, metric: str, answers: Sequence[Answer | str], now: float) -> Reading:
        failed = next((answer for answer in answers if isinstance(answer, str)), "")
        if failed:
            return Reading(metric, now, error=failed)
        slowest = max((one for one in answers if isinstance(one, Answer)), key=lambda one: one.seconds)
        return Reading(metric, now, slowest.seconds, samples=len(answers), detail=_timed(slowest))


def _timed(answer: Answer) -> str:
    return f"{answer.status} in {answer.seconds * 1000:.0f} ms"


def _answered(answers: Sequence[Answer | str]) -> int | None:
    return sum(isinstance(answer, Answer) for answer in answers) or None


def _range_words(first: int, last: int) -> str:
    whole = first % 100 == 0 and last == first + 99
    return f"{first // 100}xx" if whole else str(first) if first == last else f"{first}-{last}"


def build(name: str, options: Mapping[str, object], metrics: Metrics) -> Source:
    """Options: url or urls (all must be well), status ("200-299"; a number, a range, or a list), expect (a text that
    the answer must hold, or /a regular expression/), max_latency, follow_redirects (false), timeout (3 s), headers,
    token, username, password, tls. Per metric: measure; a metric of the source's own name measures `health`. Raises
    SourceError."""
    given = Options(name, options).only(*_OPTIONS)
    wanted = Wanted(
        _statuses(given), _expect(given), given.seconds("max_latency", 1.0) if "max_latency" in options else None
    )
    tables = {metric: {"measure": "health", **table} if metric == name else table for metric, table in metrics.items()}
    for metric, table in tables.items():
        of_metric(name, metric, table).only("measure")
    measured = measures(name, tables, DEFAULTS, MEASURES)
    follow = given.flag("follow_redirects")
    clients = [Client(url, entry.access(given, url, follow=follow)) for url in entry.urls(given)]
    return Health(name, clients, wanted, measured)


def _expect(options: Options) -> str | re.Pattern[str]:
    text = options.text("expect", "")
    if len(text) < 3 or not (text.startswith("/") and text.endswith("/")):
        return text
    try:
        return re.compile(text[1:-1])
    except re.error as error:
        raise options.error("expect", f"is not a regular expression: {error}") from None


def _statuses(options: Options) -> tuple[tuple[int, int], ...]:
    value = options.table.get("status", "200-299")
    ranges: list[tuple[int, int]] = []
    for one in value if isinstance(value, list | tuple) else [value]:
        for text in str(one).split(",") if isinstance(one, str | int) and not isinstance(one, bool) else [""]:
            match = re.fullmatch(r"\s*([1-5]\d\d)\s*(?:-\s*([1-5]\d\d)\s*)?|\s*([1-5])xx\s*", text)
            first, last = (0, 0) if match is None else _pair(match)
            if not 100 <= first <= last:
                raise options.error("status", f'must be such as 204, "200-299", "2xx" or a list of them, not {one!r}')
            ranges.append((first, last))
    if not ranges:
        raise options.error("status", "is an empty list; no response could pass")
    return tuple(ranges)


def _pair(match: re.Match[str]) -> tuple[int, int]:
    if match[3]:
        return int(match[3]) * 100, int(match[3]) * 100 + 99
    return int(match[1]), int(match[2] or match[1])
