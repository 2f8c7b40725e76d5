"""What people hear of a flag that goes back: that it is asked for, and once it is known, that it is back or is not.

Said at the moment of asking, "it went back" was wrong for as long as the flag's server failed.
"""

from cockpit.deploy import events as e
from cockpit.deploy.guards import why_not_start
from cockpit.deploy.rollout.plan import Rollout
from cockpit.deploy.rollout.state import TRIES, Change, RolloutState
from cockpit.deploy.state import State

KIND = "rollout"
"""Of its notices."""
PAUSE_SECONDS = 2.0
"""Before the second try; before each further one twice as long."""
AGAIN_SECONDS = 60.0
"""Between two tries where the server goes on failing: the flag is where it must not be."""


def notices(state: State, title: str, text: str) -> list[e.Body]:
    """To every place that wants to hear of rollouts; a disk that takes nothing keeps them back."""
    plan = state.plan
    if plan is None or why_not_start(state):
        return []
    whole = f"Rollout of {plan.rollout.flag if plan.rollout else ''} in {plan.environment}: {text}"
    places = [one.name for one in plan.destinations if one.wants(KIND)]
    return [
        e.NoticeRequested(notice=str(number), kind=KIND, title=title, to=to, text=whole)
        for number, to in enumerate(places, len(state.notices) + 1)
    ]


def missed(last: Change, have: RolloutState) -> bool:
    """True where the newest change did not arrive, as far as is known."""
    return last.status == "failed" or have.differs


def pause(last: Change, have: RolloutState) -> float:
    """Seconds until the next try; what the server asks for is kept, up to a quarter of an hour."""
    patience = min(AGAIN_SECONDS, PAUSE_SECONDS * float(2 ** min(have.tries - 1, 10)))
    return max(patience, min(last.retry_after, 900.0))


def outcome(state: State, rollout: Rollout, have: RolloutState) -> list[e.Body]:
    """The word on the newest change, said once when it is known."""
    last = have.last
    if last is None or last.status == "asked":
        return []
    title, text = _words(rollout, have, last)
    since = _first_asked(have)
    if not title or any(one.kind == KIND and one.title == title and one.at >= since for one in state.notices):
        return []
    return notices(state, title, text)


def _words(rollout: Rollout, have: RolloutState, last: Change) -> tuple[str, str]:
    where = rollout.words(last.percent)
    if last.kind == "advance":
        if last.status == "failed":
            title = f"{rollout.flag} was not set to {where}"
            return title, f"{where} could not be set: {last.reason}. Action needed"
        return _other(rollout, have, where) if have.differs else ("", "")
    if have.confirmed:
        return f"{rollout.flag} is back at {where}", f"the flag is back at {where}, confirmed by reading it back"
    unreadable = have.reading is not None and have.reading.change == last.number and have.reading.percent is None
    if last.status == "set" and unreadable:
        title = f"{rollout.flag} was set back to {where}"
        return title, f"it was set back to {where}, but cannot be read back; check it"
    if last.status == "failed" and have.tries >= TRIES:
        title = f"{rollout.flag} COULD NOT BE SET BACK to {where}: set it manually"
        hand = f"THE FLAG COULD NOT BE SET BACK TO {where} ({last.reason}): SET IT MANUALLY"
        return title, f"{hand}. Retrying every minute"
    return _other(rollout, have, where) if have.differs and have.tries >= TRIES else ("", "")


def _other(rollout: Rollout, have: RolloutState, where: str) -> tuple[str, str]:
    percent = have.reading.percent if have.reading is not None else None
    reads = rollout.words(percent) if percent is not None else "something else"
    title = f"{rollout.flag} reads {reads}, not {where}"
    return title, f"the flag reads {reads}, but {where} was set; action needed"


def _first_asked(have: RolloutState) -> float:
    """When the newest change was asked for the first time in its row of tries."""
    return have.changes[-have.tries].asked_at
