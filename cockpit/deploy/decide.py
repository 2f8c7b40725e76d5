"""decide(state, command, now, by): the events that a command makes true, or a refusal in words. Pure.

Every rule of the cockpit that says no stands here or in `guards.py`; what goes by itself stands in `automatic.py`.
"""

from collections.abc import Callable
from typing import Any

from msgspec import convert

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.automatic import advance, enter, fire, start, stop_running, take_baseline
from cockpit.deploy.commands import Refusal
from cockpit.deploy.guards import arms, open_needs, titles, why_not_enter, why_not_run, why_not_start
from cockpit.deploy.judge import base_of, judge
from cockpit.deploy.plan import PHASES, Plan, Task
from cockpit.deploy.scripts import commands_of, stopped_at
from cockpit.deploy.state import State, TaskState
from cockpit.deploy.window_plan import why_closed
from cockpit.runbook.placeholders import CannotFill, fill_placeholders

Decision = list[e.EventBody] | Refusal


def decide(state: State, command: c.AnyCommand, now: float, by: str) -> Decision:
    """The answer to a command. An empty list: nothing to do, and nothing wrong."""
    if isinstance(command, c.OpenDeploy):
        return _open(state, command, now)
    if state.plan is None:
        return Refusal("no deploy is open here")
    if state.closed is not None and type(command) not in _AFTER_THE_END:
        return Refusal(f"this deploy was closed as {state.closed}: start a new one with `cockpit run`")
    return _DECISIONS[type(command)](state, command, now, by)


def _open(state: State, command: c.OpenDeploy, now: float) -> Decision:
    if state.plan is not None:
        return Refusal("a deploy is open already")
    first = next(iter(command.plan.phases()), None)
    if first is None:
        return Refusal(
            f"{command.plan.runbook_path}: nothing to do in this runbook: no check boxes, no runnable scripts"
        )
    return [
        e.DeployOpened(plan=command.plan, host=command.host, version=command.version),
        *enter(state, command.plan, first, now),
    ]


def _enter(state: State, command: c.EnterPhase, now: float, by: str) -> Decision:
    if command.phase in state.phases:
        return []
    if state.rollback is not None:
        return Refusal("a rollback was started: the forward phases are closed")
    if state.hold is not None:
        return Refusal(f"the deploy is on hold since {state.hold.by} said: {state.hold.reason} (H releases it)")
    reason = why_not_enter(state, command.phase) or (why_closed(state, now) if command.phase == "deploy" else "")
    return Refusal(reason) if reason else enter(state, _plan(state), command.phase, now)


def _run(state: State, command: c.RunTask, now: float, by: str) -> Decision:
    task = _task(state, command.task)
    if isinstance(task, Refusal):
        return task
    have = state.of(task.id)
    if have.status == "running":
        return Refusal(f'"{task.title}" is running already, started by {have.by}', task.id)
    if command.attempt != have.attempt + 1:
        return Refusal(f'"{task.title}" was run meanwhile (attempt {have.attempt}): look at it again', task.id)
    if task.kind == "script" and have.settled:
        return Refusal(f'"{task.title}" is done ({have.status}): it does not run twice', task.id)
    reason = why_not_run(state, task, now)
    if reason:
        return Refusal(reason, task.id)
    assert task.script is not None
    if task.script.confirm and not command.confirmed:
        return Refusal(f'"{task.title}" asks for a confirmation first', task.id)
    if command.from_line and command.from_line not in {one.line for one in commands_of(task, have)}:
        return Refusal(f"line {command.from_line} does not begin a command of this script", task.id)
    events: list[e.EventBody] = []
    if PHASES.index(task.phase) > PHASES.index(state.phase) and task in _plan(state).tasks:
        events += enter(state, _plan(state), task.phase, now)
    plan = _plan(state)
    if plan.automatic and state.armed_at is None and state.rollback is None and arms(state, task):
        if state.metrics and all(metric.baseline is None for metric in state.metrics.values()):
            events.append(take_baseline(state, plan, now))
        events.append(e.TriggersArmed(task=task.id))
    try:
        return [*events, start(state, task, from_line=command.from_line, script=command.script)]
    except CannotFill as error:
        return Refusal(str(error), task.id)


