"""Source `prometheus`: asks a Prometheus (or what speaks its API) by PromQL.

Measures `errors` (% of requests answered with 5xx), `rate` (requests per second), `p50`, `p90`, `p95`, `p99` (seconds),
and any `query` of its own. A target that is down reads *no data*, a Prometheus that is down reads *error*.
"""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

from cockpit.external.http import Client, HttpError, shown
from cockpit.metrics import access as entry
from cockpit.metrics.answers import document, status_words
from cockpit.metrics.base import Reading, Source
from cockpit.metrics.options import Metrics, Options, of_metric
from cockpit.metrics.promql import (
    LABEL,
    MEASURES,
    NAME,
    QUANTILES,
    Family,
    Point,
    Question,
    bare_selector,
    edges_question,
    not_finite,
    plain_series,
    points,
    question,
    row,
    single,
    target_labels,
)

DEFAULTS = ("errors", "p95")
_FAMILY = ("requests", "duration", "status_label", "selector", "window")
_PATH = "/api/v1/query"
_MOST_STEPS = 10_000
"""Prometheus gives 11,000 points of a series at once."""

Answers = Mapping[str, Point | HttpError | None]


class Prometheus:
    """`up`: a query that must give more than 0 before any other is believed; empty: the raw samples' age alone."""

    def __init__(
        self, name: str, client: Client, up: str, questions: Mapping[str, Question], families: Mapping[str, Family]
    ) -> None:
        self.name = name
        self.units = {metric: one.unit for metric, one in questions.items() if one.unit is not None}
        self._client = client
        self._where = shown(client.url)
        self._up = up
        self._questions = questions
        self._families = families

    async def read(self, now: float) -> list[Reading]:
        """Ask everything at once. `at` is the age of the newest raw sample before now, as Prometheus knows it."""
        asked = self._queries()
        answers: Answers = dict(zip(asked, await asyncio.gather(*map(self._answer, asked)), strict=True))
        return self._readings(answers, now)

    async def history(self, start: float, end: float, step: float) -> list[tuple[float, Reading]]:
        """What `read` would have said at start, start + step, ... until end: that time and the reading. Raises
        HttpError where one of the questions cannot be answered."""
        asked, steps = self._queries(), int((end - start) / step + 1e-6) + 1
        rows = await asyncio.gather(*(self._range(query, start, steps, step) for query in asked))
        found: list[tuple[float, Reading]] = []
        for place in range(steps):
            now = start + place * step
            answers: Answers = {query: its.get(place) for query, its in zip(asked, rows, strict=True)}
            found += [(now, reading) for reading in self._readings(answers, now)]
        return found

    def _queries(self) -> list[str]:
        asked = {self._up} | {text for one in self._questions.values() for text in (one.value, one.samples, one.age)}
        return sorted(asked - {""})

    def _readings(self, answers: Answers, now: float) -> list[Reading]:
        down = self._down(answers)
        return [self._reading(metric, one, answers, down, now) for metric, one in self._questions.items()]

    async def ceilings(self) -> dict[str, float]:
        """The top finite edge of the histogram behind each quantile, in seconds: nothing above it can be measured."""
        found: dict[str, float] = {}
        for metric, family in self._families.items():
            try:
                edges = [float(one.labels.get("le", "nan")) for one in await self._ask(edges_question(family))]
            except (HttpError, ValueError):
                continue  # its reading says so already
            finite = [edge for edge in edges if math.isfinite(edge)]
            if finite:
                found[metric] = max(finite)
        return found

    async def close(self) -> None:
        await self._client.close()

    async def _answer(self, query: str) -> Point | HttpError | None:
        try:
            return single(await self._ask(query))
        except HttpError as error:
            return error

    async def _ask(self, query: str) -> list[Point]:
        return points(await self._document("", {"query": query}), self._where)

    async def _range(self, query: str, start: float, steps: int, step: float) -> dict[int, Point]:
        """Number of the step -> its sample; a step without one is not there."""
        found: dict[int, Point] = {}
        url = urlunsplit((parts := urlsplit(self._client.url))._replace(path=f"{parts.path}_range"))
        for first in range(0, steps, _MOST_STEPS):
            last = min(first + _MOST_STEPS, steps) - 1
            between = {"start": f"{start + first * step:.3f}", "end": f"{start + last * step:.3f}"}
            answer = await self._document(url, {"query": query, **between, "step": f"{step:.3f}"})
            found |= {round((one.at - start) / step): one for one in row(answer, self._where)}
        return found

    async def _document(self, url: str, params: Mapping[str, str]) -> object:
        limit = f"{max(1, round(self._client.access.timeout * 1000))}ms"
        answer = await self._client.ask(url=url, params={**params, "timeout": limit})
        if answer.status != 200 and not (answer.status in (400, 422, 503) and answer.body.lstrip()[:1] == "{"):
            raise HttpError(status_words(answer, self._where, self._client.access))
        return await document(answer, self._where)

    def _down(self, answers: Answers) -> str | HttpError:
        """Why nothing else may be believed; empty where the target is up."""
        if not self._up:
            return ""
        up = answers[self._up]
        if isinstance(up, HttpError):
            return HttpError(f"up: {up}")
        if up is None:
            return f"target down: {self._up} returned nothing"
        return "" if up.value > 0 else f"target down: up = {up.value:g}"

    def _reading(self, metric: str, one: Question, answers: Answers, down: str | HttpError, now: float) -> Reading:
        value, samples, age = answers[one.value], answers.get(one.samples), answers.get(one.age)
        for answer in (value, down, samples, age):
            if isinstance(answer, HttpError):
                return Reading(metric, now, error=str(answer))
        if down:
            return Reading(metric, now, detail=str(down))
        if one.age and not isinstance(age, Point):
            return Reading(metric, now, detail=f"no current sample of {one.series}; it has ended, or the name is wrong")
        if not isinstance(value, Point):
            return Reading(metric, now, detail="the query returned nothing (an empty vector)")
        # An answer from a cache in between is as old as its own time says.
        at = value.at - (age.value if isinstance(age, Point) else 0.0)
        count = round(samples.value) if isinstance(samples, Point) and math.isfinite(samples.value) else None
        odd = not_finite(value.value)  # without end is a measurement all the same: what is judged decides
        behind = f"{count or 'no'} requests in {one.window:g} s" if count is not None and one.window else ""
        return Reading(
            metric,
            at,
            None if math.isnan(value.value) else value.value,
            "",
            one.window,
            count,
            behind if odd and count == 0 else odd or behind,
        )


