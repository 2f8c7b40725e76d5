"""A deploy that several machines share: taken over, handed over."""

from msgspec.structs import replace

from cockpit.client.flows.base import Desk, Flow, refused, send
from cockpit.deploy import commands as c
from cockpit.deploy.approvals.second_person import same_person
from cockpit.deploy.plan import Task
from cockpit.text.amounts import seconds_words

ALONE = "This deploy is not shared. Configure a team journal under [team] in cockpit.toml."


async def take_over(desk: Desk, task: Task | None) -> bool:
    """What is different here is shown first, and taken over only on a word that says so."""
    team = desk.state.team
    if team is None:
        return refused(desk, ALONE)
    if desk.owner is None:
        return refused(desk, "This machine already runs the deploy.")
    host, silent = desk.owner
    running = ", ".join(one.title for one in desk.state.running)
    lost = f" What is running there ({running}) is marked unknown; it may still be running." if running else ""
    question = (
        f"{host} runs this deploy (last seen {seconds_words(silent)} ago). After the takeover it runs here, with "
        f"this machine's checkout and variables.{lost} Reason?"
    )
    reason = await desk.prompt.ask("Take over", question)
    if not reason:
        return False
    command = c.TakeOver(reason=reason)
    refusal = await desk.ask(command)
    if refusal is None or not refusal.differences:
        return refusal is None
    options = [
        ("leave", "Cancel, and make them the same first"),
        ("accept", "Take over anyway; the differences are logged"),
    ]
    chosen = await desk.prompt.choose("This machine is different", refusal.reason, options)
    return chosen == "accept" and await send(desk, replace(command, accept=refusal.differences))


async def hand_over(desk: Desk, task: Task | None) -> bool:
    """To a person; again: take the offer back."""
    team = desk.state.team
    if team is None:
        return refused(desk, ALONE)
    if team.offer is not None:
        return await send(desk, c.OfferDeploy(to=""))
    names = sorted({one.name for one in team.watchers if not same_person(one.name, desk.me)})
    choices = [(name, f"{name} is watching") for name in names]
    to = await desk.prompt.ask("Hand over", "Hand over to", placeholder="name", choices=choices)
    if not to:
        return False
    question = f"Handover note for {to}: done, next, what to watch. The deploy goes on hold."
    note = await desk.prompt.ask("Hand over", question, placeholder="note")
    return bool(note) and await send(desk, c.OfferDeploy(to=to, note=note))


FLOWS: dict[str, Flow] = {"take-over": take_over, "hand-over": hand_over}