def _run_checks(state: State, command: c.RunChecks, now: float, by: str) -> Decision:
    if state.rollback is not None:
        return Refusal("a rollback was started: the forward steps are closed")
    wanted = [
        task for task in _plan(state).checks(state.phase) if state.of(task.id).status in ("waiting", "fail", "unknown")
    ]
    if not wanted:
        return Refusal("no automatic check is open in this phase")
    blocked = [(task, reason) for task in wanted if (reason := open_needs(state, task.script))]  # type: ignore[arg-type]
    ready = tuple(task.id for task in wanted if task not in [one for one, _ in blocked])
    if not ready:
        return Refusal(blocked[0][1], blocked[0][0].id)
    return [e.ChecksRequested(tasks=ready)]


def _cancel(state: State, command: c.CancelTask, now: float, by: str) -> Decision:
    have = state.of(command.task)
    if have.status != "running" or have.attempt != command.attempt:
        return Refusal("that script is not running any more", command.task)
    if have.cancel_requested:
        return []
    return [e.CancelRequested(task=command.task, attempt=command.attempt, reason=command.reason)]


def _skip(state: State, command: c.SkipTask, now: float, by: str) -> Decision:
    task = _answerable(state, command.task, command.reason, "skip")
    if isinstance(task, Refusal):
        return task
    if task.script is None:
        return Refusal(f'"{task.title}" is an item: waive it (w) with a reason', task.id)
    return [e.StepSkipped(task=task.id, reason=command.reason.strip())]


def _accept(state: State, command: c.AcceptTask, now: float, by: str) -> Decision:
    task = _answerable(state, command.task, command.reason, "accept")
    if isinstance(task, Refusal):
        return task
    if state.of(task.id).status not in ("fail", "unknown"):
        return Refusal(f'"{task.title}" has not failed: run it', task.id)
    return [e.StepAccepted(task=task.id, reason=command.reason.strip())]


def _tick(state: State, command: c.TickItem, now: float, by: str) -> Decision:
    task = _task(state, command.task)
    if isinstance(task, Refusal):
        return task
    if task.kind != "manual":
        what = "its script answers it (enter runs it)" if task.script else "it is measured"
        return Refusal(f'"{task.title}" is not ticked by hand: {what}; w waives it with a reason', task.id)
    if state.of(task.id).status == "pass":
        return Refusal(f'"{task.title}" was ticked already by {state.of(task.id).by}', task.id)
    too_early = _too_early(state, task)
    return too_early or [e.ItemTicked(task=task.id, note=command.note)]


def _untick(state: State, command: c.UntickItem, now: float, by: str) -> Decision:
    task = _task(state, command.task)
    if isinstance(task, Refusal):
        return task
    if task.script is not None and task.kind == "script":
        return Refusal(f'"{task.title}" is a script: what ran, ran', task.id)
    if state.of(task.id).status in ("waiting", "running"):
        return Refusal(f'"{task.title}" has no answer to take back', task.id)
    if PHASES.index(task.phase) < PHASES.index(state.phase):
        return Refusal(f"{task.phase} is over: its answers stay as they were (i adds a note to the log)", task.id)
    return [e.ItemUnticked(task=task.id)]


def _fail(state: State, command: c.FailItem, now: float, by: str) -> Decision:
    task = _answerable(state, command.task, command.reason, "fail")
    if isinstance(task, Refusal):
        return task
    if task.kind != "manual":
        return Refusal(f'"{task.title}" is answered by its own check', task.id)
    return [e.ItemFailed(task=task.id, reason=command.reason.strip())]


def _waive(state: State, command: c.WaiveItem, now: float, by: str) -> Decision:
    task = _answerable(state, command.task, command.reason, "waive")
    if isinstance(task, Refusal):
        return task
    if task.kind == "script":
        return Refusal(f'"{task.title}" is a step: skip it (s) with a reason', task.id)
    return [e.ItemWaived(task=task.id, reason=command.reason.strip())]


