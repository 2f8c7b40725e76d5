"""What the events of the schedule make true."""

from msgspec.structs import replace

from cockpit.deploy import events as e
from cockpit.deploy.state import Fold, State


def _moved(state: State, event: e.Event, body: e.TimeMoved) -> State:
    return replace(state, planned_at=body.planned_at)


FOLDS: dict[type, Fold] = {
    e.TimeMoved: _moved,
}
