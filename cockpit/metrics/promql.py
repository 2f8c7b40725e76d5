"""PromQL: the questions behind the ready metrics, and what Prometheus's answers mean."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cockpit.external.http import HttpError
from cockpit.text.masking import outside

QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
MEASURES = ("errors", "rate", *QUANTILES)

_LAST = 'le="+Inf"'
NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_MATCHER = r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"((?:[^"\\\n]|\\.)*)"\s*'
_SELECTOR = re.compile(rf"(?:{_MATCHER}(?:,{_MATCHER})*,?)?")
_PLAIN = re.compile(rf"\s*{NAME.pattern}\s*(?:\{{{_SELECTOR.pattern}\}})?\s*")


@dataclass(frozen=True)
class Family:
    """What the service calls things, and which of it counts. `selector`: label matchers without braces; `window` in
    seconds."""

    requests: str = "http_requests_total"
    duration: str = "http_request_duration_seconds"
    status_label: str = "status"
    selector: str = ""
    window: float = 60.0

    @property
    def over(self) -> str:
        """The window as PromQL writes it."""
        return f"{self.window:g}s" if self.window == int(self.window) else f"{round(self.window * 1000)}ms"


@dataclass(frozen=True)
class Question:
    """A metric in PromQL: `value`; `samples`, how many observations stand behind it; `series`, a plain selector whose
    newest raw sample tells the value's true age (a rate over a window goes on answering after its target died)."""

    value: str
    samples: str = ""
    series: str = ""
    window: float | None = None
    unit: str | None = None
    """`%`, `s` or empty; None where only who wrote the query knows."""

    @property
    def age(self) -> str:
        """The age of the newest raw sample in seconds; no answer where the series has ended."""
        return f"time() - max(timestamp({self.series}))" if self.series else ""


@dataclass(frozen=True)
class Point:
    """One sample of an instant query: labels, Unix time of the evaluation, value (may be NaN or infinite)."""

    labels: Mapping[str, str]
    at: float
    value: float


def question(measure: str, family: Family) -> Question:
    """The question behind `errors` (% of requests answered with 5xx), `rate` (1/s) or a quantile (s)."""
    requests = f"{family.requests}{_braces(family.selector)}"
    if measure in QUANTILES:
        buckets = f"{family.duration}_bucket{_braces(family.selector)}"
        # Not `_count`: what the quantile itself is made of is what has to be there, and fresh.
        count = f"{family.duration}_bucket{_braces(family.selector, _LAST)}"
        value = f"histogram_quantile({QUANTILES[measure]:g}, sum by (le) (rate({buckets}[{family.over}])))"
        return Question(value, f"sum(increase({count}[{family.over}]))", count, family.window, "s")
    asked = f"sum(increase({requests}[{family.over}]))"
    if measure == "rate":
        return Question(f"sum(rate({requests}[{family.over}]))", asked, requests, family.window, "")
    server_error = f'{family.status_label}=~"5.."'
    failed = f"{family.requests}{_braces(family.selector, server_error)}"
    # Without a 5xx so far there is no such series: `or vector(0)` makes it 0 % and not "no data".
    value = f"(sum(rate({failed}[{family.over}])) or vector(0)) / sum(rate({requests}[{family.over}])) * 100"
    return Question(value, asked, requests, family.window, "%")


def edges_question(family: Family) -> str:
    """The upper edges of the histogram, one series for each."""
    return f"count by (le) ({family.duration}_bucket{_braces(family.selector)})"


def bare_selector(text: str) -> str | None:
    """The label matchers without braces, None where they cannot be read."""
    inner = text.strip()
    if inner.startswith("{") and inner.endswith("}"):
        inner = inner[1:-1]
    return inner.strip().strip(",") if _SELECTOR.fullmatch(inner) else None


def target_labels(selector: str) -> str:
    """Those matchers that the series `up` has too: job and instance."""
    found = (match[0].strip() for match in re.finditer(_MATCHER, selector) if match[1] in ("job", "instance"))
    return ",".join(found)


def plain_series(query: str) -> str:
    """The query itself where it is nothing but a series with labels, else empty."""
    return query.strip() if _PLAIN.fullmatch(query) else ""


def points(document: object, where: str) -> list[Point]:
    """The samples of an answer of /api/v1/query. Raises HttpError with Prometheus's own words, or ours."""
    shape, result = _result(document, where)
    try:
        if shape == "scalar":
            return [_point({}, result)]
        if shape == "vector" and isinstance(result, list):
            return [_point(one["metric"], one["value"]) for one in result]
    except (KeyError, TypeError, ValueError, IndexError):
        raise HttpError(f"{where} returned an unreadable {shape} (a native histogram?)") from None
    if shape == "matrix":
        raise HttpError("the query returned a range of samples; remove its [...], or take a rate over it")
    raise HttpError(f"the query returned a {outside(str(shape), limit=20)}, not a number")


def row(document: object, where: str) -> list[Point]:
    """The samples of the one series of an answer of /api/v1/query_range; empty where there is none. Raises HttpError,
    also for several series."""
    shape, result = _result(document, where)
    try:
        if shape == "matrix" and isinstance(result, list):
            single([_point(one["metric"], one["values"][0]) for one in result])
            return [_point(one["metric"], value) for one in result for value in one["values"]]
    except (KeyError, TypeError, ValueError, IndexError):
        pass
    raise HttpError(f"{where} returned an unreadable {outside(str(shape), limit=20)}")


def _result(document: object, where: str) -> tuple[object, object]:
    """Type and content of an answer. Raises HttpError where it is none, or a refusal."""
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(document, dict) or document.get("status") not in ("success", "error"):
        raise HttpError(f"{where} returned JSON that is not Prometheus's")
    if document["status"] == "error":
        kind, text = outside(str(document.get("errorType"))), outside(str(document.get("error")))
        raise HttpError(f"Prometheus refused the query ({kind}): {text}")
    return (data.get("resultType"), data.get("result")) if isinstance(data, dict) else (None, None)


def single(found: list[Point]) -> Point | None:
    """The one sample, None for an empty answer. Raises HttpError for several."""
    if len(found) > 1:
        raise HttpError(f"the query returned {len(found)} series, expected one; wrap it in sum(...) or max(...)")
    return found[0] if found else None


def not_finite(value: float) -> str:
    """What NaN or an infinite value is, in words; empty for any other value."""
    if math.isnan(value):
        return "the result is NaN: nothing to divide by (no requests in the window?)"
    return "" if math.isfinite(value) else f"the result is {'+' if value > 0 else '-'}Inf"


def _point(labels: object, sample: object) -> Point:
    if not isinstance(labels, dict) or not isinstance(sample, list):
        raise TypeError
    at, value = sample
    return Point({str(name): str(text) for name, text in labels.items()}, float(at), float(value))


def _braces(*matchers: str) -> str:
    inner = ",".join(matcher for matcher in matchers if matcher)
    return f"{{{inner}}}" if inner else ""
