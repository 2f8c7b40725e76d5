"""The rollout of a flag: on, back, off."""

from cockpit.client.flows.base import Desk, Flow, refused, send
from cockpit.deploy import commands as c
from cockpit.deploy.plan import Task
from cockpit.deploy.rollout.guards import target, why_not_advance

NO_ROLLOUT = "This is not a rollout. Start one with `cockpit rollout FLAG`."


async def advance(desk: Desk, task: Task | None) -> bool:
    plan, have = desk.state.plan, desk.state.rollout
    if plan is None or plan.rollout is None or have is None:
        return refused(desk, NO_ROLLOUT)
    change = have.following
    why = why_not_advance(desk.state, desk.now)
    if why and have.current is not None and have.current.status == "blind":
        question = f"{why}\n\nReason for advancing anyway"
        despite = await desk.prompt.ask("Advance an inconclusive stage", question)
        return bool(despite) and await send(desk, c.AdvanceRollout(change=change, despite=despite))
    if why:
        return refused(desk, why)
    wanted = target(have)
    name = plan.rollout.named(wanted)
    question = (
        f"{plan.rollout.flag} in {plan.environment}: {name}, stage {wanted + 1} of {len(plan.rollout.stages)}.\n"
        f"Set by {plan.rollout.how}."
    )
    if not await desk.prompt.choose("Next stage", question, [("go", f"Set it to {name}")], careful=True):
        return False
    return await send(desk, c.AdvanceRollout(change=change))


async def back(desk: Desk, task: Task | None) -> bool:
    have = desk.state.rollout
    if have is None:
        return refused(desk, NO_ROLLOUT)
    return await send(desk, c.BackRollout(change=have.following, reason="requested manually"))


async def off(desk: Desk, task: Task | None) -> bool:
    """Off is the safe direction: it is refused by nothing."""
    if desk.state.rollout is None:
        return refused(desk, NO_ROLLOUT)
    return await send(desk, c.FlagOff(reason="requested manually"))


async def confirm_flag(desk: Desk, task: Task | None) -> bool:
    """A person has looked: the flag is what was set."""
    last = desk.state.rollout.last if desk.state.rollout is not None else None
    if last is None:
        return refused(desk, "Nothing has been set yet. Set the first stage with ⟦flag.advance⟧.")
    return await send(desk, c.ConfirmFlag(change=last.number))


FLOWS: dict[str, Flow] = {"flag.advance": advance, "flag.back": back, "flag.off": off}
