"""From a type's name to a source; faults of plug-ins stay with their source."""

import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint

import pytest

from cockpit.external import plugins as extensions
from cockpit.metrics import registry
from cockpit.metrics.base import Reading, Source, SourceError

HERE = "tests.unit.metrics.test_registry"


class _Bad:
    name = "bad"

    async def read(self, now: float) -> list[Reading]:
        raise RuntimeError("boom")

    async def close(self) -> None:
        raise RuntimeError("boom again")


def bad_source(name: str, options: Mapping[str, object], metrics: Mapping[str, Mapping[str, object]]) -> Source:
    return _Bad()


def bad_factory(name: str, options: Mapping[str, object], metrics: Mapping[str, Mapping[str, object]]) -> Source:
    raise ZeroDivisionError("boom")


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint("bad", f"{HERE}:bad_source", registry.GROUP),
        EntryPoint("worse", f"{HERE}:bad_factory", registry.GROUP),
        EntryPoint("gone", "no_such_package_anywhere:build", registry.GROUP),
        EntryPoint("health", f"{HERE}:bad_factory", registry.GROUP),
    ]

    def fake(*, group: str, name: str | None = None) -> Iterable[EntryPoint]:
        return [point for point in points if point.group == group and name in (None, point.name)]

    monkeypatch.setattr(extensions, "entry_points", fake)


def test_the_registry_imports_no_library_of_a_source() -> None:
    code = (
        "import sys, cockpit.metrics.registry as r; r.types(); r.default_metrics('postgres');"
        "print([m for m in ('httpx', 'psycopg', 'psutil', 'prometheus_client') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_each_built_in_type_brings_its_metrics() -> None:
    brought = {kind: registry.default_metrics(kind) for kind in registry.types()}
    assert brought == {
        "command": (),
        "health": ("health",),
        "host": ("cpu", "memory"),
        "http_json": (),
        "openmetrics": ("errors", "p95"),
        "pgbouncer": ("pool", "waiting", "max_wait"),
        "postgres": ("connections",),
        "prometheus": ("errors", "p95"),
    }


def test_an_unknown_type_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SourceError, match=r"no source type 'x'; known: command, health, host, http_json, open"):
        registry.build("x", "x", {}, {})
    with pytest.raises(SourceError, match=r"no source type 'helth'; did you mean 'health'\?"):
        registry.build("helth", "x", {}, {})


@pytest.mark.usefixtures("plugins")
def test_a_plug_in_that_cannot_be_loaded_is_named() -> None:
    with pytest.raises(SourceError, match=r"'gone' \(no_such_package_anywhere:build\) cannot be loaded"):
        registry.build("gone", "x", {}, {})
    assert "gone" in registry.types()


@pytest.mark.usefixtures("plugins")
def test_a_plug_in_that_fails_while_building_is_named() -> None:
    with pytest.raises(SourceError, match=r"source 'x': .*'worse'.* failed: ZeroDivisionError: boom"):
        registry.build("worse", "x", {}, {})


@pytest.mark.usefixtures("plugins")
async def test_a_plug_in_that_fails_while_reading_gives_error_readings() -> None:
    source = registry.build("bad", "x", {}, {"queue": {}})
    readings = await source.read(5.0)
    assert [(one.metric, one.value) for one in readings] == [("queue", None)]
    assert "RuntimeError: boom" in readings[0].error
    await source.close()


@pytest.mark.usefixtures("plugins")
async def test_a_plug_in_cannot_take_the_place_of_a_built_in() -> None:
    source = registry.build("health", "x", {"url": "http://127.0.0.1:1/"}, {})
    assert type(source).__module__ == "cockpit.metrics.health"
    await source.close()


