"""From a type's name to a source; faults of plug-ins stay with their source."""

import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint

import pytest

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

    monkeypatch.setattr(registry, "entry_points", fake)


def test_the_registry_imports_no_library_of_a_source() -> None:
    code = (
        "import sys, cockpit.metrics.registry as r; r.types(); r.default_metrics('postgres');"
        "print([m for m in ('httpx', 'psycopg', 'psutil', 'prometheus_client') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_each_built_in_type_brings_its_metrics() -> None:
    brought = {kind: registry.default_metrics(kind) for kind in ("health", "host", "openmetrics", "postgres")}
    assert brought == {
        "health": ("health",),
        "host": ("cpu", "memory"),
        "openmetrics": ("errors", "p95"),
        "postgres": ("connections",),
    }


def test_an_unknown_type_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SourceError, match=r"no source type 'promql'; there are health, host, openmetrics, postgres"):
        registry.build("promql", "x", {}, {})


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
        ("health", {}, {}, "url must be a text and is missing"),
        ("health", {"url": "ftp://x/"}, {}, "not one of the form"),
        ("health", {"url": "http://x:0x/"}, {}, "not one of the form"),
        ("health", {"url": "http://x/", "timeout": "soon"}, {}, "timeout must be a duration"),
        ("health", {"url": "http://x/", "timeout": True}, {}, "timeout must be a duration"),
        ("health", {"url": "http://x/", "tiemout": 1}, {}, "unknown option tiemout"),
        ("openmetrics", {}, {}, "url is missing"),
        ("openmetrics", {"url": "http://x/"}, {"queue": {}}, "cannot measure 'queue'"),
        ("openmetrics", {"url": "http://x/", "match": {"a": 1}}, {}, "match must be a table of texts"),
        ("postgres", {"dsn": "postgresql://u:p@ss@h/db"}, {}, "percent-encoded"),
        ("postgres", {"dsn": "postgresql://u:hunter2/@h:x/db"}, {}, "cannot be read"),
        ("host", {"url": "x"}, {}, "unknown option url"),
    ],
)
def test_settings_that_cannot_work_are_refused_in_words(
    kind: str, options: dict[str, object], metrics: dict[str, dict[str, object]], words: str
) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        registry.build(kind, "main", options, metrics)
    assert "'main'" in str(caught.value)
    assert "hunter2" not in str(caught.value)
