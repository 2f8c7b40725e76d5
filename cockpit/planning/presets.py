"""The ready metrics: which source type gives which, their units, and the levels of the seed's six (from its runbook).

Error rate watch 1 %, breach 5 %; P95 watch 5 s, breach 10 s; connections watch 90 %, breach 95 %; CPU and memory watch
80 %, alert 90 %; health: failing is a breach. The seed's alert of the error rate (2x of a 0.1 % baseline) lies below
its own watch level, so the alert stands between the two.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cockpit.deploy.metrics.baselines import why_not_judged
from cockpit.deploy.metrics.judge import why_not_in_order
from cockpit.deploy.plan import Gate, MetricRule, Relative
from cockpit.metrics.base import SourceError
from cockpit.metrics.registry import default_metrics, types
from cockpit.settings.load import Settings
from cockpit.settings.tables import MetricSettings
from cockpit.text.sanitize import one_line

_LASTS = 15.0
"""Seconds that a breach lasts before it is a trigger."""
_FAILURES = 3
"""Times in a row that a health endpoint fails before that is one."""

_STALE = {"prometheus": 60.0}
"""Source type -> seconds. Prometheus scrapes every 15 to 60 s: its newest raw sample is that old before the next."""
_STALE_INTERVALS = 3
"""Reads in a row that may fail to come before a value is too old."""

PRESETS: dict[str, MetricRule] = {
    rule.name: rule
    for rule in (
        MetricRule(name="errors", label="errors", unit="%", source="", watch=1, alert=2, breach=5, top=10),
        MetricRule(name="p50", label="p50", unit="s", source="", top=12),
        MetricRule(name="p90", label="p90", unit="s", source="", top=12),
        MetricRule(name="p95", label="p95", unit="s", source="", watch=5, alert=10, breach=10, top=12),
        MetricRule(name="p99", label="p99", unit="s", source="", top=12),
        MetricRule(name="latency", label="latency", unit="s", source=""),
        MetricRule(name="connections", label="db pool", unit="%", source="", watch=90, alert=95, breach=95, top=100),
        MetricRule(name="pool", label="pool", unit="%", source="", watch=80, top=200),
        MetricRule(name="max_wait", label="max wait", unit="s", source=""),
        MetricRule(name="longest_transaction", label="longest tx", unit="s", source=""),
        MetricRule(name="replication_lag", label="replica lag", unit="s", source=""),
        MetricRule(name="cpu", label="cpu", unit="%", source="", watch=80, alert=90, top=100),
        MetricRule(name="memory", label="memory", unit="%", source="", watch=80, alert=90, top=100),
        MetricRule(name="disk", label="disk", unit="%", source="", watch=80, alert=90, top=100),
        MetricRule(name="load", label="load", unit="%", source="", watch=80, alert=90, top=100),
        MetricRule(name="health", label="health", unit="up", source="", top=1),
    )
}


_PLAIN = MetricRule(name="", label="", unit="", source="")


def metric_rules(settings: Settings) -> tuple[MetricRule, ...]:
    """The metrics that these settings measure, in the screen's order. Raises ValueError for one without a source."""
    rules: list[MetricRule] = []
    for source_name, source in settings.sources.items():
        for metric in metrics_of(settings, source_name):
            over = settings.metrics.get(metric)
            preset = PRESETS.get(_measure(metric, settings, source_name), _PLAIN)
            base = _base(metric, preset) | {
                "source": source_name,
                "interval_seconds": source.interval,
                "stale_seconds": max(_STALE.get(source.type, preset.stale_seconds), _STALE_INTERVALS * source.interval),
            }
            rules.append(_overridden(base, over))
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


def _measure(metric: str, settings: Settings, source_name: str) -> str:
    """What the source measures for the metric: as its options say; else what its name says behind the source's prefix,
    but that a metric of a health source's own name is its `health`."""
    over, source = settings.metrics.get(metric), settings.sources[source_name]
    said = over.options.get("measure") if over is not None else None
    if isinstance(said, str):
        return said
    if source.type == "health" and metric == source_name:
        return "health"
    return metric.removeprefix(source.prefix)


_OWN_QUESTION = ("measure", "query", "metric", "kind")
"""Options of a metric that say themselves what is measured."""


def options_of(settings: Settings, source_name: str, metric: str) -> dict[str, Any]:
    """The options of the metric as its source is given them: what a prefixed name measures is among them."""
    over, prefix = settings.metrics.get(metric), settings.sources[source_name].prefix
    given = dict(over.options) if over is not None else {}
    if prefix and metric.startswith(prefix) and not any(key in given for key in _OWN_QUESTION):
        given["measure"] = metric.removeprefix(prefix)
    return given


def _base(metric: str, preset: MetricRule) -> dict[str, object]:
    base: dict[str, object] = {name: getattr(preset, name) for name in MetricRule.__struct_fields__}
    # Under another name it is another metric on the screen: the preset's label would name both the same.
    base |= {"name": metric} | ({"label": metric} if metric != preset.name else {})
    return base | ({"failures": _FAILURES} if preset.unit == "up" else {"for_seconds": _LASTS})


