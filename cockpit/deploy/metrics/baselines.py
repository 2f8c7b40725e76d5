"""Baselines: what a metric was before production was touched, and when levels against it can be judged. Pure.

A level against a baseline decides nothing until there is one, and a metric that is not judged is not healthy: such a
metric is *no data*, and the deploy phase is not entered before its baseline can be taken.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from cockpit.deploy.events import Level
from cockpit.deploy.plan import Limit, MetricRule, Relative
from cockpit.deploy.state import MetricState, State
from cockpit.text.amounts import seconds_words, value_words

LEVELS: tuple[Level, ...] = ("breach", "alert", "watch")
LEAST = 3
"""Values that it takes to make a baseline."""
Points = Sequence[tuple[float, float]]


def base_of(rule: MetricRule, metric: MetricState | None) -> float | None:
    """The metric's baseline: as measured, else as the settings expect it."""
    return metric.baseline if metric is not None and metric.baseline is not None else rule.expected


def baseline(metric: MetricState, since: float = 0.0) -> float | None:
    """Median of the values from that time on, over the time that each of them stood; None where fewer than three were
    measured. What was too few to judge is none of them."""
    points = [point for point in metric.fit if point[0] >= since]
    return weighted_median(points) if len(points) >= LEAST else None


def weighted_median(points: Points) -> float:
    """The value that half of the time lies above and half below. Each point stands until the next one: a long past is
    kept in fewer points than a short one, and weighs as much."""
    gaps = [after - before for (before, _), (after, _) in pairwise(points)]
    usual = sorted(gaps)[len(gaps) // 2] if gaps else 1.0
    ends = [usual, *gaps, usual]
    # Half of the time to the one before and half of the time to the one after.
    weighted = sorted(
        (value, max(0.0, before + after)) for (_, value), (before, after) in zip(points, pairwise(ends), strict=True)
    )
    half, passed = sum(weight for _, weight in weighted) / 2, 0.0
    for place, (value, weight) in enumerate(weighted):
        passed += weight
        if abs(passed - half) < 1e-9 * max(half, 1.0) and place + 1 < len(weighted):
            return (value + weighted[place + 1][0]) / 2
        if passed > half:
            return value
    return weighted[-1][0]


def limits_of(rule: MetricRule) -> Iterator[tuple[Level, Limit]]:
    """The levels that the rule has, the worst first."""
    for name in LEVELS:
        limit: Limit | None = getattr(rule, name)
        if limit is not None:
            yield name, limit


def plain_levels(rule: MetricRule, base: float | None) -> dict[Level, float]:
    """The levels that decide now, as numbers in the metric's unit."""
    found: dict[Level, float] = {}
    for name, limit in limits_of(rule):
        if not isinstance(limit, Relative):
            found[name] = limit
        elif base is not None and not _breaks_itself(rule, limit, base):
            found[name] = number(limit, base)
    return found


def number(limit: Relative, base: float) -> float:
    return limit.times * base + limit.plus


def _breaks_itself(rule: MetricRule, limit: Relative, base: float) -> bool:
    """`2x baseline` of a baseline of 0 is 0: the baseline does not lie on the good side of its own level."""
    against = number(limit, base)
    return base <= against if rule.below else base >= against


def why_not_judged(rule: MetricRule, base: float | None) -> str:
    """Why the rule's levels do not decide what they should; empty where they do. Once the baseline is known the worst
    level must be usable: it covers those below."""
    levels = tuple(limits_of(rule))
    relative = next(((name, limit) for name, limit in levels if isinstance(limit, Relative)), None)
    if relative is None:
        return ""
    if base is None:
        return f"no baseline: {relative[0]} is {relative[1].words()}, and no baseline was measured"
    return why_not_usable(rule, *levels[0], base)


def why_not_usable(rule: MetricRule, name: Level, limit: Limit, base: float) -> str:
    """Why this level cannot be told from the baseline, and what to write instead; empty where it can."""
    if not isinstance(limit, Relative) or not _breaks_itself(rule, limit, base):
        return ""
    unit = f" {rule.unit}" if rule.unit in ("%", "s") else ""
    words = "baseline" if limit.times == 1 else f"{limit.times:g}x baseline"
    return (
        f"the baseline is {value_words(base, rule.unit)}, so {name} {limit.words()} means nothing; give it an "
        f'absolute part ("{words} {"-" if rule.below else "+"} 1{unit}")'
    )


def needs_baseline(rule: MetricRule) -> bool:
    """True where a level stands against a baseline that the settings do not give."""
    return rule.expected is None and any(isinstance(limit, Relative) for _, limit in limits_of(rule))


def why_no_baseline(state: State, rule: MetricRule, now: float) -> str:
    """Why the baseline that the rule's levels stand on cannot be taken down now; empty where it can, was, or is not
    needed."""
    if not needs_baseline(rule):
        return ""
    metric = state.metrics.get(rule.name)
    if metric is None:
        return f"{rule.label}: no sample yet, and its thresholds depend on the baseline"
    if metric.baseline is not None:
        return _unusable(rule, metric.baseline)
    assert state.plan is not None
    whole = state.plan.baseline_seconds
    measured = baseline(metric, now - whole)
    lasts = now - metric.fit[0][0] if metric.fit else 0.0
    if measured is None or lasts + rule.interval_seconds + _SLACK < whole:
        values = sum(1 for at, _ in metric.fit if at >= now - whole)
        many = "1 value" if values == 1 else f"{values} values"
        since = f"{seconds_words(min(lasts, whole))} of {seconds_words(whole)}, {many}"
        why = f": {metric.latest.reason}" if metric.latest.value is None and metric.latest.reason else ""
        return f"{rule.label}: measuring the baseline ({since}){why}"
    return _unusable(rule, measured)


_SLACK = 0.5
"""Seconds by which samples may come late."""


def _unusable(rule: MetricRule, base: float) -> str:
    why = why_not_judged(rule, base)
    return f"{rule.label}: {why}" if why else ""


def is_measuring(state: State, now: float) -> bool:
    """True while a baseline that is needed is being measured, and nothing but time is wanted for it."""
    if state.plan is None:
        return False
    for rule in state.plan.metrics:
        metric = state.metrics.get(rule.name)
        if needs_baseline(rule) and metric is not None and metric.baseline is None and metric.latest.unjudged:
            lasts = now - metric.fit[0][0] if metric.fit else 0.0
            if lasts < state.plan.baseline_seconds and why_no_baseline(state, rule, now):
                return True
    return False


def why_unbased(state: State, now: float) -> str:
    """Every metric that decides and whose baseline is not there, in words; empty where production may be touched."""
    if state.plan is None:
        return ""
    return "; ".join(why for rule in state.plan.metrics if rule.judged and (why := why_no_baseline(state, rule, now)))
