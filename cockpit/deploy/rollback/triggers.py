"""Triggers: breaches that have lasted long enough to roll back for. Pure; over the state of each metric."""

from collections.abc import Mapping

from cockpit.deploy.metrics.gates import verdict
from cockpit.deploy.plan import GATE, MetricRule, RollbackOption, Task
from cockpit.deploy.rollback.safety import safety
from cockpit.deploy.rollback.scripts import scripts_of
from cockpit.deploy.state import MetricState, State
from cockpit.runbook.placeholders import CannotFill, fill_placeholders
from cockpit.text.amounts import seconds_words, value_words

LEAVE = "(close the deploy with ⟦close⟧)"
"""What to do where there is nothing to go back from."""


def fired(rule: MetricRule, metric: MetricState, armed_at: float) -> str:
    """Why the metric's trigger fires now, with its numbers; empty while it does not. What was before it was armed, or
    within its warm-up, does not count."""
    since = armed_at + rule.warm_up_seconds
    if not rule.judged:
        return ""
    return _blind(rule, metric, since) or _breached(rule, metric, armed_at)


def lasted(rule: MetricRule, metric: MetricState, armed_at: float) -> float:
    """Seconds of the breach that count: those after the triggers were armed and the warm-up; 0 where there is none."""
    if metric.pending is None:
        return 0.0
    return metric.latest.at - max(metric.pending.since, armed_at + rule.warm_up_seconds)


def _breached(rule: MetricRule, metric: MetricState, armed_at: float) -> str:
    pending = metric.pending
    if pending is None or metric.latest.level != "breach":
        return ""
    seconds = lasted(rule, metric, armed_at)
    since = armed_at + rule.warm_up_seconds
    late = [at for at in pending.times if at >= since]
    # Where none of those that are kept is too early, what was counted before them is none too many.
    count = pending.count if len(late) == len(pending.times) else len(late)
    if count < rule.failures or seconds < rule.for_seconds:
        return ""
    if rule.unit == "up":
        times = f"{pending.count} times in a row" if pending.count > 1 else "once"
        return f"{metric.latest.reason} ({times})"
    values = ", ".join(value_words(value, rule.unit) for value in pending.values)
    more = "..., " if pending.count > len(pending.values) else ""
    lasting = f" for {seconds_words(seconds)}" if rule.for_seconds else ""
    samples = f"{pending.count} of {pending.count} samples" if pending.count > 1 else "1 sample"
    return f"{metric.latest.reason}{lasting} ({samples}: {more}{values})"


def _blind(rule: MetricRule, metric: MetricState, counts_from: float) -> str:
    if rule.no_data != "rollback" or not is_blind(rule, metric) or metric.blind_since is None:
        return ""
    seconds = metric.latest.at - max(metric.blind_since, counts_from)
    if seconds < rule.for_seconds:
        return ""
    return f"{rule.label}: {metric.latest.level} for {seconds_words(seconds)} ({metric.latest.reason})"


def is_blind(rule: MetricRule, metric: MetricState) -> bool:
    """No data, or more errors in a row than are put up with."""
    if metric.latest.level == "no data":
        return True
    return metric.latest.level == "error" and metric.errors_in_row >= rule.error_limit


BLIND_SECONDS = 5.0
"""How long a metric without `for` is silent before the deploy waits for it."""


def silent(state: State, now: float) -> tuple[str, ...]:
    """Why the deploy waits: metrics that decide and do not answer, where silence means hold and nobody accepted it."""
    if state.plan is None or state.armed_at is None:
        return ()
    found = []
    for rule in state.plan.metrics:
        metric = state.metrics.get(rule.name)
        if metric is None or not rule.judged or rule.no_data != "hold" or rule.name in state.blind_accepted:
            continue
        seconds = now - metric.blind_since if metric.blind_since is not None else 0.0
        if is_blind(rule, metric) and seconds >= max(rule.for_seconds, BLIND_SECONDS):
            found.append(f"{rule.label}: {metric.latest.level} for {seconds_words(seconds)} ({metric.latest.reason})")
    return tuple(found)


def firing(state: State) -> dict[str, str]:
    """Name of the metric -> why its trigger fires now, in the metrics' order; without those that a person silenced."""
    if state.plan is None or state.armed_at is None:
        return {}
    silenced = {one.metric: one.blind for one in state.silenced}
    found: dict[str, str] = {}
    for rule in state.plan.metrics:
        metric = state.metrics.get(rule.name)
        why = fired(rule, metric, state.armed_at) if metric is not None else ""
        # Silenced for a breach is not silenced for want of data, nor the other way round.
        if why and metric is not None and silenced.get(rule.name) is not (metric.pending is None):
            found[rule.name] = why
    return found


