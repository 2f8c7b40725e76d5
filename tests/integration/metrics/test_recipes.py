"""Every recipe of docs/metrics.md is read by the settings loader, and every source of it can be built."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from cockpit.metrics import registry
from cockpit.metrics.base import Reading
from cockpit.opening.deploy import check_metrics
from cockpit.settings.load import Settings, load

PAGE = Path(__file__).resolve().parents[3] / "docs" / "metrics.md"
RECIPES = {
    section.partition("\n")[0]: section.partition("```toml\n")[2].partition("```")[0]
    for section in PAGE.read_text().split("\n## ")[1:]
}
NOW = 1_800_000_000.0
ADDRESSES = {"DATABASE_URL": "postgresql://u:p@h/app", "PGBOUNCER_URL": "postgresql://stats:p@h:6432/pgbouncer"}


def resolved(value: object) -> object:
    """The value with `env:NAME` filled in, as the sampler does it."""
    if isinstance(value, dict):
        return {key: resolved(one) for key, one in value.items()}
    if isinstance(value, str) and value.startswith("env:"):
        return ADDRESSES.get(value.removeprefix("env:"), "secret-value")
    return value


def metrics_of(settings: Settings, name: str) -> Mapping[str, Mapping[str, object]]:
    own = [metric for metric, one in settings.metrics.items() if one.source == name]
    brought = [one for one in registry.default_metrics(settings.sources[name].type) if one not in own]
    return {one: settings.metrics[one].options if one in settings.metrics else {} for one in (*brought, *own)}


def test_every_source_type_has_a_recipe() -> None:
    assert len(RECIPES) == PAGE.read_text().count("```toml")
    shown = {kind for text in RECIPES.values() for kind in re.findall(r'^type = "(\w+)"', text, re.M)}
    assert sorted(shown) == registry.types()


@pytest.mark.parametrize("title", RECIPES)
async def test_a_recipe_can_be_used_as_it_is(title: str, tmp_path: Path) -> None:
    path = tmp_path / "cockpit.toml"
    path.write_text(RECIPES[title])
    settings = load(path)
    assert settings.sources
    check_metrics(path, settings)
    for name, source in settings.sources.items():
        options = {key: resolved(value) for key, value in source.options().items()}
        built = registry.build(source.type, name, options, metrics_of(settings, name))
        await built.close()


async def run(title: str, now: float, **options: object) -> dict[str, Reading]:
    """The recipe's readings, with these options of its source instead of its own."""
    settings = Settings.model_validate(tomllib.loads(RECIPES[title]))
    ((name, given),) = settings.sources.items()
    told = {key: resolved(value) for key, value in given.options().items()} | options
    source = registry.build(given.type, name, told, metrics_of(settings, name))
    try:
        return {one.metric: one for one in await source.read(now)}
    finally:
        await source.close()


async def test_the_cloudwatch_recipe_takes_what_the_aws_program_prints(tmp_path: Path) -> None:
    aws = tmp_path / "aws"
    aws.write_text(
        '#!/bin/sh\nprintf %s "$*" > "$0.seen"\necho \'{"value": 0.41, "at": "2027-01-15T08:00:00+00:00"}\'\n'
    )
    aws.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    reading = (await run("CloudWatch", NOW + 30, environment=environment))["p95"]
    assert (reading.value, reading.at, reading.error) == (0.41, NOW, "")
    seen = (tmp_path / "aws.seen").read_text()
    assert re.search(r"--start-time \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ --end-time \d{4}", seen)


async def test_the_datadog_recipe_takes_the_last_whole_point_of_its_answer(httpserver: HTTPServer) -> None:
    points = [[(NOW - 40) * 1000, 0.5], [(NOW - 20) * 1000, 0.75], [NOW * 1000, None]]
    httpserver.expect_request("/api/v1/query").respond_with_json({"status": "ok", "series": [{"pointlist": points}]})
    url = str(tomllib.loads(RECIPES["Datadog"])["sources"]["datadog"]["url"])
    here = url.replace("https://api.datadoghq.com/", httpserver.url_for("/"))
    reading = (await run("Datadog", NOW, url=here))["errors"]
    assert (reading.value, reading.at, reading.error) == (0.75, NOW - 20, "")
    ((request, _),) = httpserver.log
    assert request.args["from"] == str(int(NOW) - 300)
    assert request.args["query"].endswith("/sum:trace.http.request.hits{service:web}.as_count()")
    assert request.headers["DD-API-KEY"] == "secret-value"
    httpserver.clear()
    httpserver.expect_request("/api/v1/query").respond_with_json({"status": "ok", "series": []})
    empty = (await run("Datadog", NOW, url=here))["errors"]
    assert (empty.value, empty.error, empty.detail) == (None, "", "series is a list of 0, without an item 0")


async def test_the_new_relic_recipe_asks_twice_and_takes_rate_and_p95(httpserver: HTTPServer) -> None:
    def answer(request: Request) -> Response:
        query = json.loads(request.data)["query"]
        row = {"p95": {"95": 0.41}} if "percentile(" in query else {"rate": 1.5}
        results = [row | {"at": (NOW - 3) * 1000}]
        document = {"data": {"actor": {"account": {"nrql": {"results": results}}}}}
        return Response(json.dumps(document), content_type="application/json")

    httpserver.expect_request("/graphql", method="POST").respond_with_handler(answer)
    found = await run("New Relic", NOW, url=httpserver.url_for("/graphql"))
    assert {metric: (one.value, one.at, one.error) for metric, one in found.items()} == {
        "errors": (1.5, NOW - 3, ""),
        "p95": (0.41, NOW - 3, ""),
    }
