"""What a runbook's prose states, as tables of `cockpit.toml`: live where it is known, else commented, with why."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from cockpit.runbook.model import Runbook
from cockpit.runbook.stated import Stated, value_of, values_of
from cockpit.text.toml import toml_string

Answer = tuple[Literal["prometheus", "openmetrics"], str]
"""Where errors and response times are measured: type of the source, address."""
MEASURED_BY_APP = ("errors", "p95")
_POSTGRES = re.compile(r"\b(?:psql|pg_dump|pg_restore|supabase|alembic|prisma|flyway)\b")
_HOLIDAYS = {"America/New_York": "US", "America/Chicago": "US", "America/Denver": "US", "America/Los_Angeles": "US",
             "Europe/London": "GB", "Europe/Berlin": "DE", "Asia/Tokyo": "JP", "Australia/Sydney": "AU"}  # fmt: skip


def watch(stated: Stated) -> str:
    """`watch = "1h"   # ...`: how long the metrics are watched."""
    seconds = stated.watch[1] if stated.watch else 3600.0
    value = f"{seconds / 3600:g}h" if seconds % 3600 == 0 else f"{seconds / 60:g}m"
    why = (
        f"line {stated.watch[0]} of the runbook"
        if stated.watch
        else "how long the metrics are watched after the deploy"
    )
    return _noted(f'watch = "{value}"', why)


def rollback(stated: Stated) -> str:
    if not stated.reasons:
        return ""
    rows = [_noted(f"    {_rule(reason, '')},", f"line {line}") for line, reason in stated.reasons]
    return "\n".join(["[rollback]", "reasons = [", *rows, "]", "", ""])


def report(stated: Stated) -> str:
    if stated.report is None:
        return ""
    line, folder = stated.report
    return "\n".join(["[report]", _noted(f'directory = "{folder}"', f"line {line}"), "", ""])


def question(stated: Stated) -> tuple[int, ...]:
    """Lines of the levels of errors and response times: somebody has to say where those are measured."""
    return tuple(
        min(one.line for one in stated.levels[name].values()) for name in MEASURED_BY_APP if stated.levels.get(name)
    )


def sources(stated: Stated, runbook: Runbook | None, answer: Answer | None) -> str:
    """The tables of what is measured and of its levels; the usual samples where the prose states none."""
    blocks = [*_health(stated), *_app(stated, answer), *_database(stated, runbook), *_host(stated)]
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _health(stated: Stated) -> Iterator[str]:
    several = len(stated.health) > 1
    for number, (line, url) in enumerate(stated.health, 1):
        name = "health" if number == 1 else f"health_{number}"
        rows = [f"[sources.{name}]", 'type = "health"', _noted(f"url = {toml_string(url)}", f"line {line}")]
        if not stated.health_rolls_back:
            rows += [
                f"[metrics.{name}]",
                _noted("observe_only = true", "the runbook does not say that a failure rolls back"),
            ]
        if several:
            rows = (
                ["# One of several health addresses: which one is production's?", *_off(rows)]
                if number == 1
                else _off(rows)
            )
        yield "\n".join(rows)


def _app(stated: Stated, answer: Answer | None) -> Iterator[str]:
    lines = question(stated)
    if not lines:
        return
    tables = [_levels(stated, name) for name in MEASURED_BY_APP if stated.levels.get(name)]
    if answer is not None:
        kind, url = answer
        yield "\n".join(["[sources.app]", f'type = "{kind}"', f"url = {toml_string(url)}"])
        yield from tables
        return
    lines = tuple(sorted(set(lines)))
    said = f"{'line' if len(lines) == 1 else 'lines'} {' and '.join(str(line) for line in lines)}"
    yield "\n".join([
        f"# Where are errors and response times measured? The levels of {said} hold as soon as it is known.",
        "# [sources.app]",
        _noted('# type = "prometheus"', 'or "openmetrics": the application\'s own /metrics page; or "command"'),
        '# url = "http://prometheus.internal:9090"',
    ])  # fmt: skip
    yield from ("\n".join(_off(table.split("\n"))) for table in tables)


def _database(stated: Stated, runbook: Runbook | None) -> Iterator[str]:
    if not stated.levels.get("connections"):
        return
    name = _database_variable(runbook)
    rows = ["[sources.database]", 'type = "postgres"', f'dsn = "env:{name or "DATABASE_URL"}"']
    rows += _levels(stated, "connections").split("\n")
    why = "# Which variable has the database's address? The runbook names none, or several."
    yield "\n".join(rows if name else [why, *_off(rows)])


def _database_variable(runbook: Runbook | None) -> str:
    """The one that scripts hand to PostgreSQL's programs, or the one of several that says production; else empty."""
    steps = [step for section in runbook.sections for step in section.steps] if runbook else []
    names = {
        name for step in steps if _POSTGRES.search(step.body) for name in step.variables
        if re.search(r"DATABASE|POSTGRES|PG|DB", name) and re.search(r"UR[LI]|DSN", name)
    }  # fmt: skip
    production = [name for name in names if "PROD" in name]
    return names.pop() if len(names) == 1 else production[0] if len(production) == 1 else ""


