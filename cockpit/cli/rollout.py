"""From the command line to the rollout of a flag: open it, come back to it, ask it for one thing, say how it stands."""

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass

import click

from cockpit.client.identity import who
from cockpit.client.session import Session, deploys, open_deploy, open_deploys, resume
from cockpit.client.team import shared_deploys
from cockpit.deploy import commands as c
from cockpit.deploy.commands import Refusal
from cockpit.deploy.fold import apply
from cockpit.deploy.recommend import recommend
from cockpit.deploy.rollout.guards import reads
from cockpit.deploy.rollout.plan import key_of
from cockpit.deploy.rollout.state import TRIES
from cockpit.deploy.state import State
from cockpit.engine.ipc.client import EngineGone
from cockpit.engine.ipc.probe import engine_alive
from cockpit.errors import DONE, EXPECTED, FAILED, REFUSED, USAGE, NoTeam, refused, said
from cockpit.history.reading import events_of, state_of
from cockpit.journal.sqlite import DeployRow
from cockpit.launch import show, why_not_this_face
from cockpit.opening.rollout import open_rollout, settings_of
from cockpit.paths import Layout
from cockpit.report.story import story, tell
from cockpit.text.amounts import seconds_words
from cockpit.text.sentences import fragment
from cockpit.text.times import clock, day