def _ready_made(kind: str, source_name: str) -> tuple[str, ...]:
    """What the type brings by itself. Raises ValueError for a plug-in that cannot be loaded."""
    try:
        return default_metrics(kind) if kind in types() else ()
    except SourceError as error:
        raise ValueError(f"sources.{source_name}: {one_line(str(error))}") from None


def metrics_of(settings: Settings, source_name: str) -> tuple[str, ...]:
    """Names of the metrics that the source is asked for: its type's own or those that it names, unless moved, and
    those that name it.

    The first health source measures `health`; every further one a metric of its own name.
    """
    source = settings.sources[source_name]
    kind = source.type
    own = tuple(source.metrics) if source.metrics is not None else _ready_made(kind, source_name)
    if source.prefix:
        own = tuple(f"{source.prefix}{name}" for name in own)
    elif kind == "health" and source.metrics is None and source_name != _first_health(settings):
        own = (source_name,)
    own = tuple(dict.fromkeys(own))
    kept = [name for name in own if _source_of(settings, name, source_name) == source_name]
    return (
        *kept,
        *(name for name, metric in settings.metrics.items() if metric.source == source_name and name not in kept),
    )


def _first_health(settings: Settings) -> str:
    return next(name for name, source in settings.sources.items() if source.type == "health")


def _twice(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    """One name is one series: a source whose metrics another one measures already."""
    owner: dict[str, str] = {}
    for source in settings.sources:
        again: dict[str, list[str]] = {}
        for metric in metrics_of(settings, source):
            if owner.setdefault(metric, source) != source:
                again.setdefault(owner[metric], []).append(metric)
        for other, names in again.items():
            kind = settings.sources[source].type
            fleet = ", or merge them into one source with both addresses" if kind in ("openmetrics", "health") else ""
            words = (
                f"sources.{source}: [sources.{other}] already provides {', '.join(names)}, and a name can only have "
                f'one series; rename these (prefix = "{source}."), select some (metrics = [...]){fleet}'
            )
            yield ("sources", source), words


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
            whole = 100.0 if breach <= 100 else breach * 1.2
            base["top"] = breach * 1.2 if base["unit"] != "%" else min(whole, max(breach * 2, 1.0))
    if not base["label"]:
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
            on_fail=gate.on_fail,
        )
        for name, gate in settings.gates.items()
    )


_COUNTS_NOTHING = ("host", "postgres", "pgbouncer")
"""Source types that never know how many observations stand behind a value."""


def _refused(settings: Settings, rules: Mapping[str, MetricRule]) -> Iterator[tuple[tuple[str, ...], str]]:
    """What a metric's table says and nothing would do."""
    for name, metric in settings.metrics.items():
        source = settings.sources.get(rules[name].source) if name in rules else None
        if source is None:
            continue
        if metric.interval is not None and metric.interval != source.interval:
            words = (
                f"metrics.{name}.interval: its source is polled for all metrics every {source.interval:g} s; set "
                f"sources.{rules[name].source}.interval, or give the metric its own source"
            )
            yield ("metrics", name, "interval"), words
        if metric.min_samples and source.type in _COUNTS_NOTHING:
            words = f"metrics.{name}.min_samples: a {source.type} source does not count observations; remove it"
            yield ("metrics", name, "min_samples"), words
    for task, table in settings.tasks.items():
        if table.timeout is not None and table.timeout <= 0:
            yield (
                ("tasks", task, "timeout"),
                f"tasks.{task}.timeout: 0 ends every run immediately; remove it",
            )


def problems_of(settings: Settings, rules: Iterable[MetricRule] | None = None) -> list[tuple[tuple[str, ...], str]]:
    """What is wrong with levels and gates once the presets are laid under: (key, text)."""
    known = {rule.name: rule for rule in (metric_rules(settings) if rules is None else rules)}
    found: list[tuple[tuple[str, ...], str]] = list(_twice(settings))
    for rule in known.values():
        why = why_not_in_order(rule, rule.expected)
        if rule.expected is not None and (unusable := why_not_judged(rule, rule.expected)):
            found.append((("metrics", rule.name, "baseline"), f"metrics.{rule.name}: {unusable}"))
        if why:
            found.append((("metrics", rule.name, why.split()[0]), f"metrics.{rule.name}: {why}"))
    found += _refused(settings, known)
    for gate in gates_of(settings):
        for limit in ("failure_limit", "consecutive_success_limit"):
            value, most = getattr(gate, limit), gate.count - (limit == "failure_limit")
            if value > most:
                words = (
                    f"gates.{gate.name}: {limit} = {value} has no effect with count = {gate.count}; use at most {most}"
                )
                found.append((("gates", gate.name, limit), words))
        for metric in gate.metrics:
            key = ("gates", gate.name, "metrics")
            if metric not in known:
                found.append((key, f"gates.{gate.name}: no metric {metric!r}; known: {', '.join(known) or 'none'}"))
            elif not known[metric].judged:
                found.append((key, f"gates.{gate.name}: {metric} has no breach threshold, so it can never fail"))
    return found
