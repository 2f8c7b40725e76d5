"""What the events of the clock make true."""

from msgspec.structs import replace

from cockpit.deploy import events as e
from cockpit.deploy.state import Fold, State


def _set(state: State, event: e.Event, body: e.ClockSet) -> State:
    return clock_set(state, event.at, body.behind)


def clock_set(state: State, at: float, behind: float) -> State:
    """The machine's clock is so far behind the deploy's from then on."""
    return replace(state, clock_behind=behind, clock_marks=(*state.clock_marks, (at, behind)))


def _stood_still(state: State, event: e.Event, body: e.EngineStoodStill) -> State:
    """Nothing that was measured before counts for a trigger: it fires on fresh samples, with a countdown of its own."""
    metrics = {name: replace(metric, pending=None) for name, metric in state.metrics.items()}
    return replace(state, metrics=metrics, countdown=None)


FOLDS: dict[type, Fold] = {e.ClockSet: _set, e.EngineStoodStill: _stood_still}
