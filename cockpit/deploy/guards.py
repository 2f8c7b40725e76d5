"""Why something may not be done now, in words. Used to decide, and by the screen to say so beforehand."""

from cockpit.deploy.metrics.baselines import why_unbased
from cockpit.deploy.plan import PHASES, Phase, Script, Task
from cockpit.deploy.schedule.planned_window import why_closed
from cockpit.deploy.state import State
from cockpit.text.sentences import sentence

WAY_BACK = (
    "A rollback has started; deploy steps are disabled. Choose another option (⟦rollback⟧), or close the deploy "
    "(⟦close⟧)."
)
PHASE_WORDS: dict[Phase, str] = {
    "preflight": "Preflight",
    "deploy": "Deploy",
    "verify": "Verify",
    "watch": "Watch",
    "close": "Close",
}


def titles(tasks: tuple[Task, ...], most: int = 3) -> str:
    """`"A", "B", "C" and 4 more`."""
    named = ", ".join(f'"{task.title}"' for task in tasks[:most])
    return named + (f" and {len(tasks) - most} more" if len(tasks) > most else "")


def why_not_enter(state: State, phase: Phase, now: float | None = None) -> str:
    """Reason that the phase may not be entered now; empty where it may. `now`: as `why_not_run` has it."""
    if state.plan is None:
        return "No deploy is open. Start one with `cockpit run`."
    if phase in state.phases:
        return ""
    if phase not in state.plan.phases():
        return f"This runbook has no {PHASE_WORDS[phase]} phase. Go to the next one with ⟦phase.on⟧."
    if phase != state.next_phase():
        here = PHASE_WORDS[state.phase]
        return f"Cannot enter {PHASE_WORDS[phase]} yet: the deploy is in {here}. Go to the next open task with ⟦next⟧."
    holding = state.holding(state.phase)
    if holding:
        many = "are" if len(holding) > 1 else "is"
        return (
            f"Cannot enter {PHASE_WORDS[phase]}: {titles(holding)} {many} still open in {PHASE_WORDS[state.phase]}. "
            "Pass, tick or waive first."
        )
    return why_not_comparable(state, now) if phase == "deploy" else ""


def why_not_comparable(state: State, now: float | None = None) -> str:
    """Reason that production may not be touched: what it is to be compared with was not measured. A person may waive
    the check that says so: the metric stays without data then."""
    if state.plan is None or state.armed_at is not None or _metrics_waived(state):
        return ""
    why = why_unbased(state, state.at if now is None else now)
    return f"No baseline yet: {why}. Wait, or waive the metrics check in Preflight (⟦waive⟧)." if why else ""


def _metrics_waived(state: State) -> bool:
    assert state.plan is not None
    return any(task.builtin == "metrics" and state.of(task.id).status == "waived" for task in state.plan.tasks)


def why_not_start(state: State) -> str:
    """Reason that nothing at all may start or end now; empty where it may. A record comes before every act."""
    if state.stalled is None:
        return ""
    return (
        f"The journal is not writable ({state.stalled.reason}). Free disk space; the deploy then continues "
        "automatically."
    )


def arms(state: State, task: Task) -> bool:
    """True for the first step that changes production, and for every later one of the deploy (it may be skipped)."""
    plan = state.plan
    if plan is None or not plan.arm_task or task.kind != "script" or task not in plan.tasks:
        return False
    return plan.ordinal(task.id) >= plan.ordinal(plan.arm_task)


def why_sick(state: State) -> str:
    """Reason that production may not be touched: it is not well already. A person may waive the check that says so."""
    if state.plan is None or state.armed_at is not None or not state.plan.arm_task:
        return ""
    sick = tuple(
        state.metrics[rule.name].latest.reason
        for rule in state.plan.metrics
        if rule.judged and state.level(rule.name) == "breach"
    )
    if not sick or _metrics_waived(state) or "close" in state.phases:
        return ""
    return f"production is already unhealthy: {'; '.join(sick)}"


def why_not_run(state: State, task: Task, now: float | None = None) -> str:
    """Reason that the task's script may not start now; empty where it may.

    `now`: Unix time, for the deploy window; without it the time of the last event, which is close enough to say so
    beforehand (`decide` gives the exact one).
    """
    if task.script is None:
        return f'"{task.title}" has nothing to run. Tick it (⟦tick⟧) or waive it (⟦waive⟧).'
    if is_aside(state, task):
        return why_not_start(state) or _why_not_aside(state) or open_needs(state, task.script)
    rollback = state.plan is not None and task not in state.plan.tasks
    why_not = _why_not_in_rollback(state, task) if rollback else _why_not_in_phase(state, task, now)
    if not why_not and not rollback and task.kind == "script" and task.phase == "deploy":
        why_not = why_closed(state, state.at if now is None else now)
    return why_not_start(state) or why_not or open_needs(state, task.script)


