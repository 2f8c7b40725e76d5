"""The events of a rollout in words, one line each."""

from collections.abc import Callable
from typing import Any

from cockpit.deploy import events as e
from cockpit.deploy.plan import Plan
from cockpit.deploy.rollout.plan import Rollout
from cockpit.deploy.rollout.state import RolloutState
from cockpit.deploy.state import State
from cockpit.text.amounts import seconds_words


def of_rollout(plan: Plan, rollout: Rollout) -> str:
    """`rollout of checkout in production opened: 5 %, 25 %, 50 %, 100 %, set by PUT ...`."""
    stages = ", ".join(rollout.words(stage.percent) for stage in rollout.stages)
    return f"rollout of {rollout.flag} in {plan.environment} opened: {stages}, set by {rollout.how}"


def _parts(state: State) -> tuple[Rollout, RolloutState] | None:
    if state.plan is None or state.plan.rollout is None or state.rollout is None:
        return None
    return state.plan.rollout, state.rollout


def _name(state: State, percent: float) -> str:
    both = _parts(state)
    return f"{both[0].flag} {both[0].words(percent)}" if both else f"{percent:g} %"


def _of_change(state: State, number: int) -> str:
    both = _parts(state)
    change = next((one for one in both[1].changes if one.number == number), None) if both else None
    return _name(state, change.percent) if change is not None else f"change {number}"


def _stage(state: State, stage: int) -> str:
    both = _parts(state)
    if both is None or not 0 <= stage < len(both[0].stages):
        return f"stage {stage + 1}"
    return f"stage {stage + 1} of {len(both[0].stages)}, {both[0].named(stage)}"


def _requested(state: State, body: e.FlagSetRequested) -> str:
    words = {"advance": "setting", "back": "BACK to", "off": "OFF"}[body.kind]
    why = f": {body.reason}" if body.reason else ""
    name = _name(state, body.percent)
    return f"{name} {words}{why}" if body.kind == "off" else f"{words} {name}{why}"


def _off(state: State, body: e.FlagOffRequested) -> str:
    both = _parts(state)
    return f"{both[0].flag if both else 'the flag'} OFF" + (f": {body.reason}" if body.reason else "")


def _set(state: State, body: e.FlagSet) -> str:
    more = f", {body.detail}" if body.detail else ""
    return f"{_of_change(state, body.change)} set in {body.seconds:.2f} s{more}"


def _read(state: State, body: e.FlagRead) -> str:
    if body.error:
        return f"the flag cannot be read: {body.error}"
    if body.percent is None:
        return f"the flag: {body.said}"
    if body.matches is False:
        return f"THE FLAG READS {_name(state, body.percent)}, not what was set"
    return f"the flag reads {_name(state, body.percent)}"


def _began(state: State, body: e.StageBegan) -> str:
    both = _parts(state)
    soak = f" for {seconds_words(both[0].stages[body.stage].soak_seconds)}" if both else ""
    return f"{_stage(state, body.stage)}: soaking{soak}"


def _judged(state: State, body: e.StageJudged) -> str:
    word = {"ok": "held", "breach": "BREACH", "no data": "NO DATA", "error": "inconclusive"}[body.result]
    return f"{_stage(state, body.stage)}: {word}, {body.reason}"


WORDS: dict[type, Callable[[State, Any], str]] = {
    e.FlagSetRequested: _requested,
    e.FlagOffRequested: _off,
    e.FlagSet: _set,
    e.FlagSetFailed: lambda state, body: f"NOT SET: {_of_change(state, body.change)}: {body.reason}",
    e.FlagRead: _read,
    e.StageBegan: _began,
    e.StageMeasured: lambda state, body: "",
    e.StageJudged: _judged,
    e.StageReminded: lambda state, body: f"{_stage(state, body.stage)}: due",
}
