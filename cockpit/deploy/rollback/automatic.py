"""A way back that is under way goes on by itself: script after script, then health, then the end."""

from cockpit.deploy import events as e
from cockpit.deploy.builtin_checks import words
from cockpit.deploy.guards import why_not_start
from cockpit.deploy.rollback.scripts import scripts_of
from cockpit.deploy.state import RollbackState, State, TaskState
from cockpit.deploy.tasks.start import start

HEALTH_SECONDS = 30.0
"""How long the health endpoints may take to come back after a rollback before it is called unhealthy."""


def rollback_progress(state: State, now: float) -> list[e.Body]:
    rollback = state.rollback
    if rollback is None or rollback.status == "finished":
        if why_not_start(state):
            return []
        return _close_rolled_back(state, rollback) if rollback else []
    if rollback.status == "stopping":
        # Only when every script is really dead may the way back begin (facts: a rollback must not race the abort).
        return [] if state.running else [e.RollbackStarted(option=rollback.option)]
    if why_not_start(state):
        return []
    if rollback.status == "running":
        return _next_rollback_script(state, rollback)
    if rollback.status == "verifying":
        return _verify_rollback(state, rollback, now)
    return _resumed_after_failure(state, rollback)


def _next_rollback_script(state: State, rollback: RollbackState) -> list[e.Body]:
    for task in scripts_of(state, state.rollback_option) if state.rollback_option else ():
        have = state.of(task.id)
        if have.status == "running":
            return []
        if have == rollback.before.get(task.id, TaskState()):
            # Nothing of this try yet. Not by the times: a clock may have been set back since the earlier one.
            return [start(state, task)]
        if have.settled:
            continue
        if have.status in ("fail", "unknown"):
            reason = f'"{task.title}" {have.reason or have.status}'
            return [e.RollbackFailed(option=rollback.option, reason=reason)]
        return [start(state, task)]
    return [e.RollbackVerifying(option=rollback.option)]


def _resumed_after_failure(state: State, rollback: RollbackState) -> list[e.Body]:
    """A failed script of the option was retried or accepted: the rollback goes on."""
    option = state.rollback_option
    stuck = option and any(state.of(task.id).status in ("fail", "unknown") for task in scripts_of(state, option))
    return [] if stuck else [e.RollbackStarted(option=rollback.option)]


def _verify_rollback(state: State, rollback: RollbackState, now: float) -> list[e.Body]:
    """Health after the last script: two fresh good answers in a row of every endpoint, and no metric bad any more, or
    the time is up. Rates look back over a window: they need a while to show that the old release is back."""
    assert state.plan is not None
    assert rollback.scripts_done_at is not None
    rules = tuple(rule for rule in state.plan.metrics if rule.unit == "up")
    if not rules:
        summary = "health not verified: no health endpoint configured"
        return [e.RollbackFinished(option=rollback.option, healthy=None, summary=summary)]
    said = "; ".join((*(words(state, rule) for rule in rules), *state.breaches))
    if _proven(state, rollback.scripts_done_at):
        return [e.RollbackFinished(option=rollback.option, healthy=True, summary=said)]
    if now - rollback.scripts_done_at < HEALTH_SECONDS:
        return []
    return [e.RollbackFinished(option=rollback.option, healthy=False if state.breaches else None, summary=said)]


def _proven(state: State, since: float) -> bool:
    """Every health endpoint gave two fresh good answers in a row, and no metric that decides is bad."""
    rules = tuple(rule for rule in state.plan.metrics if rule.unit == "up") if state.plan else ()

    def good(name: str) -> bool:
        metric = state.metrics.get(name)
        fresh = [value for at, value in metric.recent if at > since] if metric else []
        return len(fresh) >= 2 and all(value is not None and value >= 1 for value in fresh[-2:])

    return bool(rules) and not state.breaches and all(good(rule.name) for rule in rules)


def _close_rolled_back(state: State, rollback: RollbackState) -> list[e.Body]:
    """Closed once production is proven healthy; without any health endpoint nobody can prove it. An ill or silent one
    keeps the deploy open, for the next option, for a person's word, or until it has come back."""
    endpoints = state.plan is not None and any(rule.unit == "up" for rule in state.plan.metrics)
    if rollback.healthy or not endpoints:
        return [e.DeployClosed(outcome="rolled back", reason=rollback.reason)]
    if rollback.scripts_done_at is not None and _proven(state, rollback.scripts_done_at):
        return [e.RollbackFinished(option=rollback.option, healthy=True, summary="health recovered")]
    return []