ANSWER_SECONDS = 240.0
"""How long the outcome of a change is waited for: the engine gives a setter up before that."""
ACTS = ("advance", "back", "off", "confirm")


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for: at most one of them."""

    act: str = ""
    """advance, back, off, hold, release, confirm, close; empty: look."""
    text: str = ""
    """Why: of a hold, a close, an off."""
    outcome: str = ""


def show_rollout(
    flag: str,
    *,
    environment: str | None,
    headless: bool,
    yes: bool,
    ascii_only: bool,
    person: str | None,
) -> int:
    """Open the rollout, or come back to the one that is open; gives the exit status."""
    wrong = why_not_this_face(headless=headless, yes=yes)
    if wrong:
        return said(wrong, USAGE)
    try:
        layout, row = _open_row(flag, environment)
        by = who(layout.root, person)
        if row is not None:
            session = resume(layout, row.id, by)
        else:
            session = asyncio.run(open_deploy(open_rollout(flag, environment=environment), by, time.time()))
    except EXPECTED as error:
        return refused(error)
    return show(session, headless=headless, yes=yes, ascii_only=ascii_only)


def _open_row(flag: str, environment: str | None) -> tuple[Layout, DeployRow | None]:
    """Raises what `settings_of` does, and CockpitError."""
    root, settings = settings_of(flag, environment)
    layout, key = Layout(root), key_of(settings.environment, flag)
    row = next(iter(open_deploys(layout, key)), None)
    if row is None and settings.team is not None:
        # Another machine of the team may have it; where its journal cannot be asked, the lock says so in a moment.
        with contextlib.suppress(NoTeam):
            row = next((one for one in shared_deploys(layout) if (one.environment, one.closed_at) == (key, None)), None)
    return layout, row


def act(flag: str, wanted: Wanted, *, environment: str | None, person: str | None) -> int:
    """One thing, and what became of it. Off works without an open rollout as well: it opens a record of its own."""
    try:
        layout, row = _open_row(flag, environment)
        by = who(layout.root, person)
        if row is None and wanted.act != "off":
            return said(f"no rollout of {flag} is open. Open one with `cockpit rollout {flag}`", USAGE)
        if row is None:
            session = asyncio.run(open_deploy(open_rollout(flag, environment=environment), by, time.time()))
        else:
            session = resume(layout, row.id, by)
        return asyncio.run(_ask(session, wanted, closes=row is None))
    except EngineGone as error:
        return said(f"engine stopped: {error}. Restart it with `cockpit rollout {flag}`", FAILED)
    except EXPECTED as error:
        return refused(error)


async def _ask(session: Session, wanted: Wanted, *, closes: bool) -> int:
    client = await session.connect()
    try:
        state = state_of(session.layout, session.deploy_id)
        before = len(state.rollout.changes) if state.rollout is not None else 0
        refusal = await client.ask(_command(wanted, before + 1))
        if refusal is not None:
            return said(fragment(refusal.in_commands), REFUSED)
        watching = wanted.act in ACTS
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                async for events in client.follow(state.seq, state.at):
                    for event in events:
                        text = tell(state, event)
                        state = apply(state, event)
                        if text:
                            click.echo(f"{clock(event.at)} {text}")
                    if not watching or _settled(state, before, wanted.act):
                        break
        except TimeoutError:
            return said(f"timed out after {seconds_words(ANSWER_SECONDS)}", FAILED)
        status = _status_of(state, wanted.act)
        if closes and status == DONE:
            reason = f"turned off on the command line{f': {wanted.text}' if wanted.text else ''}"
            closed = await client.ask(c.CloseDeploy(outcome="aborted", reason=reason))
            return said(fragment(closed.in_commands), REFUSED) if isinstance(closed, Refusal) else status
        return status
    finally:
        await client.close()


def _command(wanted: Wanted, change: int) -> c.PublicCommand:
    match wanted.act:
        case "advance":
            return c.AdvanceRollout(change=change, despite=wanted.text)
        case "back":
            return c.BackRollout(change=change, reason=wanted.text)
        case "off":
            return c.FlagOff(reason=wanted.text or "requested on the command line")
        case "hold":
            return c.HoldDeploy(reason=wanted.text)
        case "release":
            return c.ReleaseDeploy(reason=wanted.text)
        case "confirm":
            return c.ConfirmFlag(change=change - 1)
        case _:
            return c.CloseDeploy(outcome=wanted.outcome, reason=wanted.text)  # type: ignore[arg-type]


def _settled(state: State, before: int, what: str) -> bool:
    """The change has an outcome, and the flag was read after it; off that was there already has nothing to wait for."""
    have = state.rollout
    if have is None or have.last is None or have.under_way is not None:
        return False
    if len(have.changes) == before:
        return what != "advance" and have.confirmed
    if have.last.kind != "advance" and have.tries < TRIES and (have.last.status == "failed" or have.differs):
        return False  # the engine tries it again
    read = have.reading is not None and have.reading.change == have.last.number
    return have.last.status == "failed" or read


def _status_of(state: State, what: str) -> int:
    have = state.rollout
    if what not in ACTS or have is None or have.last is None:
        return DONE
    unreadable = have.reading is not None and have.reading.percent is None and not have.reading.error
    good = have.last.status == "set" and (have.confirmed or unreadable)
    return DONE if good else FAILED


def show_status(flag: str, environment: str | None, *, as_json: bool) -> int:
    """How the newest rollout of the flag stands. 1 where a person is needed."""
    try:
        root, settings = settings_of(flag, environment)
        layout = Layout(root)
        row = next(iter(_rows(layout, key_of(settings.environment, flag))), None)
        if row is None:
            return said(
                f"{flag} has never been rolled out in {settings.environment}. Start with `cockpit rollout {flag}`",
                USAGE,
            )
        state = state_of(layout, row.id)
    except EXPECTED as error:
        return refused(error)
    next_ = recommend(state, time.time())
    needs = row.closed_at is None and ((bool(next_.action) and not next_.waits) or _is_elsewhere(state))
    if as_json:
        click.echo(json.dumps(_shape(row, state, layout, next_.words), indent=2))
    else:
        click.echo("\n".join(_lines(row, state, layout, next_.words)))
    return FAILED if needs else DONE


def _is_elsewhere(state: State) -> bool:
    """The flag is not known to be what was set last."""
    have = state.rollout
    last = have.last if have is not None else None
    return have is not None and last is not None and (last.status != "set" or have.differs)


def _rows(layout: Layout, key: str) -> list[DeployRow]:
    return [row for row in deploys(layout) if row.environment == key]


def _lines(row: DeployRow, state: State, layout: Layout, next_: str) -> list[str]:
    plan, have = state.plan, state.rollout
    assert plan is not None
    assert plan.rollout is not None
    assert have is not None
    engine = "" if row.closed_at is not None else _engine_words(layout, row)
    lines = [f"{plan.rollout.flag} in {plan.environment}, {row.id}: {row.outcome or 'open'}{engine}; {reads(state)}"]
    for number, (planned, stage) in enumerate(zip(plan.rollout.stages, have.stages, strict=True)):
        when = f" {day(stage.set_at)} {clock(stage.set_at)} UTC" if stage.set_at else ""
        here = ">" if number == have.stage else " "
        said_ = f": {stage.reason}" if stage.reason else ""
        lines.append(f" {here} {plan.rollout.words(planned.percent):>6}  {stage.status}{when}{said_}")
    return [*lines, f"next: {next_}"]


def _engine_words(layout: Layout, row: DeployRow) -> str:
    return ", engine running" if engine_alive(layout, row.id) else ", engine NOT running"


def _shape(row: DeployRow, state: State, layout: Layout, next_: str) -> dict[str, object]:
    plan, have = state.plan, state.rollout
    assert plan is not None
    assert plan.rollout is not None
    assert have is not None
    return {
        "flag": plan.rollout.flag,
        "environment": plan.environment,
        "deploy": row.id,
        "outcome": row.outcome,
        "engine": row.closed_at is None and engine_alive(layout, row.id),
        "stage": have.stage + 1,
        "reads": have.reading.percent if have.reading is not None else None,
        "on_hold": state.hold.reason if state.hold is not None else None,
        "stages": [
            {
                "percent": planned.percent,
                "status": stage.status,
                "set_at": stage.set_at,
                "judged_at": stage.judged_at,
                "value": stage.value,
                "reason": stage.reason,
            }
            for planned, stage in zip(plan.rollout.stages, have.stages, strict=True)
        ],
        "next": next_,
    }


def show_flag_history(flag: str, environment: str | None, *, as_json: bool) -> int:
    """Every rollout of the flag, the newest first, with what was set when and why."""
    try:
        root, settings = settings_of(flag, environment)
        layout = Layout(root)
        rows = _rows(layout, key_of(settings.environment, flag))
        told = [(row, events_of(layout, row.id)) for row in rows]
    except EXPECTED as error:
        return refused(error)
    if as_json:
        shape = [
            {
                "deploy": row.id,
                "opened_at": row.opened_at,
                "closed_at": row.closed_at,
                "outcome": row.outcome,
                "events": [{"at": event.at, "by": event.by, "text": text} for event, text in story(events)],
            }
            for row, events in told
        ]
        click.echo(json.dumps(shape, indent=2))
        return DONE
    if not told:
        click.echo(f"{flag} has never been rolled out in {settings.environment}")
    for row, events in told:
        click.echo(f"{row.id}: {row.outcome or 'open'}")
        for event, text in story(events):
            by = "" if event.by == "cockpit" else f"{event.by}: "
            click.echo(f"  {day(event.at)} {clock(event.at)} {by}{text}")
    return DONE
