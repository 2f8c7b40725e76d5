"""From the settings to readings: variables filled in wherever they stand, and each source's own patience."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from cockpit.deploy.commands import Reading, RecordReadings
from cockpit.engine.config.environment import resolve
from cockpit.engine.effects.sampler import Sampler
from cockpit.engine.effects.sources import build_source, patience
from cockpit.metrics.base import SourceError
from cockpit.planning.presets import metric_rules
from cockpit.settings.load import Settings
from tests.waiting import SECONDS

SECRET = "hunter2-hunter2"
INHERITED = {"PATH": "/usr/bin:/bin"}


def _settings(**given: Any) -> Settings:
    return Settings.model_validate(given)


async def _first(settings: Settings, root: Path, **inherited: str) -> dict[str, Reading]:
    """The readings of the first round, by metric."""
    rules = metric_rules(settings)
    found: dict[str, Reading] = {}
    complete = asyncio.Event()

    async def record(command: RecordReadings) -> None:
        for reading in command.readings:
            found.setdefault(reading.metric, reading)
        if len(found) == len(rules):
            complete.set()

    async def fail(words: str) -> None:
        pytest.fail(words)

    sampler = Sampler(settings, rules, resolve(settings, root, INHERITED | inherited), time.time, record, fail)
    sampler.start()
    try:
        await asyncio.wait_for(complete.wait(), SECONDS)
    finally:
        await sampler.stop()
    return found


async def test_variables_are_filled_in_within_lists_and_the_options_of_a_metric(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_request("/up").respond_with_data("fine")
    httpserver.expect_request("/own", headers={"Key": "k-e-y"}).respond_with_json({"value": 7})
    settings = _settings(
        sources={
            "web": {"type": "health", "urls": ["env:WEB"]},
            "api": {"type": "http_json", "url": "http://127.0.0.1:1/", "headers": {"Key": "env:KEY"}},
        },
        metrics={"own": {"source": "api", "options": {"url": "env:OWN", "path": "value"}}},
    )
    found = await _first(settings, tmp_path, WEB=httpserver.url_for("/up"), OWN=httpserver.url_for("/own"), KEY="k-e-y")
    assert (found["health"].value, found["health"].error) == (1, "")
    assert (found["own"].value, found["own"].error) == (7, "")


@pytest.mark.parametrize(
    ("sources", "metrics", "words"),
    [
        ({"it": {"type": "health", "urls": ["http://h/", "env:B"]}}, {}, "sources.it.urls[1]: $B is not set"),
        ({"it": {"type": "command"}}, {"q": {"command": "env:C"}}, "metrics.q.options.command: $C is not set"),
        (
            {"it": {"type": "http_json", "url": "http://h/", "headers": {"K": "env:D"}}},
            {"q": {"path": "x"}},
            "sources.it.headers.K: $D is not set",
        ),
    ],
)
def test_a_variable_that_is_not_set_names_its_key(
    sources: dict[str, Any], metrics: dict[str, Any], words: str, tmp_path: Path
) -> None:
    named = {name: {"source": "it", "options": options} for name, options in metrics.items()}
    settings = _settings(sources=sources, metrics=named)
    with pytest.raises(SourceError, match=r".*") as caught:
        build_source(settings, "it", resolve(settings, tmp_path, INHERITED))
    assert str(caught.value) == words


async def test_a_command_sees_the_variables_of_the_deploy_and_hides_its_secrets(tmp_path: Path) -> None:
    (tmp_path / "deploy.env").write_text("FROM_FILE=41\n")
    (tmp_path / "deploy.env").chmod(0o600)
    settings = _settings(
        env_file="deploy.env",
        variables={"LEVEL": {"from": "command:echo 3"}, "DOOR": {"from": "env:DOOR", "secret": True}},
        sources={"it": {"type": "command", "shell": True, "environment": {"LEVEL": "4"}}},
        metrics={
            "sum": {"source": "it", "options": {"command": "echo $((FROM_FILE + LEVEL))"}},
            "loud": {"source": "it", "options": {"command": 'echo "$DOOR is closed" >&2; exit 1'}},
        },
    )
    found = await _first(settings, tmp_path, DOOR=SECRET)
    assert found["sum"].value == 45
    assert found["loud"].error == "echo: exit status 1: *** is closed"


async def test_a_reading_keeps_its_window(httpserver: HTTPServer, tmp_path: Path) -> None:
    vector = {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [0, "1"]}]}}
    httpserver.expect_request("/api/v1/query").respond_with_json(vector)
    sources = {"prom": {"type": "prometheus", "url": httpserver.url_for("/"), "window": "30s"}}
    found = await _first(_settings(sources=sources), tmp_path)
    assert found["errors"].window_seconds == 30


class World:
    """A steady clock in the test's hand: each pause passes at once, and is kept."""

    def __init__(self, rounds: int) -> None:
        self.now = 50.0
        self.pauses: list[float] = []
        self.over = asyncio.Event()
        self._rounds = rounds

    def even(self) -> float:
        return self.now

    async def rest(self, seconds: float) -> None:
        self.now += seconds
        self.pauses.append(seconds)
        if len(self.pauses) == self._rounds:
            self.over.set()
            await asyncio.Event().wait()


