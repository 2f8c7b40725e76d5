"""Decisions about the checklist and scripts."""

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.approvals.second_person import why_unconfirmed
from cockpit.deploy.commands import Refusal
from cockpit.deploy.decision import Decider, Decision, plan_of
from cockpit.deploy.dry import words_of
from cockpit.deploy.guards import WAY_BACK, is_aside, open_needs, why_not_enter, why_not_run
from cockpit.deploy.plan import PHASES, Task
from cockpit.deploy.state import State, TaskState
from cockpit.deploy.tasks.scripts import commands_of, stopped_at
from cockpit.deploy.tasks.start import begin
from cockpit.deploy.team.divergence import look_first
from cockpit.runbook.placeholders import CannotFill


def _run(state: State, command: c.RunTask, now: float, by: str) -> Decision:
    task = _task(state, command.task)
    if isinstance(task, Refusal):
        return task
    have = state.of(task.id)
    if have.status == "running":
        return Refusal(
            f'"{task.title}" is already running, started by {have.by}. Wait for it to finish, or cancel it (⟦cancel⟧).',
            task.id,
        )
    if command.attempt != have.attempt + 1:
        return Refusal(f'"{task.title}" has run again since (attempt {have.attempt}). Check its result first.', task.id)
    if task.kind == "script" and have.settled and not is_aside(state, task):
        return Refusal(
            f'"{task.title}" is already done ({have.status}). Go to the next open task with ⟦next⟧.', task.id
        )
    reason = why_not_run(state, task, now) or why_unconfirmed(state, task, by, edited=_is_edited(task, command))
    if reason:
        return Refusal(reason, task.id)
    assert task.script is not None
    first = look_first(state, task)
    if first and not command.confirmed:
        return Refusal(f'"{task.title}" must be confirmed first: {first}. Confirm with ⟦run⟧.', task.id)
    if task.script.confirm and not command.confirmed:
        return Refusal(f'"{task.title}" must be confirmed first. Review and confirm it with ⟦run⟧.', task.id)
    if command.from_line and command.from_line not in {one.line for one in commands_of(task, have)}:
        return Refusal(
            f"No command of this script starts at line {command.from_line}. Choose a line with ⟦retry⟧.",
            task.id,
        )
    try:
        return begin(state, plan_of(state), task, now, from_line=command.from_line, script=command.script)
    except CannotFill as error:
        return Refusal(str(error), task.id)


def _is_edited(task: Task, command: c.RunTask) -> bool:
    return bool(command.script) and task.script is not None and command.script != task.script.body


def _run_checks(state: State, command: c.RunChecks, now: float, by: str) -> Decision:
    if state.rollback is not None:
        return Refusal(WAY_BACK)
    wanted = [
        task
        for task in plan_of(state).checks(state.phase)
        if state.of(task.id).status in ("waiting", "fail", "unknown")
    ]
    if not wanted:
        return Refusal("No open checks in this phase. Go to the next open task with ⟦next⟧.")
    blocked = [(task, reason) for task in wanted if (reason := open_needs(state, task.script))]  # type: ignore[arg-type]
    ready = tuple(task.id for task in wanted if task not in [one for one, _ in blocked])
    if not ready:
        return Refusal(blocked[0][1], blocked[0][0].id)
    return [e.ChecksRequested(tasks=ready)]


def _cancel(state: State, command: c.CancelTask, now: float, by: str) -> Decision:
    have = state.of(command.task)
    if have.status != "running" or have.attempt != command.attempt:
        return Refusal("That script has already finished. See its log.", command.task)
    if have.cancel_requested:
        return []
    return [e.CancelRequested(task=command.task, attempt=command.attempt, reason=command.reason)]


def _skip(state: State, command: c.SkipTask, now: float, by: str) -> Decision:
    task = _answerable(state, command.task, command.reason, "skip")
    if isinstance(task, Refusal):
        return task
    if task.script is None:
        return Refusal(f'"{task.title}" is an item. Waive it (⟦waive⟧).', task.id)
    return [e.StepSkipped(task=task.id, reason=command.reason.strip())]


def _accept(state: State, command: c.AcceptTask, now: float, by: str) -> Decision:
    task = _answerable(state, command.task, command.reason, "accept")
    if isinstance(task, Refusal):
        return task
    if state.of(task.id).status not in ("fail", "unknown"):
        return Refusal(f'"{task.title}" has not failed. Run it (⟦run⟧).', task.id)
    return [e.StepAccepted(task=task.id, reason=command.reason.strip())]


def _tick(state: State, command: c.TickItem, now: float, by: str) -> Decision:
    task = _task(state, command.task)
    if isinstance(task, Refusal):
        return task
    if task.kind != "manual" and not (task.inferred and state.of(task.id).status != "fail"):
        what = "its script answers it (⟦run⟧)" if task.script else "it is measured automatically"
        return Refusal(f'"{task.title}" cannot be ticked: {what}. Waive it with ⟦waive⟧.', task.id)
    if state.of(task.id).status == "pass":
        return Refusal(f'"{task.title}" was already ticked by {state.of(task.id).by}. Untick it with ⟦tick⟧.', task.id)
    too_early = _too_early(state, task)
    return too_early or [e.ItemTicked(task=task.id, note=command.note)]


