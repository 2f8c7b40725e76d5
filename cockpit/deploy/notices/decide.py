"""Decisions about notices: what may go out, once, and what became of it."""

from datetime import UTC, datetime

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.commands import Refusal
from cockpit.deploy.decision import Decider, Decision, plan_of
from cockpit.deploy.guards import why_not_start
from cockpit.deploy.state import NoticeState, State
from cockpit.text.sanitize import one_line, plain

LONGEST = 30_000
"""Characters of a notice. Slack cuts at 40,000; a longer one is a mistake."""
NOT_KNOWN = "the engine stopped while sending; delivery unknown"


def _send(state: State, command: c.SendNotice, now: float, by: str) -> Decision:
    stalled = why_not_start(state)
    if stalled:
        return Refusal(stalled)
    text = plain(command.text).strip()
    places = tuple(dict.fromkeys(command.to))
    reason = _why_not(state, text, places)
    if reason:
        return Refusal(reason)
    title = one_line(command.title) or "Notice"
    first = len(state.notices) + 1
    return [
        e.NoticeRequested(notice=str(number), kind=command.kind, title=title, to=to, text=text)
        for number, to in enumerate(places, first)
    ]


def _why_not(state: State, text: str, places: tuple[str, ...]) -> str:
    """Reason that this text may not go there; empty where it may."""
    have = {one.name for one in plan_of(state).destinations}
    if not text:
        return "The notice is empty. Write it, or refill it."
    if len(text) > LONGEST:
        return f"The notice has {len(text):,} characters. Shorten it to {LONGEST:,}."
    if not have:
        return "No destination is configured. Add a [notices.NAME] table to cockpit.toml, or copy the text."
    if not places:
        return f"Choose a destination: {', '.join(sorted(have))}."
    for to in places:
        if to not in have:
            return f"No destination [notices.{one_line(to)}]. Choose one of: {', '.join(sorted(have))}."
        same = next((one for one in state.notices if (one.to, one.text) == (to, text) and one.status != "failed"), None)
        if same is not None:
            return _already(same)
    return ""


def _already(same: NoticeState) -> str:
    if same.status == "sending":
        return f"This text is already being sent to {same.to}. Wait for the result."
    return (
        f"This text was already sent to {same.to} at {datetime.fromtimestamp(same.at, UTC):%H:%M} UTC. Change it to "
        "send another."
    )


def _sending(state: State, notice: str) -> NoticeState | None:
    return next((one for one in state.notices if one.id == notice and one.status == "sending"), None)


def _sent(state: State, command: c.RecordNoticeSent, now: float, by: str) -> Decision:
    one = _sending(state, command.notice)
    if one is None:
        return []
    return [
        e.NoticeSent(
            notice=one.id,
            kind=one.kind,
            title=one.title,
            to=one.to,
            text=one.text,
            reference=command.reference,
            attempts=command.attempts,
            detail=command.detail,
        )
    ]


def _failed(state: State, command: c.RecordNoticeFailure, now: float, by: str) -> Decision:
    one = _sending(state, command.notice)
    if one is None:
        return []
    return [e.NoticeFailed(notice=one.id, to=one.to, reason=command.reason, attempts=command.attempts)]


def lost(state: State, own: tuple[str, ...]) -> list[e.Body]:
    """What an engine before this one was sending: nothing is sent twice by itself, so a person decides. `own` are those
    that the new one has on their way."""
    return [
        e.NoticeFailed(notice=one.id, to=one.to, reason=NOT_KNOWN)
        for one in state.notices
        if one.status == "sending" and one.id not in own
    ]


DECISIONS: dict[type, Decider] = {
    c.SendNotice: _send,
    c.RecordNoticeSent: _sent,
    c.RecordNoticeFailure: _failed,
}