async def _pauses(interval: str, statuses: list[int], root: Path, *, spent: float = 0.0, gone: bool = False) -> Any:
    """How long the sampler rests after each of these answers, of which each takes so long."""
    world, answers = World(len(statuses)), iter(statuses)

    def answer(request: Request) -> Response:
        world.now += spent
        return Response('{"value": 7}', next(answers), content_type="application/json")

    async def record(command: RecordReadings) -> None:
        assert command.readings

    async def fail(words: str) -> None:
        pytest.fail(words)

    with HTTPServer(port=0) as server:
        server.expect_request("/").respond_with_handler(answer)
        where = "http://[" if gone else server.url_for("/")
        settings = _settings(
            sources={"api": {"type": "http_json", "url": where, "interval": interval}},
            metrics={"own": {"source": "api", "options": {"path": "value"}}},
        )
        rules, environment = metric_rules(settings), resolve(settings, root, INHERITED)
        sampler = Sampler(settings, rules, environment, time.time, record, fail, world.even, world.rest)
        sampler.start()
        try:
            await asyncio.wait_for(world.over.wait(), SECONDS)
        finally:
            await sampler.stop()
    return world.pauses


@pytest.mark.parametrize(
    ("interval", "answers", "pauses"),
    [
        ("60s", [200, 503, 503, 200], [60, 6, 6, 60]),
        ("10s", [503, 200, 503], [2, 10, 2]),
        ("1s", [503, 200], [1, 1]),
    ],
)
async def test_after_an_error_a_source_is_asked_again_after_a_tenth_of_its_interval_and_two_seconds_at_least(
    interval: str, answers: list[int], pauses: list[float], tmp_path: Path
) -> None:
    assert await _pauses(interval, answers, tmp_path) == pauses


async def test_the_time_that_an_answer_took_is_part_of_the_rhythm(tmp_path: Path) -> None:
    assert await _pauses("60s", [503, 200], tmp_path, spent=1.5) == [4.5, 58.5]


async def test_a_source_that_cannot_be_built_is_tried_again_as_soon(tmp_path: Path) -> None:
    assert await _pauses("60s", [200, 200], tmp_path, gone=True) == [6, 6]


@pytest.mark.parametrize(
    ("source", "options", "seconds"),
    [
        ({}, {}, 5),
        ({"interval": "10s"}, {}, 20),
        ({"timeout": "10s"}, {}, 11),
        ({"timeout": "10s", "interval": "30s"}, {}, 60),
        ({}, {"timeout": 20}, 21),
        ({"timeout": "soon"}, {}, 5),
    ],
)
def test_a_source_is_not_given_up_before_its_own_timeout(
    source: dict[str, Any], options: dict[str, Any], seconds: float
) -> None:
    settings = _settings(
        sources={"it": {"type": "command", **source}, "other": {"type": "command", "timeout": "1h"}},
        metrics={"q": {"source": "it", "options": {"command": "true", **options}}},
    )
    assert patience(settings, "it") == seconds
