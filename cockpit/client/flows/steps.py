"""Steps, checks and items: run, retry, tick, waive, skip, fail, accept, approve, cancel."""

from collections.abc import Callable

from cockpit.client.flows.base import Desk, Flow, refused, send
from cockpit.client.flows.rollout import confirm_flag
from cockpit.deploy import commands as c
from cockpit.deploy.guards import is_aside, why_not_run
from cockpit.deploy.plan import AT_HAND, Task
from cockpit.deploy.state import TaskState
from cockpit.deploy.tasks.scripts import stopped_at
from cockpit.deploy.team.divergence import look_first
from cockpit.runbook.placeholders import fill_placeholders
from cockpit.text.sanitize import visible

NOTHING = "Nothing is selected. Go to the next open task with ⟦next⟧."


async def run(desk: Desk, task: Task | None) -> bool:
    """Start what waits; what failed asks how."""
    if task is None:
        return refused(desk, NOTHING)
    if task.script is None:
        return refused(desk, f'"{task.title}" has nothing to run. Tick it (⟦tick⟧) or waive it (⟦waive⟧).')
    if desk.state.of(task.id).status in ("fail", "unknown") and task.kind == "script":
        return await retry(desk, task)
    return await start(desk, task)


async def at_hand(desk: Desk, task: Task | None) -> bool:
    """A script for trouble, for once, to look up: `task` where it is one, else the one that is chosen."""
    plan = desk.state.plan
    if plan is None or desk.state.closed is not None:
        return refused(desk, "this deploy is over: nothing is run any more")
    if not plan.aside:
        return refused(desk, f"{plan.runbook_path} has no scripts for trouble, setup or looking up")
    if task is None or not is_aside(desk.state, task):
        options = [(one.id, f"{one.role:<12} {one.title}  line {one.line}") for one in plan.aside]
        question = "Which script? Its commands are shown before it runs."
        chosen = await desk.prompt.choose(AT_HAND, question, options)
        task = next((one for one in plan.aside if one.id == chosen), None)
    return await start(desk, task) if task is not None else False


async def start(desk: Desk, task: Task, *, from_line: int = 0, script: str = "") -> bool:
    """Values first, then a confirmation where the step wants one, then the command."""
    assert task.script is not None
    for hole in task.script.placeholders:
        if hole.name in desk.state.values:
            continue
        question = f"The script needs a value for {hole.token} (line {hole.line})."
        value = await desk.prompt.ask("Value", question, placeholder=hole.name, choices=desk.choices(hole))
        if not value or not await send(desk, c.GiveValue(name=hole.name, value=value)):
            return False
    reason = why_not_run(desk.state, task)
    if reason:
        return refused(desk, reason)
    confirmed = await _confirmed(desk, task)
    if confirmed is None:
        return False
    attempt = desk.state.of(task.id).attempt + 1
    command = c.RunTask(task=task.id, attempt=attempt, from_line=from_line, script=script, confirmed=confirmed)
    done = await send(desk, command)
    if done:
        desk.opened(task)
    return done


async def _confirmed(desk: Desk, task: Task) -> bool | None:
    """Whether the script was shown and agreed to; False where nobody wants that, None where the person went back."""
    assert task.script is not None
    first = look_first(desk.state, task)
    if not task.script.confirm and not first:
        return False
    asks = f"{first[:1].upper()}{first[1:]}." if first else "Run this script?"
    question = f"{asks}\n\n{_body(desk, task)}"
    return True if await desk.prompt.choose(task.title, question, [("go", "Run it")], careful=True) else None


def _body(desk: Desk, task: Task) -> str:
    assert task.script is not None
    return visible(fill_placeholders(task.script.body, desk.state.values).rstrip())


async def retry(desk: Desk, task: Task | None) -> bool:
    """From the line at which it stopped, all of it, or edited."""
    if task is None or task.script is None:
        return refused(desk, "Nothing to retry here. Select a failed step or check, then retry with ⟦retry⟧.")
    have = desk.state.of(task.id)
    if have.status not in ("fail", "unknown"):
        return refused(desk, f'"{task.title}" has not failed. Run it (⟦run⟧), or go to the next open task (⟦next⟧).')
    if task.kind == "check":
        return await start(desk, task)
    options = [("top", "Retry the whole script")]
    line = failed_line(task, have)
    question = f"{task.title}: {have.reason or have.status}"
    if have.elsewhere:
        question = f"{question}. Check there first: running it here as well runs it twice"
    elif line:
        options.insert(0, ("line", f"Retry from line {line}, where it stopped"))
    options += [("edit", "Edit the script for this attempt, then run it"), ("skip", "Skip the step, with a reason")]
    chosen = await desk.prompt.choose("Retry", question, options)
    if chosen == "edit":
        return await _edit_and_run(desk, task)
    if chosen == "skip":
        return await skip(desk, task)
    return await start(desk, task, from_line=line if chosen == "line" else 0) if chosen else False