def open_needs(state: State, script: Script) -> str:
    """What the script still needs before it may start: to be readable, placeholders, variables; empty where nothing."""
    if script.blocked:
        return f"No shell can parse this script ({script.blocked}). Fix the runbook, or skip the step."
    missing = [hole.token for hole in script.placeholders if hole.name not in state.values]
    if missing:
        return f"{', '.join(dict.fromkeys(missing))} has no value yet. Run the step (⟦run⟧) to enter it."
    unset = [name for name in script.variables if name not in state.variables]
    if unset and not (state.plan is not None and state.plan.dry_run):
        # Of a dry run's earlier steps none has set any; its output says which are missing.
        names = ", ".join(f"${name}" for name in unset)
        return (
            f"{names} is not set. Export it before starting the cockpit, or set it under [variables] in "
            "cockpit.toml (unset, the command could hit a default target)."
        )
    return ""


def is_aside(state: State, task: Task) -> bool:
    """At hand: in no order and in no phase."""
    return state.plan is not None and task in state.plan.aside


def _why_not_aside(state: State) -> str:
    """On hold and in any phase it may run, that is what it is for; not beside another script, nor in a rollback."""
    if state.rolling_back:
        return "a rollback is under way: wait for its end, then run what is at hand"
    running = tuple(other for other in state.running if other.kind == "script")
    if running:
        return f"{titles(running)} is still running: one script at a time, wait for its end or ⟦cancel⟧ ends it"
    return ""


def _why_not_in_rollback(state: State, task: Task) -> str:
    option = state.rollback_option
    if option is None or task not in option.tasks:
        return f'"{task.title}" belongs to the rollback. Start the rollback with ⟦rollback⟧.'
    if state.rollback is not None and state.rollback.status == "stopping":
        return (
            f"{titles(state.running)} is being stopped; the rollback starts once it has exited. Cancel it now with "
            "⟦cancel⟧."
        )
    before = option.tasks[: option.tasks.index(task)]
    waiting = tuple(step for step in before if step.script is not None and not state.of(step.id).settled)
    return f"{titles(waiting)} comes first. Run it (⟦run⟧), or retry it (⟦retry⟧)." if waiting else ""


def _why_not_in_phase(state: State, task: Task, now: float | None = None) -> str:
    if state.hold is not None:
        return f"The deploy is on hold ({state.hold.by}: {state.hold.reason}). Resume with ⟦hold⟧."
    if state.rollback is not None:
        return WAY_BACK
    if PHASES.index(task.phase) > PHASES.index(state.phase):
        reason = why_not_enter(state, task.phase, now)
        if reason:
            return reason
    if task.kind == "check" or state.plan is None:
        return ""
    if state.countdown is not None:
        return f"Automatic rollback pending: {state.countdown.reason}. Roll back now (⟦now⟧), or hold (⟦hold⟧)."
    sick = why_sick(state) if task.phase == "deploy" else ""
    if sick:
        return f"{sentence(sick)} Fix it, or waive the metrics check in Preflight (⟦waive⟧)."
    incomparable = why_not_comparable(state, now) if arms(state, task) else ""
    if incomparable:
        return incomparable
    running = tuple(other for other in state.running if other.kind == "script")
    if running:
        return (
            f"{titles(running)} is still running, and only one script runs at a time. Wait for it to finish, or "
            "cancel it (⟦cancel⟧)."
        )
    return _why_out_of_order(state, task)


def _why_out_of_order(state: State, task: Task) -> str:
    """Scripts run in the runbook's order: what stands before, in the same phase, must be settled."""
    assert state.plan is not None
    if task.phase == "preflight":
        return ""
    before: list[Task] = []
    for other in state.plan.in_phase(task.phase):
        if other.id == task.id:
            break
        before.append(other)
    waiting = tuple(
        other
        for other in before
        if other.required
        and not state.of(other.id).settled
        and other.id != task.parent
        and other.parent != task.id
        # "One of these has run" is ticked once one has.
        and not (other.choice and other.choice == task.choice)
    )
    if not waiting:
        return ""
    # A script answers for itself: it cannot be ticked.
    how = "Run or skip it" if all(one.script for one in waiting) else "Run, tick or skip it"
    return f"{titles(waiting)} comes first. {how}."