def failed_gates(state: State) -> dict[str, str]:
    """`gate:NAME` -> its words, of every gate that failed, rolls back for it, and was not silenced."""
    if state.plan is None or state.armed_at is None:
        return {}
    silenced = {one.metric for one in state.silenced}
    found: dict[str, str] = {}
    for task in state.plan.tasks:
        gate = state.plan.gate(task.builtin)
        if gate is not None and gate.on_fail == "rollback" and task.builtin not in silenced and has_failed(state, task):
            found[task.builtin] = state.of(task.id).summary
    return found


def has_failed(state: State, task: Task) -> bool:
    """True where the task is a gate that was measured and failed: not one that could not be measured."""
    gate, have = state.plan.gate(task.builtin) if state.plan is not None else None, state.of(task.id)
    return gate is not None and have.status == "fail" and verdict(gate, have.tallies)[0] == "failed"


def reasons(state: State) -> tuple[str, ...]:
    """Every trigger that fires now and was not silenced, in the metrics' order."""
    return (*firing(state).values(), *failed_gates(state).values())


def silenced_words(state: State) -> str:
    """`errors, p95 silenced by ann until well again, or H`; empty where no trigger is silenced."""
    if not state.silenced or state.plan is None:
        return ""
    names = {one.metric for one in state.silenced}
    gates = sorted(name for name in names if name.startswith(GATE))
    labels = ", ".join((*(rule.label for rule in state.plan.metrics if rule.name in names), *gates))
    who = ", ".join(dict.fromkeys(one.by for one in state.silenced))
    many = "its trigger is" if len(names) == 1 else "their triggers are"
    return f"{labels}: {many} silenced by {who} until recovery or resume (⟦hold⟧)"


def way_back(state: State) -> tuple[RollbackOption | None, tuple[str, ...]]:
    """The option that a trigger takes, and why the others cannot; None where none can run by itself."""
    assert state.plan is not None
    plan = state.plan
    problems: list[str] = []
    if not plan.rollback:
        return None, (f"{plan.runbook_path} has no rollback section",)
    wanted = [option for option in plan.rollback if option.id == plan.default_option] if plan.default_option else []
    for option in wanted or plan.rollback:
        why = why_not_by_itself(state, option, chosen=bool(wanted))
        if not why:
            return option, tuple(problems)
        problems.append(f'"{option.title}": {why}')
    return None, tuple(problems)


def why_not_by_itself(state: State, option: RollbackOption, *, chosen: bool = False) -> str:
    """Why nobody but a person can take this way back; empty where it can run by itself."""
    scripts = [task.script for task in scripts_of(state, option) if task.script is not None]
    if not scripts:
        return "has nothing to run"
    safe = safety(state, option)
    if safe.word == "freeze or fix forward":
        return safe.words()
    if option.touches_database and not chosen:
        return "restores data, which is never automatic"
    for script in scripts:
        if script.blocked:
            return f"cannot run: {script.blocked}"
        unset = [name for name in script.variables if name not in state.variables]
        if unset:
            return f"{', '.join('$' + name for name in unset)} is not set"
        if script.interactive or script.confirm:
            return "needs confirmation"
        try:
            fill_placeholders(script.body, state.values)
        except CannotFill as error:
            return str(error)
        holes = [hole.token for hole in script.placeholders if hole.name not in state.values]
        if holes:
            return f"{', '.join(holes)} has no value"
    return "; ".join(against_target(state, option, state.values))


def against_target(state: State, option: RollbackOption, values: Mapping[str, str]) -> tuple[str, ...]:
    """What the newest look at the option's target, with these values, says against it, and that there is no need."""
    check = state.targets.get(option.id)
    known = check.problems if check is not None and check.is_about(values) else ()
    needless = needless_rollback(state)
    return (needless, *known) if needless else known


def objections(state: State, option: RollbackOption, values: Mapping[str, str]) -> tuple[str, ...]:
    """`against_target` for the person who asks for it: with the way out, which a record does without."""
    needless = needless_rollback(state)
    return tuple(f"{one} {LEAVE}" if one == needless else one for one in against_target(state, option, values))


def needless_rollback(state: State) -> str:
    """Why there is nothing to go back from; empty where a step of the deploy has begun, or was done by hand.

    What a rollback restores is what ran before the present release: taken too early, it takes back the one that is
    good, and the person who presses R in Preflight means to abort.
    """
    plan = state.plan
    if plan is None or plan.rollout is not None or plan.dry_run or "deploy" in state.phases:
        return ""
    if any(task.kind == "script" and state.of(task.id).attempt for task in plan.in_phase("preflight")):
        return ""  # nobody knows what a script before the deploy has changed
    now = (
        f"{plan.current_commit[:10]} is still running"
        if plan.current_commit
        else "the previous release is still running"
    )
    return (
        f"this deploy has changed nothing yet: {now}, and a rollback would take production back to the release "
        "before it"
    )