def _untick(state: State, command: c.UntickItem, now: float, by: str) -> Decision:
    task = _task(state, command.task)
    if isinstance(task, Refusal):
        return task
    if task.kind == "script":
        return Refusal(
            f'"{task.title}" is a script and cannot be unticked. Roll back with ⟦rollback⟧, or add a note with ⟦note⟧.',
            task.id,
        )
    if state.of(task.id).status in ("waiting", "running"):
        return Refusal(f'"{task.title}" has no answer yet. Tick it with ⟦tick⟧.', task.id)
    if PHASES.index(task.phase) < PHASES.index(state.phase):
        return Refusal(f"The {task.phase} phase is over and its answers are final. Add a note with ⟦note⟧.", task.id)
    return [e.ItemUnticked(task=task.id)]


def _fail(state: State, command: c.FailItem, now: float, by: str) -> Decision:
    task = _answerable(state, command.task, command.reason, "fail")
    if isinstance(task, Refusal):
        return task
    if task.kind != "manual":
        return Refusal(
            f'"{task.title}" is answered by its own check. See its result, or waive it (⟦waive⟧).',
            task.id,
        )
    return [e.ItemFailed(task=task.id, reason=command.reason.strip())]


def _waive(state: State, command: c.WaiveItem, now: float, by: str) -> Decision:
    task = _answerable(state, command.task, command.reason, "waive")
    if isinstance(task, Refusal):
        return task
    if task.kind == "script":
        return Refusal(f'"{task.title}" is a step. Skip it (⟦skip⟧).', task.id)
    return [e.ItemWaived(task=task.id, reason=command.reason.strip())]


def _value(state: State, command: c.GiveValue, now: float, by: str) -> Decision:
    if not command.value.strip():
        return Refusal(f"{command.name} needs a value. Enter it, or cancel.")
    if "\n" in command.value or "\0" in command.value:
        return Refusal(f"The value of {command.name} must be a single line.")
    if state.values.get(command.name) == command.value:
        return []
    return [e.ValueGiven(name=command.name, value=command.value)]


def _exit(state: State, command: c.RecordExit, now: float, by: str) -> Decision:
    have = state.of(command.task)
    if have.status != "running" or have.attempt != command.attempt:
        return []
    fields = {name: getattr(command, name) for name in e.StepFinished.__struct_fields__}
    task = plan_of(state).task(command.task)
    # An engine that came later does not know what it began with.
    before = command.head_before or (state.moves[-1].head if state.moves else plan_of(state).commit)
    moved = bool(command.head and before) and command.head != before
    fields |= {"head_before": before, "head": command.head} if moved else {"head_before": "", "head": ""}
    if plan_of(state).dry_run:
        fields["reason"] = words_of(command.outcome, command.reason)
    elif task is not None and not command.refused and _stopped(task, command):
        fields["reason"] = f"{command.reason}{where(task, have)}"
    return [e.StepFinished(**fields)]


def _stopped(task: Task, command: c.RecordExit) -> bool:
    """Within its script: one that came to its end may fail for what it has left."""
    came_to_its_end = task.script is not None and command.exit_status in task.script.ok_statuses
    return command.outcome in ("timed out", "cancelled") or (command.outcome == "failed" and not came_to_its_end)


def where(task: Task, have: TaskState) -> str:
    """` at line 63: npm run scan`: the command at which the script stopped; empty where it is not known."""
    command = stopped_at(task, have)
    if command is None:
        return ""
    return f" at line {command.line}: {command.text.splitlines()[0].strip()}"


def _task(state: State, task_id: str) -> Task | Refusal:
    task = state.plan.task(task_id) if state.plan else None
    return (
        task
        if task is not None
        else Refusal(f"No step or item with the ID {task_id!r}. List the IDs with `cockpit outline`.", task_id)
    )


def _too_early(state: State, task: Task) -> Refusal | None:
    if PHASES.index(task.phase) <= PHASES.index(state.phase):
        return None
    reason = why_not_enter(state, task.phase) or f"The {task.phase} phase has not started. Enter it with ⟦phase.on⟧."
    return Refusal(reason, task.id)


def _answerable(state: State, task_id: str, reason: str, verb: str) -> Task | Refusal:
    """The task, where a person may settle it now with this reason."""
    task = _task(state, task_id)
    if isinstance(task, Refusal):
        return task
    if not reason.strip():
        return Refusal(f'To {verb} "{task.title}", enter a reason.', task_id)
    have = state.of(task_id)
    if have.status == "running":
        return Refusal(f'"{task.title}" is running. Cancel it first (⟦cancel⟧).', task_id)
    if have.status == "pass" and verb != "fail":
        return Refusal(
            f'"{task.title}" is already done. Untick it (⟦tick⟧), or go to the next open task (⟦next⟧).', task_id
        )
    return _too_early(state, task) or task


DECISIONS: dict[type, Decider] = {
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
    c.RecordExit: _exit,
    c.RecordCommand: lambda state, command, now, by: [
        e.CommandReached(task=command.task, attempt=command.attempt, index=command.index, at=command.at)
    ],
    c.RecordCheck: lambda state, command, now, by: [
        e.CheckMeasured(task=command.task, verdict=command.verdict, summary=command.summary, evidence=command.evidence)
    ],
}
