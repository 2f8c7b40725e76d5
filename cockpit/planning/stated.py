"""What the runbook's prose states, as settings: where no setting says otherwise."""

from collections.abc import Mapping

from cockpit.deploy.metrics.judge import why_not_in_order
from cockpit.planning.presets import metric_rules, metrics_of
from cockpit.runbook.levels import Level, Role
from cockpit.runbook.stated import Stated, values_of
from cockpit.settings.load import Settings
from cockpit.settings.tables import MetricSettings, SourceSettings

HEALTH = "health"


def with_stated(settings: Settings, stated: Stated) -> tuple[Settings, dict[str, tuple[int, str]]]:
    """The settings with what the prose adds, and by metric the line and the words of what was added.

    A health address is measured where there is one and no source of that type; it decides where the text says that it
    does, else it is shown. Levels hold for metrics that are measured and have no table of their own, unless they
    contradict each other. `from_prose = false` adds nothing.
    """
    told: dict[str, tuple[int, str]] = {}
    if not settings.from_prose:
        return settings, told
    if stated.reasons and "reasons" not in settings.rollback.model_fields_set:
        reasons = [reason for _, reason in stated.reasons]
        settings = settings.model_copy(update={"rollback": settings.rollback.model_copy(update={"reasons": reasons})})
    sources, metrics = dict(settings.sources), dict(settings.metrics)
    if len(stated.health) == 1 and not any(one.type == HEALTH for one in sources.values()) and HEALTH not in sources:
        line, url = stated.health[0]
        sources[HEALTH] = SourceSettings.model_validate({"type": HEALTH, "url": url})
        if not stated.health_rolls_back and HEALTH not in metrics:
            metrics[HEALTH] = MetricSettings(observe_only=True)
        what = "a failure rolls back" if stated.health_rolls_back else "shown, rolls nothing back"
        told[HEALTH] = line, f"{url} is measured ({what})"
    added = settings.model_copy(update={"sources": sources, "metrics": metrics})
    for metric in [name for source in sources for name in metrics_of(added, source)]:
        levels = stated.levels.get(metric)
        if not levels or metric in metrics:
            continue
        tried = added.model_copy(
            update={"metrics": {**metrics, metric: MetricSettings.model_validate(values_of(levels))}}
        )
        rule = next(one for one in metric_rules(tried) if one.name == metric)
        if not why_not_in_order(rule, rule.expected):
            metrics, added = dict(tried.metrics), tried
            told[metric] = min(one.line for one in levels.values()), f"{metric} is judged by {in_words(levels)}"
    return added, told


def in_words(levels: Mapping[Role, Level]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values_of(levels).items())
