"""The whole record of a deploy as JSON: what was true at the end, and every event."""

from collections.abc import Sequence

import msgspec

from cockpit.deploy.events import FORMAT, Event, encode_body
from cockpit.deploy.state import State


def as_json(state: State, events: Sequence[Event], deploy_id: str) -> bytes:
    """`{"deploy", "format", "outcome", "environment", "commit", "opened_at", "closed_at", "tasks", "events"}`.

    Times are Unix seconds. Each event: `seq, at, by, v` and its body with `type`.
    """
    plan = state.plan
    shape = {
        "deploy": deploy_id,
        "format": FORMAT,
        "outcome": state.closed,
        "environment": plan.environment if plan else None,
        "commit": plan.commit if plan else None,
        "opened_at": state.opened_at,
        "closed_at": state.closed_at,
        "tasks": {task_id: msgspec.to_builtins(task) for task_id, task in state.tasks.items()},
        "events": [
            {
                "seq": event.seq,
                "at": event.at,
                "by": event.by,
                "v": event.v,
                "body": msgspec.Raw(encode_body(event.body)),
            }
            for event in events
        ],
    }
    return msgspec.json.encode(shape)