def _value(state: State, command: c.GiveValue, now: float, by: str) -> Decision:
    if not command.value.strip():
        return Refusal(f"{command.name} needs a value")
    if "\n" in command.value or "\0" in command.value:
        return Refusal(f"the value of {command.name} must be one line")
    if state.values.get(command.name) == command.value:
        return []
    return [e.ValueGiven(name=command.name, value=command.value)]


def _rollback(state: State, command: c.StartRollback, now: float, by: str) -> Decision:
    plan = _plan(state)
    option = plan.option(command.option)
    stalled = why_not_start(state)
    if stalled:
        return Refusal(stalled)
    if not plan.rollback:
        return Refusal(f"{plan.runbook_path} has no rollback section: add one (its title says rollback)")
    if option is None:
        return Refusal(f"no rollback option {command.option!r}: " + ", ".join(one.id for one in plan.rollback))
    if state.rolling_back:
        return Refusal(f"a rollback is under way already, started by {state.rollback.by}")  # type: ignore[union-attr]
    if command.confirmation != plan.environment:
        return Refusal(f'type the name of the environment, "{plan.environment}", to confirm')
    scripts = tuple(task for task in option.tasks if task.script is not None)
    if not scripts:
        return Refusal(f'"{option.title}" has nothing to run: follow the runbook at line {option.line} by hand')
    given = State(values={**state.values, **command.values}, variables=state.variables)
    for task in scripts:
        reason = open_needs(given, task.script)  # type: ignore[arg-type]
        try:
            fill_placeholders(task.script.body, given.values)  # type: ignore[union-attr]
        except CannotFill as error:
            reason = str(error)
        if reason:
            return Refusal(f'"{task.title}": {reason}', task.id)
    events: list[e.EventBody] = [
        e.RollbackRequested(
            option=option.id, reason=command.reason or "asked for", values=command.values, breaches=state.breaches
        )
    ]
    return [*events, *stop_running(state)]


def _now(state: State, command: c.RollBackNow, now: float, by: str) -> Decision:
    if state.countdown is None or state.countdown.due_at != command.due_at:
        return Refusal("no countdown is running: R chooses a way back")
    stalled = why_not_start(state)
    return Refusal(stalled) if stalled else fire(state, by_hand=True)


def _hold(state: State, command: c.HoldDeploy, now: float, by: str) -> Decision:
    if state.hold is not None:
        return Refusal(f"on hold already: {state.hold.reason}")
    if not command.reason.strip():
        return Refusal("a hold needs a reason")
    return [e.DeployHeld(reason=command.reason.strip())]


def _release(state: State, command: c.ReleaseDeploy, now: float, by: str) -> Decision:
    return [e.DeployReleased(reason=command.reason)] if state.hold else Refusal("the deploy is not on hold")


def _note(state: State, command: c.AddNote, now: float, by: str) -> Decision:
    return [e.NoteAdded(text=command.text.strip())] if command.text.strip() else Refusal("an empty note says nothing")


def _close(state: State, command: c.CloseDeploy, now: float, by: str) -> Decision:
    if state.running:
        return Refusal(f"{titles(state.running)} is still running: wait for it or cancel it (x) first")
    stalled = why_not_start(state)
    if stalled:
        return Refusal(stalled)
    if state.rolling_back:
        return Refusal("a rollback is under way: it ends first")
    if command.outcome == "rolled back" and (state.rollback is None or state.rollback.status != "finished"):
        return Refusal("only a rollback closes a deploy as rolled back (R)")
    if command.outcome == "succeeded":
        if state.rollback is not None:
            return Refusal("a rollback was started: this deploy can only be closed as failed or aborted")
        holding = tuple(task for phase in _plan(state).phases() for task in state.holding(phase))
        if holding:
            return Refusal(f"not everything is done: {titles(holding)}", holding[0].id)
    elif not command.reason.strip():
        return Refusal(f"say why the deploy is closed as {command.outcome}")
    return [e.DeployClosed(outcome=command.outcome, reason=command.reason.strip())]


