"""What is still known of a deploy whose engine says nothing: its metrics grow old without anybody saying so."""

from msgspec.structs import replace

from cockpit.deploy.metrics.fold import with_sample
from cockpit.deploy.metrics.judge import gone_stale
from cockpit.deploy.state import State


def aged(state: State, now: float) -> State:
    """The state as a frontend shows it: a metric without a sample for its stale time is *no data*."""
    rules = state.plan.metrics if state.plan is not None else ()
    old = {
        rule.name: with_sample(metric, sample, now)
        for rule in rules
        if (metric := state.metrics.get(rule.name)) and (sample := gone_stale(rule, metric, now))
    }
    return replace(state, metrics={**state.metrics, **old}) if old else state
