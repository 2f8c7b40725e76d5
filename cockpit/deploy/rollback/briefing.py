"""What a person must know before going back, in words: why, what stays undone, what stands against a way. Pure."""

from collections.abc import Mapping

from cockpit.deploy.plan import RollbackOption
from cockpit.deploy.rollback.safety import Safety, safety
from cockpit.deploy.rollback.scripts import scripts_of, values_of
from cockpit.deploy.rollback.targets import Finding
from cockpit.deploy.rollback.triggers import LEAVE, needless_rollback
from cockpit.deploy.state import State


def reasons(state: State) -> tuple[str, ...]:
    """Why one would go back now: what is bad in production, then the steps that failed."""
    failed = [
        f"{task.title}: {state.of(task.id).reason}"
        for task in (state.plan.tasks if state.plan else ())
        if task.kind == "script" and state.of(task.id).status == "fail"
    ]
    return (*state.breaches, *failed)


def warnings(state: State, option: RollbackOption) -> tuple[str, ...]:
    """What happens first, and whether it is safe."""
    running = [
        f"{task.title} is running; it is {'allowed to finish' if task.is_waited_for else 'cancelled'} first"
        for task in state.running
    ]
    found: Safety = safety(state, option)
    return (*running, *([found.words()] if found.reasons else []))


def hindrance(state: State, option: RollbackOption) -> str:
    """Why the option cannot run at all, whatever a person says; empty where it can."""
    scripts = scripts_of(state, option)
    if not scripts:
        return (
            "Nothing to undo: none of its steps has run. Choose another rollback option."
            if option.is_undo
            else "It has no script. Follow the runbook manually."
        )
    for task in scripts:
        unset = [name for name in (task.script.variables if task.script else ()) if name not in state.variables]
        if unset and not (state.plan is not None and state.plan.dry_run):
            names = ", ".join(f"${name}" for name in unset)
            return f"{names} is not set where the engine runs. Choose another rollback option, or run it manually."
    return ""


def findings(state: State, option: RollbackOption, values: Mapping[str, str]) -> tuple[Finding, ...]:
    """What was found out about the option with exactly these values; empty while nobody has looked."""
    check = state.targets.get(option.id)
    found = check.findings if check is not None and check.values == values_of(option, values) else ()
    needless = needless_rollback(state)
    return (Finding("fail", f"{needless} {LEAVE}"), *found) if needless else found