def _readings(state: State, command: c.RecordReadings, now: float, by: str) -> Decision:
    rules = {rule.name: rule for rule in _plan(state).metrics}
    samples = tuple(
        judge(rules[taken.metric], taken, now, base_of(rules[taken.metric], state.metrics.get(taken.metric)))
        for taken in command.readings
        if taken.metric in rules
    )
    return [e.MetricsSampled(samples=samples)] if samples else []


def _exit(state: State, command: c.RecordExit, now: float, by: str) -> Decision:
    have = state.of(command.task)
    if have.status != "running" or have.attempt != command.attempt:
        return []
    fields = {name: getattr(command, name) for name in e.StepFinished.__struct_fields__}
    task = _plan(state).task(command.task)
    if task is not None and command.outcome in ("failed", "timed out", "cancelled"):
        fields["reason"] = f"{command.reason}{where(task, have)}"
    return [e.StepFinished(**fields)]


def where(task: Task, have: TaskState) -> str:
    """` at line 63: npm run scan`: the command at which the script stopped; empty where it is not known."""
    command = stopped_at(task, have)
    if command is None:
        return ""
    return f" at line {command.line}: {command.text.splitlines()[0].strip()}"


def _task(state: State, task_id: str) -> Task | Refusal:
    task = state.plan.task(task_id) if state.plan else None
    return task if task is not None else Refusal(f"no step or item has the id {task_id!r}", task_id)


def _plan(state: State) -> Plan:
    assert state.plan is not None  # decide() refuses everything else before
    return state.plan


def _too_early(state: State, task: Task) -> Refusal | None:
    if PHASES.index(task.phase) <= PHASES.index(state.phase):
        return None
    reason = why_not_enter(state, task.phase) or f"{task.phase} has not begun (] enters it)"
    return Refusal(reason, task.id)


def _answerable(state: State, task_id: str, reason: str, verb: str) -> Task | Refusal:
    """The task, where a person may settle it now with this reason."""
    task = _task(state, task_id)
    if isinstance(task, Refusal):
        return task
    if not reason.strip():
        return Refusal(f'to {verb} "{task.title}" a reason is needed', task_id)
    have = state.of(task_id)
    if have.status == "running":
        return Refusal(f'"{task.title}" is running: cancel it (x) first', task_id)
    if have.status == "pass" and verb != "fail":
        return Refusal(f'"{task.title}" is done already', task_id)
    return _too_early(state, task) or task


_AFTER_THE_END = (c.AddNote, c.RecordStart, c.RecordExport, c.RecordExit, c.RecordStall, c.RecordResumption)

_DECISIONS: dict[type, Callable[[State, Any, float, str], Decision]] = {
    c.EnterPhase: _enter,
    c.RunTask: _run,
    c.RunChecks: _run_checks,
    c.CancelTask: _cancel,
    c.SkipTask: _skip,
    c.AcceptTask: _accept,
    c.TickItem: _tick,
    c.UntickItem: _untick,
    c.FailItem: _fail,
    c.WaiveItem: _waive,
    c.GiveValue: _value,
    c.StartRollback: _rollback,
    c.RollBackNow: _now,
    c.HoldDeploy: _hold,
    c.ReleaseDeploy: _release,
    c.AddNote: _note,
    c.CloseDeploy: _close,
    c.Tick: lambda state, command, now, by: advance(state, now),
    c.RecordReadings: _readings,
    c.RecordExit: _exit,
    c.RecordCommand: lambda state, command, now, by: [
        e.CommandReached(task=command.task, attempt=command.attempt, index=command.index, at=command.at)
    ],
    c.RecordCheck: lambda state, command, now, by: [
        e.CheckMeasured(task=command.task, verdict=command.verdict, summary=command.summary)
    ],
    c.RecordStart: lambda state, command, now, by: [convert(command, e.EngineStarted, from_attributes=True)],
    c.RecordExport: lambda state, command, now, by: [e.RecordExported(paths=command.paths)],
    c.RecordStall: lambda state, command, now, by: (
        [] if state.stalled is not None else [e.JournalStalled(reason=command.reason)]
    ),
    c.RecordResumption: lambda state, command, now, by: (
        [e.JournalResumed(events=command.events, seconds=round(max(0.0, now - state.stalled.at), 3))]
        if state.stalled is not None
        else []
    ),
}
