"""The seed's six metrics, ready to use: which source type gives which, and their levels (facts of the seed runbook).

Error rate watch 1 %, breach 5 %; P95 watch 5 s, breach 10 s; connections watch 90 %, breach 95 %; CPU and memory watch
80 %, alert 90 %; health: failing is a breach. The seed's alert of the error rate (2x of a 0.1 % baseline) lies below
its own watch level, so the alert stands between the two.
"""

from itertools import pairwise

from cockpit.deploy.plan import MetricRule
from cockpit.settings import MetricSettings, Settings

OF_TYPE: dict[str, tuple[str, ...]] = {
    "openmetrics": ("errors", "p95"),
    "health": ("health",),
    "postgres": ("connections",),
    "host": ("cpu", "memory"),
}

PRESETS: dict[str, MetricRule] = {
    rule.name: rule
    for rule in (
        MetricRule(name="errors", label="errors", unit="%", source="", watch=1, alert=2, breach=5, top=10),
        MetricRule(name="p95", label="p95", unit="s", source="", watch=5, alert=10, breach=10, top=12),
        MetricRule(name="connections", label="db pool", unit="%", source="", watch=90, alert=95, breach=95, top=100),
        MetricRule(name="cpu", label="cpu", unit="%", source="", watch=80, alert=90, top=100),
        MetricRule(name="memory", label="memory", unit="%", source="", watch=80, alert=90, top=100),
        MetricRule(name="health", label="health", unit="up", source="", top=1),
    )
}


_PLAIN = MetricRule(name="", label="", unit="", source="")


def metric_rules(settings: Settings) -> tuple[MetricRule, ...]:
    """The metrics that these settings measure, in the screen's order. Raises ValueError for one without a source."""
    rules: list[MetricRule] = []
    for source_name, source in settings.sources.items():
        for metric in metrics_of(settings, source_name):
            preset = PRESETS.get("health" if source.type == "health" else metric, _PLAIN)
            base = {name: getattr(preset, name) for name in MetricRule.__struct_fields__}
            base |= {"name": metric, "source": source_name, "interval_seconds": source.interval}
            rules.append(_overridden(base, settings.metrics.get(metric)))
    order = list(PRESETS)
    return tuple(sorted(rules, key=lambda rule: order.index(rule.name) if rule.name in order else len(order)))


def metrics_of(settings: Settings, source_name: str) -> tuple[str, ...]:
    """Names of the metrics that the source is asked for: its type's own, unless moved, and those that name it.

    The first health source measures `health`; every further one a metric of its own name.
    """
    kind = settings.sources[source_name].type
    own = OF_TYPE.get(kind, ())
    if kind == "health" and source_name != next(n for n, s in settings.sources.items() if s.type == "health"):
        own = (source_name,)
    kept = [name for name in own if _source_of(settings, name, source_name) == source_name]
    return (
        *kept,
        *(name for name, metric in settings.metrics.items() if metric.source == source_name and name not in kept),
    )


def _source_of(settings: Settings, metric: str, default: str) -> str:
    override = settings.metrics.get(metric)
    return override.source if override is not None and override.source is not None else default


def _overridden(base: dict[str, object], over: MetricSettings | None) -> MetricRule:
    if over is not None:
        names = {"label": "label", "unit": "unit", "watch": "watch", "alert": "alert", "breach": "breach", "top": "top"}
        names |= {"interval": "interval_seconds", "stale": "stale_seconds"}
        for key, target in names.items():
            value = getattr(over, key)
            if value is not None:
                base[target] = value
        base["observe_only"] = over.observe_only
        breach = over.breach
        if breach is not None and over.top is None:
            base["top"] = breach * 1.2 if base["unit"] != "%" else min(100.0, max(breach * 2, 1.0))
    if not base["label"] or (base["unit"] == "up" and (over is None or over.label is None)):
        base["label"] = base["name"]
    return MetricRule(**base)  # type: ignore[arg-type]


def check_levels(settings: Settings) -> None:
    """Levels in order after the presets are laid under. Raises SettingsError-ready text through ValueError."""
    for rule in metric_rules(settings):
        given = [(key, getattr(rule, key)) for key in ("watch", "alert", "breach") if getattr(rule, key) is not None]
        for (low, below), (high, above) in pairwise(given):
            if below > above:
                raise ValueError(f"metrics.{rule.name}: {high} ({above:g}) lies below {low} ({below:g})")
