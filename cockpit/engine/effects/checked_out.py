"""Is what was opened still what is checked out? Asked before production is touched, and before each step that may."""

import asyncio
import re
from pathlib import Path

from cockpit.deploy import commands as c
from cockpit.deploy.plan import Plan, Task
from cockpit.deploy.state import State
from cockpit.external import git

_MOVES = re.compile(
    r"\bgit\b[^\n|;&]*\b(?:checkout|switch|pull|merge|reset|rebase|commit|cherry-pick|revert|am|bisect)\b"
)


async def why_other_commit(state: State, task: Task | None) -> str:
    """Both names, where the commit that is checked out is not the one that the deploy was opened with; empty where it
    is, where there is none, and where a step of the deploy itself checks another one out."""
    plan = state.plan
    if plan is None or plan.dry_run or plan.rollout is not None or not plan.commit or _moves_itself(state, plan, task):
        return ""
    head = await asyncio.to_thread(git.resolve, Path(plan.root), "HEAD")
    if head == plan.commit:
        return ""
    opened = f"{plan.commit[:10]} ({plan.ref})" if plan.ref else plan.commit[:10]
    now = f"{head[:10]} is checked out" if head else f"git cannot tell what is checked out in {plan.root}"
    return (
        f"this deploy was opened with {opened}, but now {now}; check out {plan.ref or plan.commit[:10]}, or close "
        "this deploy (⟦close⟧) and open a new one"
    )


async def why_step_other_commit(state: State, task: Task) -> str:
    """`why_other_commit` for a step of the deploy; empty for any other."""
    of_deploy = state.plan is not None and task.phase == "deploy" and task in state.plan.tasks
    return await why_other_commit(state, task) if of_deploy else ""


async def why_command_other_commit(state: State, command: c.Command) -> str:
    """Of what touches production: why it would not be the commit that this deploy is about."""
    plan = state.plan
    if isinstance(command, c.EnterPhase) and command.phase == "deploy" and "deploy" not in state.phases:
        return await why_other_commit(state, None)
    task = plan.task(command.task) if plan is not None and isinstance(command, c.RunTask) else None
    return await why_step_other_commit(state, task) if task is not None else ""


def begins_deploying(state: State, command: c.Command) -> bool:
    """True for what would take the deploy from its checklist to production: the checklist is asked once more."""
    if state.plan is None or state.phase != "preflight":
        return False
    if isinstance(command, c.EnterPhase):
        return command.phase == "deploy"
    task = state.plan.task(command.task) if isinstance(command, c.RunTask) else None
    return task is not None and task.phase != "preflight" and task in state.plan.tasks


def _moves_itself(state: State, plan: Plan, task: Task | None) -> bool:
    """True where the step, or one that has begun, changes what is checked out: the runbook wants that."""
    begun = [one for one in plan.tasks if one.kind == "script" and state.of(one.id).attempt]
    following = (
        task if task is not None else next((one for one in plan.in_phase("deploy") if one.kind == "script"), None)
    )
    scripts = [one.script for one in (*begun, following) if one is not None and one.script is not None]
    return any(_MOVES.search(script.body) for script in scripts)
