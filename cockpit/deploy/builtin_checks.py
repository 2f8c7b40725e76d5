"""Built-in checks that the measurements answer: pure functions of the state.

Names, as annotations and settings use them: `health` (every health endpoint), `metrics` (every metric answers),
`metric:NAME` (one metric is ok), `watch` (the watch time passed without an alert), `window` (the deploy window is not
closed). Unknown is never pass.
"""

import re

from cockpit.deploy.events import COCKPIT, Level, Verdict
from cockpit.deploy.guards import why_sick
from cockpit.deploy.metrics.baselines import base_of, baseline, limits_of, why_no_baseline, why_not_usable
from cockpit.deploy.metrics.judge import BAD, BLIND, why_not_in_order
from cockpit.deploy.plan import MetricRule, Task
from cockpit.deploy.schedule.planned_window import wall_time, window_check
from cockpit.deploy.state import State
from cockpit.text.amounts import seconds_words, value_words

Answer = tuple[Verdict, str]
LIVE = ("health", "metrics", "watch", "watched", "window", "log")


def is_live(name: str) -> bool:
    return name in LIVE or name.startswith(("metric:", "gate:"))


def said_by_person(state: State, task: Task) -> bool:
    """True where somebody ticked what the check could not know: it is not asked over their head."""
    have = state.of(task.id)
    return task.inferred and have.status == "pass" and have.by != COCKPIT


def measure(state: State, task: Task, now: float) -> Answer | None:
    """Verdict and its words; None while it is too early to say (a watch that still runs)."""
    if state.plan is None:
        return None
    rules = state.plan.metrics
    if task.builtin == "health":
        return _all_ok(state, tuple(rule for rule in rules if rule.unit == "up"), "health endpoint")
    if task.builtin == "metrics":
        return _answering(state, rules, now)
    if task.builtin == "watch":
        return _watch(state, rules, now)
    if task.builtin == "watched":
        return _watched(state, task)
    if task.builtin == "log":
        paths = ", ".join(path.rpartition("/")[2] for path in state.exports)
        return ("pass", f"written: {paths}") if paths else ("unknown", "the deploy log has not been written yet")
    if task.builtin == "window":
        good, said = window_check(state.plan, wall_time(state, now))
        return "unknown" if good is None else "pass" if good else "fail", said
    if task.builtin.startswith("gate:"):
        return _gate(state, task)
    name = task.builtin.removeprefix("metric:")
    wanted = tuple(rule for rule in rules if rule.name == name)
    if not wanted:
        known = ", ".join(rule.name for rule in rules) or "none"
        return "unknown", f"no metric named {name!r}; known: {known}"
    return _all_ok(state, wanted, "metric")


_SPAN = re.compile(r"\b(?:(\d+(?:\.\d+)?)[ -]?(hours?|hrs?|h|minutes?|mins?)|(?:an?|one|first) (hour|minute))\b", re.I)


def asked_seconds(title: str) -> float:
    """How long an item wants production to be watched (`Monitor metrics for 1 hour`); 0 where it does not say."""
    found = _SPAN.search(title)
    if found is None:
        return 0.0
    unit = (found[2] or found[3]).lower()
    return float(found[1] or 1) * (3600.0 if unit.startswith("h") else 60.0)


def _watched(state: State, asking: Task) -> Answer:
    """What became of the watch; for lists that ask for it after it. One that was shorter than the item asks for is no
    pass: a person says whether it was enough."""
    assert state.plan is not None
    for task in state.plan.tasks:
        if task.builtin == "watch":
            have = state.of(task.id)
            if have.status == "waived":
                return "fail", f"the watch was waived: {have.reason}"
            asked = asked_seconds(asking.title)
            if have.status == "pass" and asked > state.plan.watch_seconds:
                seen = seconds_words(state.plan.watch_seconds)
                return (
                    "unknown",
                    f"watched for {seen}, but the item asks for {seconds_words(asked)} (`watch` in the settings)",
                )
            said: Verdict = "pass" if have.status == "pass" else "fail" if have.status == "fail" else "unknown"
            return said, have.summary or "the watch is not over"
    return "unknown", "no watch is configured"


def words(state: State, rule: MetricRule) -> str:
    """`errors 0.08 %`, `health 200 in 31 ms`, or why there is no value."""
    metric = state.metrics.get(rule.name)
    if metric is None:
        return f"{rule.label}: no sample yet"
    latest = metric.latest
    if latest.level in BLIND:
        return f"{rule.label}: {latest.level}, {latest.reason}"
    value = latest.detail if rule.unit == "up" and latest.detail else value_words(latest.value, rule.unit)
    return f"{rule.label} {value}"


def _levels(state: State, rules: tuple[MetricRule, ...]) -> dict[str, Level]:
    return {rule.name: state.level(rule.name) for rule in rules}