def build(name: str, options: Mapping[str, object], metrics: Metrics) -> Source:
    """Options: url; timeout, headers, token, username, password, tls; up, job; requests, duration, status_label,
    selector, window (1 min). Per metric: query with series and samples, or measure and what is different of the
    above. Raises SourceError."""
    given = Options(name, options).only("url", "up", "job", *_FAMILY, *entry.NAMES)
    url = _address(entry.check(name, given.text("url")))
    job = given.text("job", "").replace("\\", "\\\\").replace('"', '\\"')
    family = _family(given, Family(selector=f'job="{job}"' if job else ""))
    labels = target_labels(family.selector)
    up = given.text("up", f"min(up{{{labels}}})" if labels else "")
    questions, families = dict[str, Question](), dict[str, Family]()
    for metric, table in (metrics or {default: {} for default in DEFAULTS}).items():
        own = of_metric(name, metric, table)
        if "query" in own.table:
            own.only("query", "series", "samples")
            query = own.text("query")
            questions[metric] = Question(query, own.text("samples", ""), own.text("series", plain_series(query)))
            continue
        own.only("query", "series", "samples", "measure", *_FAMILY)
        measure = own.text("measure", metric)
        if measure not in MEASURES:
            raise own.error("query", f"is missing; {measure!r} is none of {', '.join(MEASURES)}")
        its = _family(own, family)
        questions[metric] = question(measure, its)
        if measure in QUANTILES:
            families[metric] = its
    return Prometheus(name, Client(url, entry.access(given, url)), up, questions, families)


def _family(options: Options, base: Family) -> Family:
    """The base with what the options say otherwise; their selector narrows the base's."""
    names = {key: options.text(key, getattr(base, key)) for key in ("requests", "duration", "status_label")}
    for key, text in names.items():
        if not (LABEL if key == "status_label" else NAME).fullmatch(text):
            raise options.error(key, f"is not a valid Prometheus name: {text!r}")
    own = bare_selector(options.text("selector", ""))
    if own is None:
        raise options.error("selector", """must be label matchers such as 'job="web",path!="/health"'""")
    selector = ",".join(filter(None, (base.selector, own)))
    return replace(base, **names, selector=selector, window=options.seconds("window", base.window))


def _address(url: str) -> str:
    """The address of the query API below the server's own, which may have a path and a query already."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    return urlunsplit(parts._replace(path=path if path.endswith(_PATH) else path + _PATH))
