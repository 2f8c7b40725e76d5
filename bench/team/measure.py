"""The group's rows, in an order that lets the large past come last."""

from collections.abc import Iterator

from bench.table import Row
from bench.team import outage, pace, past, plans, races, watching, world
from bench.team.world import Demo

HOUR = 3600


def _deploy(demo: Demo) -> Iterator[Row]:
    """What one deploy writes; an hour of watching goes on in the rhythm in which the demo measured."""
    raw = sum(len(row.body) for row in demo.rows)
    each = sum(len(row.body) for row in demo.samples) / len(demo.samples)
    yield Row("events of the demo's deploy", len(demo.rows), "")
    yield Row("  their JSON", raw / 1e3, "kB")
    yield Row("  of it the plan, with runbook and settings", len(demo.rows[0].body) / 1e3, "kB")
    yield Row("  output of its steps", demo.output / 1e3, "kB")
    yield Row("  an event with measurements, mean", each, "B")
    yield Row("an hour of watching, events at the demo's pace", demo.per_second * HOUR, "")
    yield Row("  their JSON", demo.per_second * HOUR * each / 1e6, "MB")


def rows() -> list[Row]:
    demo = world.demo()
    found = [*_deploy(demo), *plans.rows()]
    with world.database() as team:
        found += [*races.rows(team), *watching.rows(team), *pace.rows(team)]
    found += outage.rows()
    with world.database() as team:
        found += past.rows(team, demo)
    return found
