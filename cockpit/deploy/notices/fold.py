"""What the events of notices make true."""

from msgspec.structs import replace

from cockpit.deploy import events as e
from cockpit.deploy.state import Fold, NoticeState, State


def _requested(state: State, event: e.Event, body: e.NoticeRequested) -> State:
    new = NoticeState(
        id=body.notice,
        kind=body.kind,
        title=body.title,
        to=body.to,
        text=body.text,
        status="sending",
        at=event.at,
        by=event.by,
    )
    return replace(state, notices=(*state.notices, new))


def _ended(state: State, notice: str, **changes: object) -> State:
    """With the outcome of that one sending; one that is not known, or has its outcome, stays as it is."""
    return replace(
        state,
        notices=tuple(
            replace(one, **changes) if one.id == notice and one.status == "sending" else one for one in state.notices
        ),
    )


def _sent(state: State, event: e.Event, body: e.NoticeSent) -> State:
    return _ended(
        state,
        body.notice,
        status="sent",
        at=event.at,
        reference=body.reference,
        attempts=body.attempts,
        reason=body.detail,
    )


def _failed(state: State, event: e.Event, body: e.NoticeFailed) -> State:
    return _ended(state, body.notice, status="failed", at=event.at, reason=body.reason, attempts=body.attempts)


FOLDS: dict[type, Fold] = {
    e.NoticeRequested: _requested,
    e.NoticeSent: _sent,
    e.NoticeFailed: _failed,
}
