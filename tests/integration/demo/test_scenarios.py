"""What each scenario's release does, seen by the sources of the demo's settings; and that a rollback heals it."""

import tomllib

import pytest

from cockpit.demo import Production
from cockpit.metrics import registry
from cockpit.metrics.base import Source
from tests.integration.demo.helpers import must, production, reads, run, version


def source(built: Production, name: str) -> Source:
    options = tomllib.loads(built.settings.read_text())["sources"][name]
    if options.get("dsn") == "env:DATABASE_URL":
        options["dsn"] = built.env["DATABASE_URL"]
    return registry.build(options["type"], name, options, {})


@pytest.mark.parametrize(
    ("scenario", "name", "metric", "breach"),
    [("errors", "app", "errors", 5.0), ("slow", "app", "p95", 2.0), ("pool", "database", "connections", 95.0)],
)
async def test_the_metric_breaches_and_a_rollback_heals(scenario: str, name: str, metric: str, breach: float) -> None:
    with production(scenario) as built:
        measured = source(built, name)
        before = await reads(measured, metric, lambda one: one.value is not None)
        assert before.value is not None
        assert before.value < breach / 2
        must(built, "bin/migrate && bin/release HEAD")
        worse = await reads(measured, metric, lambda one: (one.value or 0) > breach)
        assert worse.value is not None
        assert worse.value > breach, worse
        must(built, "bin/rollback")
        assert version(built) == "1.4.0"
        healed = await reads(measured, metric, lambda one: one.value is not None and one.value < breach / 2)
        assert healed.value is not None
        assert healed.value < breach / 2, healed
        await measured.close()


async def test_a_dead_release_was_healthy_first_and_then_fails() -> None:
    with production("dead") as built:
        health, app = source(built, "health"), source(built, "app")
        must(built, "bin/migrate && bin/release HEAD")
        assert (await reads(health, "health", lambda one: one.value == 1.0)).value == 1.0
        gone = await reads(health, "health", lambda one: one.value == 0.0 and "503" in one.detail)
        assert (gone.value, gone.error) == (0.0, "")
        assert (await reads(app, "errors", lambda one: bool(one.error))).value is None
        must(built, "bin/rollback")
        assert (await reads(health, "health", lambda one: one.value == 1.0)).value == 1.0
        await health.close()
        await app.close()


def test_a_failing_step_stops_in_its_middle() -> None:
    with production("failing-step") as built:
        must(built, "bin/migrate && bin/release HEAD")
        done = run(built, f"bin/smoke {built.url}")
        assert done.returncode == 1
        assert "/delivery: status 404" in done.stdout
        assert "GET /metrics" not in done.stdout


def test_a_failing_migration_leaves_what_was_before_it() -> None:
    with production("failing-migration") as built:
        done = run(built, "bin/backup && bin/migrate")
        assert done.returncode != 0
        assert "could not create unique index" in done.stdout
        shown = must(built, "bin/migrate --status")
        assert "pending   20261105_customer_email_unique" in shown
        assert version(built) == "1.4.0"
        must(built, "bin/restore backups/pre-deploy-*.dump")