def failed_line(task: Task, have: TaskState) -> int:
    """File line of the command at which it stopped; 0 where that is the first, or not known."""
    command = stopped_at(task, have)
    return command.line if command is not None and have.command_index else 0


async def _edit_and_run(desk: Desk, task: Task) -> bool:
    assert task.script is not None
    body = fill_placeholders(task.script.body, desk.state.values)
    changed = await desk.prompt.edit(body)
    if changed is None or not changed.strip():
        return refused(desk, "The edited script is empty; nothing was run. Try again with ⟦retry⟧.")
    return await start(desk, task, script="" if changed == body else changed)


async def checks(desk: Desk, task: Task | None) -> bool:
    return await send(desk, c.RunChecks())


async def tick(desk: Desk, task: Task | None) -> bool:
    """Tick an item, or take the tick back; in a rollout: the flag is what was set."""
    if desk.state.rollout is not None:
        return await confirm_flag(desk, task)
    if task is None:
        return refused(desk, NOTHING)
    if desk.state.of(task.id).status in ("pass", "fail", "waived") and task.script is None:
        return await send(desk, c.UntickItem(task=task.id))
    return await send(desk, c.TickItem(task=task.id))


async def cancel(desk: Desk, task: Task | None) -> bool:
    running = desk.state.running
    task = task if task in running else (running[0] if running else None)
    if task is None:
        return refused(desk, "No script is running. Run the step under the cursor with ⟦run⟧.")
    attempt = desk.state.of(task.id).attempt
    question = f"{task.title} is running. Cancelling ends every process it started; remote changes stay."
    if not await desk.prompt.choose("Cancel the script", question, [("end", "Cancel it now")], careful=True):
        return False
    return await send(desk, c.CancelTask(task=task.id, attempt=attempt, reason="requested manually"))


def _with_reason(title: str, question: str, make: Callable[[str, str], c.Command]) -> Flow:
    """A flow that wants nothing but a reason."""

    async def flow(desk: Desk, task: Task | None) -> bool:
        if task is None:
            return refused(desk, NOTHING)
        reason = await desk.prompt.ask(title, f"{question} {task.title}")
        return bool(reason) and await send(desk, make(task.id, reason))

    return flow


_skip = _with_reason("Skip", "Reason for skipping", lambda task, reason: c.SkipTask(task=task, reason=reason))
_waive = _with_reason("Waive", "Reason for waiving", lambda task, reason: c.WaiveItem(task=task, reason=reason))


async def skip(desk: Desk, task: Task | None) -> bool:
    """A step; what has no script is waived."""
    return await (_waive if task is not None and task.script is None else _skip)(desk, task)


async def waive(desk: Desk, task: Task | None) -> bool:
    """An item or check; a step is skipped."""
    return await (_skip if task is not None and task.kind == "script" else _waive)(desk, task)


async def confirm(desk: Desk, task: Task | None) -> bool:
    """As the second person that a step needs."""
    if task is None or task.script is None or not task.second_person:
        return refused(desk, "This needs no approval. Run it with ⟦run⟧.")
    attempt = desk.state.of(task.id).attempt + 1
    try:
        body = _body(desk, task)
    except ValueError as error:
        return refused(desk, str(error))
    question = f"Approve as {desk.me}? Someone else will run it. Script:\n\n{body}"
    options = [("as-shown", "Approve this script")]
    if attempt > 1:
        options.append(("edited", f"Approve an edited script for attempt {attempt}, which you have read"))
    chosen = await desk.prompt.choose(f"Approve as {desk.me}", question, options, careful=True)
    if not chosen:
        return False
    return await send(desk, c.ConfirmTask(task=task.id, attempt=attempt, edited=chosen == "edited"))


FLOWS: dict[str, Flow] = {
    "run": run,
    "retry": retry,
    "checks": checks,
    "tick": tick,
    "skip": skip,
    "waive": waive,
    "fail": _with_reason("Failed", "What failed in", lambda task, why: c.FailItem(task=task, reason=why)),
    "accept": _with_reason("Accept", "Reason for accepting", lambda task, why: c.AcceptTask(task=task, reason=why)),
    "at-hand": at_hand,
    "cancel": cancel,
    "confirm": confirm,
}
