"""What a machine did, or may have done, while it was cut off: said until a person has looked at all of it. Pure."""

from datetime import UTC, datetime

from cockpit.deploy.plan import Task
from cockpit.deploy.state import State
from cockpit.deploy.team.events import ForkedStep

OTHER = "the other machine"
"""Where nobody wrote down its name."""


def ran_words(host: str, step: ForkedStep) -> str:
    """`ran on web-1, succeeded 23:46 UTC`."""
    when = f"{clock(step.at)} UTC"
    if step.outcome:
        return f"ran on {host}, {step.outcome} {when}"
    return f"began on {host} at {when}, its end is not known"


def clock(at: float) -> str:
    try:
        return f"{datetime.fromtimestamp(at, UTC):%H:%M}"
    except (ValueError, OverflowError, OSError):
        return "an unknown time"


def unchecked(state: State) -> tuple[Task, ...]:
    """Steps that ran on another machine, and whose end nobody has looked at yet."""
    if state.plan is None:
        return ()
    ids = (task_id for task_id, have in state.tasks.items() if have.elsewhere and have.status == "unknown")
    return tuple(task for task_id in ids if (task := state.plan.task(task_id)) is not None)


def may_go_on(state: State) -> bool:
    """True while another machine may still be doing something to this deploy that is not known here."""
    return state.team is not None and state.team.apart is not None and state.closed is None


def banner(state: State) -> str:
    """What stands on every screen of the deploy; empty where nothing happened apart."""
    team = state.team
    if team is None or state.closed is not None:
        return ""
    said = [f"{_title(state, one.task)} ran on two machines: {one.words}" for one in team.twice]
    said += [f"{task.title} {state.of(task.id).reason}" for task in unchecked(state)]
    said += team.told
    if team.apart is not None:
        said.append(
            f"{team.apart.host} was last seen at {clock(team.apart.since)} UTC and may have continued; its actions "
            "since then are not known here"
        )
    return "; ".join(said)


def short_banner(state: State) -> str:
    """The same in a few words, for the status bar."""
    team = state.team
    if team is None or state.closed is not None:
        return ""
    if team.twice:
        return f"{_title(state, team.twice[-1].task)} ran TWICE"
    there = unchecked(state)
    if there:
        many = f" and {len(there) - 1} more" if len(there) > 1 else ""
        return f"{there[0].title}{many} ran on {state.of(there[0].id).elsewhere}"
    if team.told:
        return "done on two machines"
    return f"{team.apart.host} may have continued" if team.apart is not None else ""


def look_first(state: State, task: Task) -> str:
    """What a person does before this step runs here; empty where nothing stands against it."""
    have = state.of(task.id)
    if have.elsewhere and have.status == "unknown":
        return f"check the result of {task.title}. ⟦accept⟧: accept, ⟦rollback⟧: roll back"
    if task.kind == "script" and may_go_on(state):
        assert state.team is not None
        assert state.team.apart is not None
        return (
            f"check on {state.team.apart.host} whether {task.title} ran there after {clock(state.team.apart.since)} "
            "UTC, then run it"
        )
    return ""


def _title(state: State, task_id: str) -> str:
    task = state.plan.task(task_id) if state.plan is not None else None
    return task.title if task is not None else task_id