def _all_ok(state: State, rules: tuple[MetricRule, ...], what: str) -> Answer:
    if not rules:
        return "unknown", f"no {what} configured; add one to [sources] in cockpit.toml"
    levels = _levels(state, rules)
    said = "; ".join(words(state, rule) for rule in rules)
    if any(level in BAD for level in levels.values()):
        return "fail", said
    if any(level in BLIND for level in levels.values()):
        return "unknown", said
    return "pass", said


def _gate(state: State, task: Task) -> Answer | None:
    """Gates answer by their own measurements; here only one that nobody has set up."""
    assert state.plan is not None
    if state.plan.gate(task.builtin) is not None:
        return None
    known = ", ".join(gate.name for gate in state.plan.gates) or "none"
    return "unknown", f"no {task.builtin!r}; add a table to [gates] in cockpit.toml; known: {known}"


def _answering(state: State, rules: tuple[MetricRule, ...], now: float) -> Answer:
    """Every metric answers, its levels are in order against its baseline, which was measured long enough, and
    production is well."""
    silent = tuple(rule for rule in rules if state.level(rule.name) in BLIND and not _lacks_baseline_only(state, rule))
    if not rules:
        return "unknown", "no metric source configured"
    if silent:
        return "unknown", "; ".join(words(state, rule) for rule in silent)
    muddled = [f"{rule.label}: {why}" for rule in rules if (why := _out_of_order(state, rule))]
    if muddled:
        return "fail", "; ".join(muddled)
    sick = why_sick(state)
    if sick:
        return "fail", sick
    unbased = [why for rule in rules if (why := why_no_baseline(state, rule, now))]
    if unbased:
        return "unknown", "; ".join(unbased)
    idle = [f"{rule.label}: {why}" for rule in rules if (why := _idle_levels(state, rule))]
    return "pass", "; ".join((f"{len(rules)} of {len(rules)} metrics report", *idle))


def _lacks_baseline_only(state: State, rule: MetricRule) -> bool:
    metric = state.metrics.get(rule.name)
    return metric is not None and metric.latest.unjudged


def _idle_levels(state: State, rule: MetricRule) -> str:
    """Levels that cannot be told from the baseline, where a worse one decides all the same."""
    base = _base_now(state, rule)
    if base is None:
        return ""
    return "; ".join(why for name, limit in limits_of(rule) if (why := why_not_usable(rule, name, limit, base)))


def _base_now(state: State, rule: MetricRule) -> float | None:
    """The baseline, or what it would be if it was taken now."""
    metric = state.metrics.get(rule.name)
    base = base_of(rule, metric)
    if base is None and metric is not None and state.plan is not None:
        base = baseline(metric, metric.latest.at - state.plan.baseline_seconds)
    return base


def _out_of_order(state: State, rule: MetricRule) -> str:
    """Levels relative to the baseline can only be compared with the others once there is one."""
    return why_not_in_order(rule, _base_now(state, rule))


def _watch(state: State, rules: tuple[MetricRule, ...], now: float) -> Answer | None:
    """Healthy for the whole watch time; a bad or blind moment starts the time again."""
    since = _healthy_since(state)
    if since is None or state.plan is None:
        return None
    judged = tuple(rule for rule in rules if rule.judged)
    if not judged:
        return "unknown", "nothing is judged; no metric source configured"
    levels = _levels(state, judged)
    bad = tuple(rule for rule in judged if levels[rule.name] in BAD)
    if bad:
        return "fail", "; ".join(state.metrics[rule.name].latest.reason for rule in bad)
    blind = tuple(rule for rule in judged if levels[rule.name] in BLIND)
    if blind:
        return "unknown", "; ".join(words(state, rule) for rule in blind)
    if now - since < state.plan.watch_seconds:
        # After a bad moment it is not failing any more, and not good yet.
        return ("unknown", "healthy again; the watch has restarted") if since > state.phases["watch"] else None
    said = "; ".join(words(state, rule) + _against(state, rule) for rule in judged)
    return "pass", f"healthy for {seconds_words(now - since)}: {said}"


def _against(state: State, rule: MetricRule) -> str:
    """` (baseline 0.08 %)`."""
    base = base_of(rule, state.metrics.get(rule.name))
    return "" if base is None or rule.unit == "up" else f" (baseline {value_words(base, rule.unit)})"


def _healthy_since(state: State) -> float | None:
    """When the present healthy stretch of the watch began; None outside the watch."""
    begun = state.phases.get("watch")
    if begun is None or state.plan is None:
        return None
    judged = (state.metrics.get(rule.name) for rule in state.plan.metrics if rule.judged)
    return max((begun, *(metric.bad_at for metric in judged if metric is not None)))


def watch_left(state: State, now: float) -> float | None:
    """Seconds until the watch may pass; None outside the watch phase. For the screen."""
    since = _healthy_since(state)
    if since is None or state.plan is None or state.phase != "watch":
        return None
    return max(0.0, since + state.plan.watch_seconds - now)
