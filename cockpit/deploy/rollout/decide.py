"""Decisions about a rollout: on, back, off, what the flag said, and its end. `off` is refused by nothing."""

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.commands import Refusal
from cockpit.deploy.decision import Decider, Decision, plan_of
from cockpit.deploy.guards import why_not_start
from cockpit.deploy.rollout.guards import reads, target, why_not_advance
from cockpit.deploy.rollout.plan import Rollout, why_no_stages
from cockpit.deploy.rollout.state import Change, RolloutState
from cockpit.deploy.state import State
from cockpit.deploy.tasks.start import with_baseline

READS = "the flag does not say what was set"
"""How a hold begins that ends by itself once the flag does."""
SAME = 0.001
"""Percent by which two percentages may differ and be the same."""


def opened(command: c.OpenDeploy) -> Decision:
    """A rollout begins without a phase: its stages are what there is to do."""
    rollout = command.plan.rollout
    assert rollout is not None
    wrong = why_no_stages(rollout.stages, rollout.form)
    if wrong:
        return Refusal(f"{rollout.flag}: {wrong}")
    return [e.DeployOpened(plan=command.plan, host=command.host, version=command.version)]


def parts(state: State) -> tuple[Rollout, RolloutState] | None:
    """The plan of the rollout and how it stands; None of a deploy."""
    plan = plan_of(state)
    return (plan.rollout, state.rollout) if plan.rollout is not None and state.rollout is not None else None


def _no_rollout() -> Refusal:
    return Refusal("This is a deploy, not a flag rollout. Start a rollout with `cockpit rollout FLAG`.")


def _stale(have: RolloutState, change: int) -> Refusal | None:
    if change == have.following:
        return None
    last = have.last
    if last is not None and change < have.following:
        return Refusal(f"Already requested by {last.by}. Wait for the result of change {last.number}.")
    return Refusal(f"No change {change}; the next one is {have.following}. Check the rollout and try again.")


def _advance(state: State, command: c.AdvanceRollout, now: float, by: str) -> Decision:
    both = parts(state)
    if both is None:
        return _no_rollout()
    _, have = both
    despite = command.despite.strip()
    refusal = _stale(have, command.change)
    reason = why_not_advance(state, now, despite=bool(despite))
    if refusal is not None or reason:
        return refusal or Refusal(reason)
    events = advance_events(state, now, f"despite: {despite}" if despite else "")
    return [*_released(state, despite), *events] if not isinstance(events, Refusal) else events


def _released(state: State, despite: str) -> list[e.Body]:
    return [e.DeployReleased(reason=despite)] if state.hold is not None and despite else []


def advance_events(state: State, now: float, reason: str = "") -> list[e.Body] | Refusal:
    """The next stage; before the first one the baseline is taken down. The guards were asked before."""
    plan, both = plan_of(state), parts(state)
    assert both is not None
    rollout, have = both
    wanted = target(have)
    events: list[e.Body] = []
    if wanted == 0 and state.metrics:
        taken = with_baseline(state, plan, now)
        if isinstance(taken[0], e.BaselineRefused) and not reason:
            return Refusal(f"No baseline: {taken[0].reason}. Wait until enough has been measured.")
        events += taken
    percent = rollout.stages[wanted].percent
    return [
        *events,
        e.FlagSetRequested(change=have.following, kind="advance", stage=wanted, percent=percent, reason=reason),
    ]


def _back(state: State, command: c.BackRollout, now: float, by: str) -> Decision:
    both = parts(state)
    if both is None:
        return _no_rollout()
    rollout, have = both
    refusal = _stale(have, command.change)
    if refusal is not None:
        return refusal
    if have.stage < 0:
        return Refusal("The flag is off; there is no previous stage. Set the first stage with ⟦flag.advance⟧.")
    reason = command.reason.strip() or "asked for"
    if why_not_start(state) and have.stage > 0:
        return Refusal(f"{why_not_start(state)} Turning the flag off still works (⟦flag.off⟧).")
    return [*back_events(state, reason), *_held(state, f"going back from {rollout.named(have.stage)}: {reason}")]


def back_events(state: State, reason: str) -> list[e.Body]:
    """To the percentage before; to off where there is none."""
    both = parts(state)
    assert both is not None
    rollout, have = both
    if have.stage <= 0:
        return [e.FlagOffRequested(change=have.following, reason=reason)]
    percent = rollout.stages[have.stage - 1].percent
    return [
        e.FlagSetRequested(change=have.following, kind="back", stage=have.stage - 1, percent=percent, reason=reason)
    ]


def _held(state: State, reason: str) -> list[e.Body]:
    return [e.DeployHeld(reason=reason)] if state.hold is None else []


def _off(state: State, command: c.FlagOff, now: float, by: str) -> Decision:
    """Never refused: no hold, no window, no change under way and no full disk stands against it. Pressed again while it
    is on its way, or done, it does nothing more."""
    both = parts(state)
    if both is None:
        return _no_rollout()
    _, have = both
    last = have.last
    if last is not None and last.kind == "off" and (last.status == "asked" or have.confirmed):
        return []
    reason = command.reason.strip() or "asked for"
    return [
        e.FlagOffRequested(change=have.following, reason=reason),
        *_held(state, f"the flag was turned off: {reason}"),
    ]


