"""The seed's six metrics, ready to use: which source type gives which, and their levels (facts of the seed runbook).

Error rate watch 1 %, breach 5 %; P95 watch 5 s, breach 10 s; connections watch 90 %, breach 95 %; CPU and memory watch
80 %, alert 90 %; health: failing is a breach. The seed's alert of the error rate (2x of a 0.1 % baseline) lies below
its own watch level, so the alert stands between the two.
"""

from collections.abc import Iterable

from cockpit.deploy.judge import why_not_in_order
from cockpit.deploy.plan import Gate, MetricRule, Relative
from cockpit.metrics.registry import default_metrics, types
from cockpit.settings import MetricSettings, Settings

_LASTS = 15.0
"""Seconds that a breach lasts before it is a trigger."""
_FAILURES = 3
"""Times in a row that a health endpoint fails before that is one."""

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
            base = _base(metric, preset) | {"source": source_name, "interval_seconds": source.interval}
            rules.append(_overridden(base, settings.metrics.get(metric)))
    order = list(PRESETS)
    return tuple(sorted(rules, key=lambda rule: order.index(rule.name) if rule.name in order else len(order)))


def rules_for(settings: Settings, metrics: Iterable[str]) -> tuple[MetricRule, ...]:
    """The rules of the settings, and of those metrics which no source measures but a preset or a table knows."""
    rules = {rule.name: rule for rule in metric_rules(settings)}
    for metric in metrics:
        over = settings.metrics.get(metric)
        if metric not in rules and (metric in PRESETS or over is not None):
            rules[metric] = _overridden(_base(metric, PRESETS.get(metric, _PLAIN)), over)
    return tuple(rules.values())


def _base(metric: str, preset: MetricRule) -> dict[str, object]:
    base: dict[str, object] = {name: getattr(preset, name) for name in MetricRule.__struct_fields__}
    return base | {"name": metric} | ({"failures": _FAILURES} if preset.unit == "up" else {"for_seconds": _LASTS})


def metrics_of(settings: Settings, source_name: str) -> tuple[str, ...]:
    """Names of the metrics that the source is asked for: its type's own, unless moved, and those that name it.

    The first health source measures `health`; every further one a metric of its own name.
    """
    kind = settings.sources[source_name].type
    own = default_metrics(kind) if kind in types() else ()
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
        for key, target in _NAMES.items():
            value = getattr(over, key)
            if value is not None:
                base[target] = Relative(*value) if isinstance(value, tuple) else value
        base |= {"observe_only": over.observe_only, "below": over.direction == "below"}
        breach = over.breach
        if isinstance(breach, float) and over.top is None:
            base["top"] = breach * 1.2 if base["unit"] != "%" else min(100.0, max(breach * 2, 1.0))
    if not base["label"] or (base["unit"] == "up" and (over is None or over.label is None)):
        base["label"] = base["name"]
    return MetricRule(**base)  # type: ignore[arg-type]


_NAMES = {name: name for name in ("label", "unit", "watch", "alert", "breach", "top", "failures", "min_samples")}
_NAMES |= {"no_data": "no_data", "error_limit": "error_limit", "for_": "for_seconds", "warm_up": "warm_up_seconds"}
_NAMES |= {"interval": "interval_seconds", "stale": "stale_seconds", "baseline": "expected"}
"""Key of the settings -> field of the rule."""


def gates_of(settings: Settings) -> tuple[Gate, ...]:
    """The gates as the settings have them."""
    return tuple(
        Gate(
            name=name,
            metrics=tuple(gate.metrics),
            count=gate.count,
            interval_seconds=gate.interval,
            failure_limit=gate.failure_limit,
            inconclusive_limit=gate.inconclusive_limit,
            consecutive_error_limit=gate.consecutive_error_limit,
            consecutive_success_limit=gate.consecutive_success_limit,
        )
        for name, gate in settings.gates.items()
    )


def problems_of(settings: Settings, rules: Iterable[MetricRule] | None = None) -> list[tuple[tuple[str, ...], str]]:
    """What is wrong with levels and gates once the presets are laid under: (key, text)."""
    known = {rule.name: rule for rule in (metric_rules(settings) if rules is None else rules)}
    found: list[tuple[tuple[str, ...], str]] = []
    for rule in known.values():
        why = why_not_in_order(rule, rule.expected)
        if why:
            found.append((("metrics", rule.name, why.split()[0]), f"metrics.{rule.name}: {why}"))
    for gate in gates_of(settings):
        for metric in gate.metrics:
            key = ("gates", gate.name, "metrics")
            if metric not in known:
                found.append((key, f"gates.{gate.name}: no metric {metric!r}; there are {', '.join(known) or 'none'}"))
            elif not known[metric].judged:
                found.append((key, f"gates.{gate.name}: {metric} has no breach level: it could never fail"))
    return found
