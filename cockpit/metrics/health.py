"""Source `health`: one URL that answers 2xx when all is well. Measures `health` (1 ok, 0 failing) and `latency` (s)."""

from collections.abc import Mapping

from cockpit.metrics import options as read
from cockpit.metrics.base import Reading, Source
from cockpit.metrics.http import Answer, Client, HttpError, check

DEFAULTS = ("health",)
MEASURES = ("health", "latency")
_OPTIONS = ("url", "timeout", "expect", "headers")


class Health:
    """No answer is a failing answer: unlike elsewhere, silence here is what is being measured."""

    def __init__(self, name: str, client: Client, expect: str, measures: Mapping[str, str]) -> None:
        self.name = name
        self._client = client
        self._expect = expect
        self._measures = measures

    async def read(self, now: float) -> list[Reading]:
        """Ask once. `health` always has a value; `latency` only where there was an answer."""
        try:
            answer = await self._client.get()
        except HttpError as error:
            return [self._failing(metric, measure, now, str(error)) for metric, measure in self._measures.items()]
        return [self._answered(metric, measure, now, answer) for metric, measure in self._measures.items()]

    async def close(self) -> None:
        await self._client.close()

    def _failing(self, metric: str, measure: str, now: float, words: str) -> Reading:
        if measure == "health":
            return Reading(metric, now, 0.0, detail=words)
        return Reading(metric, now, error=words)

    def _answered(self, metric: str, measure: str, now: float, answer: Answer) -> Reading:
        detail = f"{answer.status} in {answer.seconds * 1000:.0f} ms"
        if measure == "latency":
            return Reading(metric, now, answer.seconds, samples=1, detail=detail)
        if not 200 <= answer.status < 300:
            return Reading(metric, now, 0.0, samples=1, detail=f"{detail}, 2xx expected")
        if self._expect not in answer.body:
            return Reading(metric, now, 0.0, samples=1, detail=f"{detail}, but {self._expect!r} is not in the answer")
        return Reading(metric, now, 1.0, samples=1, detail=detail)


def build(name: str, options: Mapping[str, object], metrics: Mapping[str, Mapping[str, object]]) -> Source:
    """Options: url, timeout (3 s), expect (a text that the answer must hold), headers. Raises SourceError."""
    read.only(name, options, _OPTIONS)
    wanted = read.measures(name, metrics, DEFAULTS, MEASURES)
    url = check(name, read.text(name, options, "url"))
    timeout = read.seconds(name, options, "timeout", read.TIMEOUT_SECONDS)
    client = Client(url, timeout=timeout, headers=read.mapping(name, options, "headers"))
    return Health(name, client, read.text(name, options, "expect", ""), wanted)