def _confirm(state: State, command: c.ConfirmFlag, now: float, by: str) -> Decision:
    both = parts(state)
    if both is None:
        return _no_rollout()
    rollout, have = both
    last = have.last
    if last is None or last.number != command.change or last.status != "set":
        return Refusal("No change is waiting to be confirmed. Set the next stage with ⟦flag.advance⟧.")
    if rollout.readable:
        return Refusal("This flag is read automatically. Wait for the next reading.")
    if have.confirmed:
        return []
    said = f"confirmed by {by}: {rollout.words(last.percent)}"
    return [e.FlagRead(change=last.number, percent=last.percent, said=said, matches=True)]


def _set(state: State, command: c.RecordFlagSet, now: float, by: str) -> Decision:
    have = state.rollout
    if have is None or have.under_way is None or have.under_way.number != command.change:
        return []
    return [e.FlagSet(change=command.change, seconds=command.seconds, detail=command.detail)]


def _failed(state: State, command: c.RecordFlagFailure, now: float, by: str) -> Decision:
    both = parts(state)
    if both is None or both[1].under_way is None or both[1].under_way.number != command.change:
        return []
    rollout, have = both
    assert have.under_way is not None
    name = rollout.words(have.under_way.percent)
    failed = e.FlagSetFailed(change=command.change, reason=command.reason, retry_after=command.retry_after)
    return [failed, *_held(state, f"{name} could not be set: {command.reason}")]


def _read(state: State, command: c.RecordFlagRead, now: float, by: str) -> Decision:
    both = parts(state)
    if both is None:
        return []
    rollout, have = both
    last = have.last
    if (last.number if last is not None else 0) != command.change:
        return []  # of a change that is not the newest any more: it says nothing about this one
    matches = _matches(last, command)
    read = e.FlagRead(
        change=command.change, percent=command.percent, said=command.said, error=command.error, matches=matches
    )
    if last is not None and last.status == "asked":
        return _found(state, last, read, rollout) if command.found else []
    if last is None or state.closed is not None:
        return [read]
    if matches:
        ours = state.hold is not None and state.hold.by == e.COCKPIT and state.hold.reason.startswith(READS)
        return [read, *([e.DeployReleased(reason="the flag reads what was set")] if ours else [])]
    wrong = matches is False or (command.error and not have.confirmed and last.status == "set")
    return [read, *(_held(state, f"{READS}: {_said(rollout, last, command)}") if wrong else [])]


def _found(state: State, last: Change, read: e.FlagRead, rollout: Rollout) -> Decision:
    """An engine ended between the request and its outcome; what the flag reads is all that is known."""
    if read.matches:
        return [e.FlagSet(change=last.number, detail="found set after the engine had stopped"), read]
    what = read.error or (rollout.words(read.percent) if read.percent is not None else read.said)
    reason = f"the engine stopped while setting it; the flag reads: {what}"
    return [
        e.FlagSetFailed(change=last.number, reason=reason),
        e.FlagRead(change=last.number, percent=read.percent, said=read.said, error=read.error),
        *_held(state, f"{rollout.words(last.percent)} may not be set: {reason}"),
    ]


def _matches(last: Change | None, command: c.RecordFlagRead) -> bool | None:
    if last is None or command.error or command.percent is None or last.status == "failed":
        return None
    return abs(last.percent - command.percent) <= SAME


def _said(rollout: Rollout, last: Change, command: c.RecordFlagRead) -> str:
    wanted = rollout.words(last.percent)
    if command.error:
        return f"{wanted} was set, but the flag cannot be read: {command.error}"
    said = rollout.words(command.percent) if command.percent is not None else command.said
    return f"it reads {said}, but {wanted} was set"


def close(state: State, command: c.CloseDeploy) -> Decision:
    """The end of a rollout. The flag stays as it is, and that is said."""
    both = parts(state)
    assert both is not None
    rollout, have = both
    if have.under_way is not None:
        return Refusal(f"{rollout.words(have.under_way.percent)} is being set. Wait for the result.")
    reason = command.reason.strip()
    if command.outcome == "succeeded":
        last = have.stage == len(have.stages) - 1 and have.current is not None and have.current.status == "passed"
        if not last:
            return Refusal(
                f"{rollout.named(len(have.stages) - 1)} has not passed yet. Set the next stage with ⟦flag.advance⟧, "
                "or close the rollout as aborted."
            )
        if have.reading is not None and have.reading.matches is False:
            return Refusal(
                f"The flag reads {reads(state)}. Set it again (⟦flag.advance⟧), or go back a stage (⟦flag.back⟧)."
            )
    elif not reason:
        return Refusal(f"Enter a reason for closing the rollout as {command.outcome}.")
    if command.outcome == "rolled back" and not (have.confirmed and have.last and have.last.kind in ("off", "back")):
        return Refusal(
            "A rollout can only be closed as rolled back once the flag reads its previous value. Set it with "
            "⟦flag.back⟧ or ⟦flag.off⟧."
        )
    said = "; ".join(one for one in (reason, f"the flag keeps its value: {reads(state)}") if one)
    return [e.DeployClosed(outcome=command.outcome, reason=said)]


DECISIONS: dict[type, Decider] = {
    c.AdvanceRollout: _advance,
    c.BackRollout: _back,
    c.FlagOff: _off,
    c.ConfirmFlag: _confirm,
    c.RecordFlagSet: _set,
    c.RecordFlagFailure: _failed,
    c.RecordFlagRead: _read,
}
