"""What to do next in a rollout: one recommendation, and what `--yes` would send."""

from cockpit.deploy import commands as c
from cockpit.deploy.events import COCKPIT
from cockpit.deploy.recommendation import Recommendation
from cockpit.deploy.rollout.guards import reads, target, why_no_base, why_not_advance
from cockpit.deploy.rollout.plan import Rollout
from cockpit.deploy.rollout.state import TRIES, RolloutState, StageState, soak_end
from cockpit.deploy.schedule.planned_window import left_words
from cockpit.deploy.state import State
from cockpit.text.amounts import seconds_words, value_words
from cockpit.text.sentences import fragment

ADVANCE, OFF = "flag.advance", "flag.off"


def in_rollout(state: State, now: float) -> Recommendation:
    """The next thing that needs somebody."""
    plan, have = state.plan, state.rollout
    assert plan is not None
    assert plan.rollout is not None
    assert have is not None
    rollout = plan.rollout
    if state.closed is not None:
        return Recommendation(f"closed: {state.closed}. {state.closed_reason}", "quit")
    if state.stalled is not None:
        words = f"journal not writable: {state.stalled.reason}. Turning the flag off still works (⟦flag.off⟧)"
        return Recommendation(words, urgent=True)
    change = have.under_way
    if change is not None:
        return Recommendation(f"{rollout.words(change.percent)} is being set", waits=True)
    last = have.last
    if last is not None and last.kind != "advance" and last.status == "failed":
        name = "off" if last.kind == "off" else rollout.words(last.percent)
        words = f"{name} could NOT be set: {last.reason}. ⟦flag.off⟧: try off, or set it manually"
        return Recommendation(words, OFF, urgent=True, waits=have.tries < TRIES)
    if state.hold is not None:
        return _on_hold(state, rollout, have, now)
    if last is not None and last.status == "set" and not have.confirmed:
        return _not_confirmed(state, rollout, have)
    return _onward(state, rollout, have, now)


def _on_hold(state: State, rollout: Rollout, have: RolloutState, now: float) -> Recommendation:
    assert state.hold is not None
    words = f"on hold: {state.hold.reason}"
    stage = next((one for one in have.stages if one.breaches), None)
    if state.hold.by != COCKPIT or stage is None:
        return Recommendation(f"{words}. ⟦hold⟧: resume, ⟦close⟧: close" if have.stage < 0 else words, "hold")
    return _after_breach(state, rollout, have, words, now)


def _after_breach(state: State, rollout: Rollout, have: RolloutState, words: str, now: float) -> Recommendation:
    """A person looks why. Without one it is tried again as often as the settings say, then the flag goes off."""
    assert state.hold is not None
    again = all(one.breaches <= rollout.retries for one in have.stages)
    here = have.current
    if again and here is not None:
        if here.status == "passed":
            return Recommendation(
                f"{words}. {rollout.named(have.stage)} passed. ⟦hold⟧: resume", "hold", command=c.ReleaseDeploy()
            )
        left = _left(rollout, have, here, now)
        return Recommendation(f"{words}; soaking there{left}", "hold", waits=here.status in ("setting", "soaking"))
    words = f"{words}. ⟦hold⟧: resume, ⟦flag.off⟧: turn off"
    if have.stage >= 0 or not have.confirmed:
        off = have.last is not None and have.last.kind == "off"
        command = None if off else c.FlagOff(reason=state.hold.reason)
        # What cannot be read back nobody can wait for: a person looks.
        return Recommendation(words, "hold", command=command, waits=off and rollout.readable)
    return Recommendation(words, "close", command=c.CloseDeploy(outcome="rolled back", reason=state.hold.reason))


def _not_confirmed(state: State, rollout: Rollout, have: RolloutState) -> Recommendation:
    assert have.last is not None
    wanted = rollout.words(have.last.percent)
    if not rollout.readable:
        words = f"{wanted} set, cannot be read back. Check it, then confirm (⟦tick⟧)"
        return Recommendation(words, "tick")
    reading = have.reading
    if reading is None or reading.change != have.last.number:
        return Recommendation(f"{wanted} set, reading it back", waits=True)
    words = (
        f"{wanted} set, but the flag reads {reads(state)}. ⟦flag.advance⟧: set again, ⟦flag.back⟧: previous stage, "
        "⟦flag.off⟧: turn off"
    )
    return Recommendation(words, ADVANCE, urgent=True)


def _onward(state: State, rollout: Rollout, have: RolloutState, now: float) -> Recommendation:
    stage, wanted = have.current, target(have)
    if stage is not None and stage.status == "soaking":
        so_far = _so_far(state, rollout, stage)
        return Recommendation(
            f"{rollout.named(have.stage)} soaking{_left(rollout, have, stage, now)}{so_far}", waits=True
        )
    if stage is not None and stage.status == "passed" and wanted >= len(rollout.stages):
        words = f"{rollout.named(have.stage)} passed: {stage.reason}. Close the rollout as done"
        return Recommendation(words, "close", command=c.CloseDeploy(outcome="succeeded"))
    why = why_not_advance(state, now)
    if why:
        waits = _comes_by_itself(state, have) or why == why_no_base(state, now)
        return Recommendation(fragment(why), ADVANCE, waits=waits)
    place = f"stage {wanted + 1} of {len(rollout.stages)}"
    held = f"{rollout.named(have.stage)} passed: " if stage is not None and stage.status == "passed" else ""
    words = f"{held}set {rollout.flag} to {rollout.named(wanted)} ({place})"
    return Recommendation(words, ADVANCE, command=c.AdvanceRollout(change=have.following))


def _comes_by_itself(state: State, have: RolloutState) -> bool:
    """It is only a matter of time: the stage's hour, or the window."""
    if have.current is None and not have.changes:
        # Before the first stage what is missing may never come.
        return False
    return have.current is not None and have.current.status in ("soaking", "setting", "passed") and not state.breaches


def _left(rollout: Rollout, have: RolloutState, stage: StageState, now: float) -> str:
    if stage.began_at is None:
        return ""
    left = soak_end(stage, rollout.stages[have.stage].soak_seconds) - now
    if left <= 0:
        return ", about to be judged"
    return f", {left_words(left) if left >= 60 else seconds_words(left)} left"


def _so_far(state: State, rollout: Rollout, stage: StageState) -> str:
    """`: errors 0.2 % over 412 requests so far`; empty where nothing was measured yet."""
    rule = next((one for one in state.plan.metrics if one.name == rollout.metric), None) if state.plan else None
    if rule is None or stage.tally.mean is None:
        return ""
    many = f" over {stage.tally.observations:,.0f} requests" if stage.tally.observations else ""
    return f": {rule.label} {value_words(stage.tally.mean, rule.unit)}{many} so far"
