"""The deploy as a whole: its phases, holds, notes, T, the rollback, and its end."""

from msgspec import convert

from cockpit.client.flows.base import Desk, Flow, refused, send
from cockpit.deploy import commands as c
from cockpit.deploy.guards import why_not_enter
from cockpit.deploy.plan import Task
from cockpit.deploy.recommend import recommend


async def enter(desk: Desk, task: Task | None) -> bool:
    """The next phase."""
    following = desk.state.next_phase()
    if following is None:
        return refused(desk, "This is the last phase. Close the deploy with ⟦close⟧.")
    reason = why_not_enter(desk.state, following)
    return refused(desk, reason) if reason else await send(desk, c.EnterPhase(phase=following))


async def note(desk: Desk, task: Task | None) -> bool:
    text = await desk.prompt.ask("Note", "Note for the deploy log", placeholder="what you saw")
    return bool(text) and await send(desk, c.AddNote(text=text))


async def hold(desk: Desk, task: Task | None) -> bool:
    """Held at once: while the reason is typed no countdown may end, and none may begin. On hold: go on."""
    have, counting = desk.state.hold, desk.state.countdown is not None
    if have is not None and not have.asking and not counting:
        return await send(desk, c.ReleaseDeploy())
    await desk.begin(c.HoldDeploy(reason="", asking=True))
    question = "Reason for the hold. The deploy is already on hold; nothing starts until you resume (⟦hold⟧)."
    if counting:
        question = "Reason for not rolling back. The deploy is already on hold; only this trigger is silenced."
    reason = await desk.prompt.ask("Hold", question)
    given_up = c.ReleaseDeploy(reason="hold cancelled", asking=True)
    return await send(desk, c.HoldDeploy(reason=reason) if reason else given_up)


async def move_time(desk: Desk, task: Task | None) -> bool:
    if desk.state.plan is None or desk.state.closed is not None:
        return refused(desk, "This deploy is closed, so T cannot move. Start a new one with `cockpit run`.")
    wanted = await desk.prompt.time(desk.state.planned_at)
    return wanted is not None and await send(desk, c.MoveTime(planned_at=wanted[0], reason=wanted[1]))


async def roll_back(desk: Desk, task: Task | None) -> bool:
    plan = desk.state.plan
    if desk.state.rollout is not None:
        return refused(desk, "A rollout has no rollback. Use ⟦flag.back⟧ (previous stage) or ⟦flag.off⟧ (off).")
    if plan is None or desk.state.closed is not None:
        return refused(desk, "This deploy is closed. Deploy the previous release with `cockpit run --ref`.")
    if not plan.rollback:
        return refused(
            desk,
            f"{plan.runbook_path} has no rollback section. Roll back manually, and add a heading that contains "
            '"rollback".',
        )
    if desk.state.rolling_back:
        return refused(desk, "A rollback is already in progress. Wait for it to finish.")
    wanted = await desk.prompt.rollback()
    return wanted is not None and await send(desk, wanted)


async def now(desk: Desk, task: Task | None) -> bool:
    """The trigger has decided already, and its command was shown: this takes it before its time."""
    countdown = desk.state.countdown
    if countdown is None:
        return refused(desk, "No countdown is running. Choose a rollback option with ⟦rollback⟧.")
    return await send(desk, c.RollBackNow(due_at=countdown.due_at))


async def close(desk: Desk, task: Task | None) -> bool:
    following = recommend(desk.state, desk.now)
    if isinstance(following.command, c.CloseDeploy):
        return await send(desk, following.command)
    options = [("failed", "Close as failed"), ("aborted", "Close as aborted")]
    title, question = "Close the deploy", "Not everything is done."
    if desk.state.rollout is not None:
        options.insert(0, ("rolled back", "Close as rolled back"))
        title = "Close the rollout"
        question = "Not every stage has passed. The flag keeps its value; to turn it off first, use ⟦flag.off⟧."
    elif desk.state.rollback is not None and desk.state.rollback.status == "finished":
        options.insert(0, ("rolled back", "Close as rolled back (health not verified)"))
    outcome = await desk.prompt.choose(title, question, options, careful=True)
    reason = await desk.prompt.ask(f"Close as {outcome}", "Reason for closing") if outcome else ""
    if not reason:
        return False
    return await send(desk, convert({"outcome": outcome, "reason": reason, "type": "CloseDeploy"}, c.CloseDeploy))


FLOWS: dict[str, Flow] = {
    "phase.on": enter,
    "note": note,
    "hold": hold,
    "move-time": move_time,
    "rollback": roll_back,
    "now": now,
    "close": close,
}
