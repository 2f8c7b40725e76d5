"""The deploy window as the plan of one deploy has it: resolved at opening, so that a replay says the same. Pure.

Only a window that somebody configured refuses (`Plan.window_enforced`); the default schedule is advice.
"""

from datetime import UTC, datetime

from cockpit.deploy.plan import Plan
from cockpit.deploy.schedule.window import RANK, Answer, Verdict, look
from cockpit.deploy.state import State

_NAMES: dict[Verdict, str] = {
    "best": "best window",
    "allowed": "window open",
    "avoid": "not recommended",
    "closed": "window closed",
}
_MARKS: dict[Verdict, str] = {"best": "●", "allowed": "●", "avoid": "◐", "closed": "○"}


def window_at(plan: Plan, at: float) -> Answer | None:
    """The verdict on a Unix time; None where the plan knows nothing of it."""
    try:
        return look(plan.window_stretches, at)
    except ValueError:
        return None


def wall_time(state: State, at: float) -> float:
    """What the owner's machine showed, or will show, at a time of the deploy: a window is about the clock on the wall,
    and that one is set."""
    behind = next((behind for since, behind in reversed(state.clock_marks) if since <= at), 0.0)
    return at - behind


def why_closed(state: State, now: float) -> str:
    """Reason that the deploy may not begin now; empty where it may.

    What began inside a window may finish after its end: the deploy phase was entered while it was open, or a script of
    it has run (it would have been refused otherwise). Nothing new begins after the end. An emergency passes.
    """
    plan = state.plan
    if plan is None or not plan.window_enforced or plan.emergency:
        return ""
    wall = wall_time(state, now)
    here = window_at(plan, wall)
    if here is not None and here.verdict != "closed":
        return ""
    entered = state.phases.get("deploy")
    begun = window_at(plan, wall_time(state, entered)) if entered is not None else None
    if begun is not None and begun.verdict != "closed":
        return ""
    if any(state.of(task.id).attempt for task in plan.in_phase("deploy") if task.kind == "script"):
        return ""
    if here is None:
        return "The deploy window is not known this long after opening. Close this deploy and open a new one."
    opens = f"; it opens in {left_words(here.next_open - wall)}" if here.next_open is not None else ""
    opens += _by_which_clock(wall - now)
    if plan.rollout is None:
        opens += ". Wait, or close the deploy (⟦close⟧) and start one with --emergency"
    return f"The deploy window is closed: {'; '.join(here.reasons)}{opens}."


def _by_which_clock(ahead: float) -> str:
    if abs(ahead) < _TELLING_SECONDS:
        return ""
    where = "ahead of" if ahead > 0 else "behind"
    return f", by this machine's clock, which is {left_words(abs(ahead))} {where} the deploy's"


_TELLING_SECONDS = 60.0


def why_too_long(plan: Plan, begin: float) -> str:
    """`a deploy typically takes 1 h 10 min (5 deploys), and the window closes in 40 min`, for one that starts then;
    empty where it fits, or nothing is known of how long it takes."""
    usual = plan.usual_whole
    here = window_at(plan, begin)
    if usual is None or here is None or here.verdict == "closed":
        return ""
    closes = next((one.start for one in plan.window_stretches if one.start > begin and one.verdict == "closed"), None)
    if closes is None or begin + usual.seconds <= closes:
        return ""
    deploys = f"{usual.deploys} deploy{'s' if usual.deploys != 1 else ''}"
    return (
        f"a deploy typically takes {left_words(usual.seconds)} ({deploys}), and the window closes in "
        f"{left_words(closes - begin)}"
    )


def window_check(plan: Plan, now: float) -> tuple[bool | None, str]:
    """Is now a good time, and in words: True best, allowed or avoid, False closed, None not known."""
    here = window_at(plan, now)
    if here is None:
        return None, "deploy window unknown for this time"
    reasons = "; ".join(here.reasons)
    if here.verdict == "closed":
        if plan.emergency:
            return True, f"closed, overridden as an emergency approved by {plan.approved_by}: {reasons}"
        return False, f"{_NAMES['closed']}: {reasons}"
    too_long = why_too_long(plan, now)
    return True, f"{_NAMES[here.verdict]}: {reasons}{_soon(plan, here, now)}{f'; {too_long}' if too_long else ''}"


def window_words(plan: Plan, now: float, *, begun: bool = False) -> str:
    """For the status bar: `● best window, closes in 2 h 40 min`; empty where nothing is known. `begun`: a deploy that
    has begun may finish, so it does not matter how long it typically takes."""
    here = window_at(plan, now)
    if here is None:
        return ""
    words = f"{_MARKS[here.verdict]} {_NAMES[here.verdict]}"
    if here.verdict == "closed":
        since = _since(plan, now)
        words = f"{_MARKS['closed']} closed" + (f" since {_clock(since, now)}" if since is not None else "")
        if here.next_open is not None:
            words += f", opens in {left_words(here.next_open - now)}"
        return words
    if here.verdict == "avoid":
        return f"{words}: {here.reasons[0]}"
    if not begun and plan.usual_whole is not None and why_too_long(plan, now):
        return f"{words}{_ends(plan, here, now)}, typically takes {left_words(plan.usual_whole.seconds)}"
    return words + _ends(plan, here, now)


def warns(plan: Plan, now: float, *, begun: bool = False) -> bool:
    """True while the window is about to become worse (`[window] warn`), is not good, or too short for what has not
    begun."""
    here = window_at(plan, now)
    if here is None:
        return False
    soon = here.closes_at is not None and here.closes_at - now <= plan.window_warn_seconds
    return soon or RANK[here.verdict] >= RANK["avoid"] or (not begun and bool(why_too_long(plan, now)))


def left_words(seconds: float) -> str:
    """`2 h 40 min`, `12 min`, `3 d 4 h`; started minutes do not count."""
    minutes = int(max(0.0, seconds) // 60)
    if minutes < 1:
        return "less than a minute"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"


def _ends(plan: Plan, here: Answer, now: float) -> str:
    if here.closes_at is None:
        return ""
    after = window_at(plan, here.closes_at)
    closes = here.verdict == "best" or (after is not None and after.verdict == "closed")
    return f", {'closes in' if closes else 'good for'} {left_words(here.closes_at - now)}"


def _soon(plan: Plan, here: Answer, now: float) -> str:
    if here.closes_at is None or here.closes_at - now > plan.window_warn_seconds:
        return ""
    return f"{_ends(plan, here, now)}"


def _since(plan: Plan, now: float) -> float | None:
    """When the present closed time began; None where that lies before all that is known."""
    begun = None
    for one in plan.window_stretches:
        if one.start > now:
            break
        if one.verdict != "closed":
            begun = None
        elif begun is None:
            begun = one.start
    known = plan.window_stretches[0].start
    return begun if begun is not None and begun > known else None


def _clock(at: float, now: float) -> str:
    """`17:00 UTC`; with the day where it is another."""
    then, today = (datetime.fromtimestamp(one, UTC) for one in (at, now))
    return f"{then:%H:%M} UTC" if then.date() == today.date() else f"{then:%a %H:%M} UTC"
