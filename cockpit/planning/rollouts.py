"""Settings -> the plan of a rollout. Pure."""

from collections.abc import Mapping

from cockpit.deploy.plan import Destination, Plan
from cockpit.deploy.rollout.plan import Margin, Rollout
from cockpit.planning.presets import gates_of, metric_rules
from cockpit.settings.load import Settings
from cockpit.settings.types import Level
from cockpit.text.units import parse_duration

VALUES_PER_STAGE = 500
"""So many measurements of a stage are enough: every second of four days would be a record of hundreds of megabytes."""
LONGEST_INTERVAL = 15.0


def make_rollout_plan(settings: Settings, flag: str, *, how: str, readable: bool, **identity: object) -> Plan:
    """The plan of a rollout of `[flags.NAME]`. `identity`: root, runbook_path, planned_at, ... of `Plan`."""
    table = settings.flags[flag]
    stages = table.planned()
    settings = slower(settings, min(stage.soak_seconds for stage in stages))
    rollout = Rollout(
        flag=flag,
        form=table.form,
        stages=stages,
        how=how,
        readable=readable,
        advance=table.advance,
        metric=table.metric,
        gates=tuple(table.gates),
        baseline=_margin(table.baseline),
        earlier=_margin(table.earlier),
        min_samples=table.min_samples,
        min_values=table.min_values,
        retries=table.retries,
        remind_seconds=table.remind,
    )
    return Plan(
        title=f"Rollout of {flag}",
        environment=settings.environment,
        runbook_text="",
        tasks=(),
        metrics=metric_rules(settings),
        automatic=False,
        baseline_seconds=settings.baseline,
        gates=gates_of(settings),
        destinations=tuple(
            Destination(name=name, type=one.type, kinds=tuple(one.kinds), where=one.where(), on=one.hears())
            for name, one in settings.notices.items()
        ),
        report_dir=settings.report.directory,
        settings=settings.model_dump(mode="json", by_alias=True, exclude={"environments"}, exclude_none=True),
        rollout=rollout,
        **identity,  # type: ignore[arg-type]
    )


def _margin(level: Level) -> Margin:
    """A plain number is a level of its own, whatever came before."""
    return Margin(*level) if isinstance(level, tuple) else Margin(0.0, level)


def slower(settings: Settings, soak: float) -> Settings:
    """The settings with sources that are asked as often as a stage of that length needs, never more often than they
    say, and never so seldom that a rate over their window would have nothing to look at."""
    interval = min(LONGEST_INTERVAL, soak / VALUES_PER_STAGE)
    sources = {
        name: source.model_copy(
            update={"interval": max(source.interval, min(interval, _half_window(source.options())))}
        )
        for name, source in settings.sources.items()
    }
    return settings.model_copy(update={"sources": sources})


def _half_window(options: Mapping[str, object]) -> float:
    try:
        return parse_duration(options["window"]) / 2 if "window" in options else LONGEST_INTERVAL
    except ValueError:
        return LONGEST_INTERVAL


def problems_of_flag(settings: Settings, flag: str) -> list[tuple[tuple[str, ...], str]]:
    """What of the flag's table does not go with the rest of the settings: (key, text)."""
    table = settings.flags[flag]
    rules = {rule.name: rule for rule in metric_rules(settings)}
    found: list[tuple[tuple[str, ...], str]] = []
    if table.metric not in rules:
        known = ", ".join(rules) or "none"
        found.append((("flags", flag, "metric"), f"flags.{flag}: no metric {table.metric!r}; known: {known}"))
    for gate in table.gates:
        if gate not in settings.gates:
            known = ", ".join(settings.gates) or "none"
            found.append((("flags", flag, "gates"), f"flags.{flag}: no [gates.{gate}]; known: {known}"))
    return found