def _host(stated: Stated) -> Iterator[str]:
    named = [name for name in ("cpu", "memory") if stated.levels.get(name)]
    if named:
        rows = [
            "[sources.host]",
            'type = "host"',
            *(row for name in named for row in _levels(stated, name).split("\n")),
        ]
        why = "# This measures the machine that the cockpit runs on: switch it on where that is production."
        yield "\n".join([why, *_off(rows)])


def _levels(stated: Stated, metric: str) -> str:
    levels = stated.levels[metric]
    rows = [f"[metrics.{metric}]"]
    rows += [_noted(f'{role} = "{value}"', f"line {levels[role].line}") for role, value in values_of(levels).items()]  # type: ignore[index]
    if metric in stated.contradictions:
        level, other = stated.contradictions[metric]
        why = f"line {level.line}, contradicts {other.role} = {value_of(other)} of line {other.line}"
        rows.append(_noted(f'# {level.role} = "{value_of(level)}"', why))
    return "\n".join(rows)


def window(stated: Stated) -> str:
    told = stated.window
    if not told.rules:
        return ""
    rows = ["[window]"]
    if told.zone is not None:
        rows.append(_noted(f'zone = "{told.zone[1]}"', f"line {told.zone[0]}"))
    for kind in ("best", "avoid"):
        rules = [rule for rule in told.rules if rule.kind == kind]
        if rules:
            told_by = [_noted(f"    {_rule(rule.when, rule.reason)},", f"line {rule.line}") for rule in rules]
            rows += [f"{kind} = [", *told_by, "]"]
    for line, name in told.special:
        if name != "holidays":
            rows.append(_noted(f"{name} = true", f"line {line}"))
        elif country := _HOLIDAYS.get(told.zone[1] if told.zone else ""):
            rows.append(_noted(f'holidays = "{country}"', f"line {line}; the country is that of the zone"))
        else:
            rows.append(_noted('# holidays = "US"', f"line {line}; of which country?"))
    return "\n".join(rows) + "\n"


def stages(stated: Stated) -> str:
    if not stated.stages:
        return ""
    first, last = stated.stages[0][0], stated.stages[-1][0]
    told = ", ".join(f'{{ percent = "{percent:g} %", day = {day} }}' for _, day, percent in stated.stages)
    return "\n".join([
        f"# The rollout of lines {first} to {last}; name the flag and where it is kept (docs/rollout.md).",
        "# [flags.NAME]",
        _noted('# type = "command"', "or file, flagsmith, github, http, launchdarkly, unleash"),
        f"# stages = [{told}]",
        "", "",
    ])  # fmt: skip


def _rule(when: str, reason: str) -> str:
    return f"{{ when = {toml_string(when)}, reason = {toml_string(reason)} }}" if reason else toml_string(when)


def _noted(row: str, why: str) -> str:
    return f"{row:<31} # {why}" if len(row) < 32 else f"{row}  # {why}"


def _off(rows: Iterable[str]) -> list[str]:
    return [row if row.startswith("#") else f"# {row}" for row in rows]