@pytest.mark.parametrize(
    ("kind", "options", "metrics", "words"),
    [
        ("health", {}, {}, "url is missing"),
        ("health", {"url": "ftp://x/"}, {}, "not one of the form"),
        ("health", {"url": "http://x:0x/"}, {}, "not one of the form"),
        ("health", {"url": "http://x/", "timeout": "soon"}, {}, "timeout must be a duration"),
        ("health", {"url": "http://x/", "timeout": True}, {}, "timeout must be a duration"),
        ("health", {"url": "http://x/", "tiemout": 1}, {}, "unknown option tiemout; did you mean 'timeout'?"),
        ("health", {"url": "http://x/", "status": "2-3"}, {}, "status must be such as 204"),
        ("health", {"url": "http://x/", "status": []}, {}, "status is an empty list"),
        ("health", {"url": "http://x/", "expect": "/(/"}, {}, "expect is not a regular expression"),
        ("health", {"url": "http://x/"}, {"latncy": {}}, "cannot provide 'latncy'.*did you mean 'latency'?"),
        (
            "health",
            {"url": "http://x/", "tls": {"verify": False}},
            {},
            "tls.verify is not supported; .*insecure = true",
        ),
        ("health", {"url": "http://x/", "tls": {"ca": "/nowhere"}}, {}, "tls.ca = '/nowhere': no such file"),
        ("health", {"url": "http://x/", "tls": {"insecure": 1}}, {}, "tls.insecure must be true or false"),
        (
            "health",
            {"url": "http://x/", "token": "hunter2\n"},
            {},
            "token contains a character that is not allowed in a header",
        ),
        ("health", {"url": "http://x/", "token": "hunter2", "username": "u"}, {}, "token and username are both set"),
        ("health", {"url": "http://x/", "password": "hunter2"}, {}, "password needs a username"),
        ("openmetrics", {}, {}, "url is missing"),
        (
            "openmetrics",
            {"url": "http://x/"},
            {"queue": {}},
            "metrics.queue.options.metric is missing; 'queue' is none of",
        ),
        (
            "openmetrics",
            {"url": "http://x/"},
            {"q": {"metric": "m", "kind": "gage"}},
            "kind is 'gage'; did you mean 'gauge'",
        ),
        (
            "openmetrics",
            {"url": "http://x/"},
            {"q": {"metric": "m m", "kind": "gauge"}},
            "metric is not a metric name",
        ),
        ("openmetrics", {"url": "http://x/"}, {"q": {"metric": "m", "kind": "ratio"}}, "share of itself"),
        (
            "openmetrics",
            {"url": "http://x/"},
            {"q": {"metric": "m", "kind": "rate", "quantile": 0.5}},
            "requires kind",
        ),
        ("openmetrics", {"url": "http://x/", "match": {"a": 1}}, {}, "match must be a table of strings"),
        ("openmetrics", {"url": "http://x/", "min_targets": 2}, {}, "min_targets must be a number above 0 and below 2"),
        (
            "prometheus",
            {"url": "http://x/"},
            {"queue": {}},
            "metrics.queue.options.query is missing; 'queue' is none of",
        ),
        (
            "prometheus",
            {"url": "http://x/"},
            {"q": {"query": "x", "sereis": "x"}},
            "options.sereis; did you mean 'series'",
        ),
        ("prometheus", {"url": "http://x/", "selector": "job=web"}, {}, "selector must be label matchers such as"),
        ("prometheus", {"url": "http://x/", "requests": "a-b"}, {}, "requests is not a valid Prometheus name"),
        ("prometheus", {"url": "http://x/", "window": "0s"}, {}, "window must be a duration"),
        ("http_json", {"url": "http://x/"}, {}, "provides no metric; use it in one"),
        ("http_json", {"url": "http://x/"}, {"q": {}}, "metrics.q.options.path must be a string and is missing"),
        (
            "http_json",
            {"url": "http://x/"},
            {"q": {"path": "a[*]"}},
            r"path cannot be parsed at '\[\*\]'; use a form such as",
        ),
        ("http_json", {"url": "http://x/"}, {"q": {"path": "a", "scale": "1"}}, "scale must be a number, not '1'"),
        ("http_json", {"url": "http://x/", "body": "x"}, {"q": {"path": "a"}}, 'body needs method = "POST"'),
        ("http_json", {"url": "http://x/", "method": "PUT"}, {"q": {"path": "a"}}, "method is 'PUT'; "),
        ("http_json", {}, {"q": {"path": "a", "url": "x"}}, "the metrics.q.options.url is not one of the form"),
        ("command", {}, {}, "provides no metric; use it in one"),
        ("command", {}, {"q": {}}, "metrics.q.options.command must be a string and is missing"),
        ("command", {}, {"q": {"command": "a | b"}}, "command holds '|', which needs a shell"),
        ("command", {}, {"q": {"command": "a 'b"}}, "command cannot be split into words: no closing quotation"),
        ("command", {"cwd": "no/such"}, {"q": {"command": "a"}}, "cwd = 'no/such': no such directory"),
        ("postgres", {"dsn": "postgresql://u:p@ss@h/db"}, {}, "percent-encoded"),
        ("postgres", {"dsn": "postgresql://u:hunter2/@h:x/db"}, {}, "cannot be parsed"),
        ("postgres", {"dsn": "postgresql://h/db"}, {"queue": {}}, "metrics.queue.options.query is missing"),
        ("pgbouncer", {"dsn": "postgresql://h/db"}, {}, "dsn must name the database 'pgbouncer'"),
        ("host", {"url": "x"}, {}, "unknown option url; known: none"),
        ("host", {}, {"disk": {"path": "data"}}, "metrics.disk.options.path must be absolute, not 'data'"),
        ("host", {}, {"cpu": {"path": "/"}}, "unknown option metrics.cpu.options.path"),
    ],
)
def test_settings_that_cannot_work_are_refused_in_words(
    kind: str, options: dict[str, object], metrics: dict[str, dict[str, object]], words: str
) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        registry.build(kind, "main", options, metrics)
    assert "'main'" in str(caught.value)
    assert "hunter2" not in str(caught.value)
