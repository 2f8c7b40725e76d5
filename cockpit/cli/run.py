"""`cockpit run`: opens a deploy and shows it."""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from cockpit.client.identity import who
from cockpit.client.session import Session, open_deploy
from cockpit.client.team import unlock_for_team
from cockpit.deploy import commands as c
from cockpit.deploy.approvals.second_person import same_person
from cockpit.engine.ipc.client import EngineGone
from cockpit.errors import EXPECTED, REFUSED, USAGE, CockpitError, refused, said
from cockpit.launch import show, why_not_this_face
from cockpit.text.sentences import fragment
from cockpit.text.times import parse_time

if TYPE_CHECKING:
    from cockpit.opening.deploy import Opened
    from cockpit.runbook.review.model import Record


def start_run(
    runbook: str | None,
    *,
    environment: str | None = None,
    ref: str | None = None,
    at: str | None = None,
    emergency: bool = False,
    approved_by: str | None = None,
    reason: str | None = None,
    unlock: str | None = None,
    headless: bool = False,
    yes: bool = False,
    ascii_only: bool = False,
    person: str | None = None,
    without_team_lock: str | None = None,
    wait: bool = False,
    linear: bool = False,
    dry_run: bool = False,
    values: Sequence[str] = (),
    accept_reading: bool = False,
) -> int:
    """`cockpit run`."""
    if without_team_lock is not None and not without_team_lock.strip():
        return said("--without-team-lock requires a reason", USAGE)
    if dry_run and unlock is not None:
        return said("--unlock and --dry-run are mutually exclusive; a dry run needs no unlocking", USAGE)
    if emergency and not ((approved_by or "").strip() and (reason or "").strip()):
        return said("--emergency requires --approved-by NAME and --reason TEXT", USAGE)
    wrong = why_not_this_face(headless=headless, linear=linear, yes=yes)
    if wrong:
        return said(wrong, USAGE)
    try:
        given = dict(pair(value) for value in values)
        now = time.time()
        # What reads runbooks and settings takes 250 ms: who only comes back does not pay.
        from cockpit.opening.deploy import open_plan

        open_now = partial(
            open_plan,
            runbook,
            environment=environment,
            ref=ref,
            planned_at=parse_time(at, now) if at else now,
            emergency=emergency,
            approved_by=approved_by or "",
            emergency_reason=reason or "",
            unlock=bool((unlock or "").strip()),
            dry_run=dry_run,
        )
        opened = open_now()
        by = who(opened.layout.root, person)
        if emergency and same_person(approved_by or "", by):
            return said(f"--approved-by {approved_by}: must be someone other than {by}", USAGE)
        if opened.refusal:
            return said(opened.refusal, REFUSED)
        if unread := _unread(opened):
            # Nothing of a dry run wants the values.
            if not dry_run:
                return said(f"nothing was opened: {unread}", USAGE)
            said(unread, 0)
        if opened.unreviewed:
            from cockpit.cli.review import reading_before

            ask = partial(reading_before, by=by, headless=headless, linear=linear, ascii_only=ascii_only)
            opened = open_now(accepted_by=by) if accept_reading else _reviewed(opened, open_now, ask)
        if headless and yes and not dry_run and (missing := _missing(opened, given)):
            return said(
                f"unattended run without {_these(missing)}, nothing was opened:\n  " + "\n  ".join(missing), USAGE
            )
        for warning in opened.warnings:
            said(warning, 0)
        if unlock:
            _unlock(opened, unlock, by)
        if moved := opened.layout.make():
            said(moved, 0)
        opening = open_deploy(
            opened, by, now, without_team_lock=without_team_lock or "", wait=_say_once() if wait else None
        )
        session = asyncio.run(opening)
        asyncio.run(_give(session, given))
    except EXPECTED as error:
        return refused(error)
    return show(session, headless=headless, yes=yes, ascii_only=ascii_only, linear=linear)


def _reviewed(opened: "Opened", open_now: "Callable[..., Opened]", ask: "Callable[[Opened], Record]") -> "Opened":
    """The deploy as it is once every script was looked at. Raises CockpitError where that was not done."""
    while opened.unreviewed:
        # Once, unless the runbook is written meanwhile.
        opened = open_now(record=ask(opened))
    return opened


def _unread(opened: "Opened") -> str:
    from cockpit.engine.config.env_files import why_unread

    return why_unread(opened.layout.root / opened.settings.env_file) if opened.settings.env_file else ""


def _missing(opened: "Opened", given: dict[str, str]) -> list[str]:
    from cockpit.engine.config.environment import inherited, resolve
    from cockpit.engine.effects.runs import GIVEN
    from cockpit.planning.needs import missing_values

    environment = resolve(opened.settings, opened.layout.root, inherited())
    return missing_values(opened.plan, given, {*environment.values, *(f"COCKPIT_{name}" for name in GIVEN)})


def _these(missing: Sequence[str]) -> str:
    return "this value" if len(missing) == 1 else f"these {len(missing)} values"


def _unlock(opened: "Opened", reason: str, by: str) -> None:
    """Take back what an earlier rollback has locked, the team's lock first. Raises CockpitError."""
    from cockpit.client.session import unlock_after

    if opened.settings.team is not None:
        unlock_for_team(opened.layout, opened.plan.environment, reason, by)
    if opened.locked_by:
        unlock_after(opened.layout, opened.locked_by, reason, by)


async def _give(session: Session, values: dict[str, str]) -> None:
    """What fills the runbook's placeholders from the start. Raises CockpitError: the deploy is open, and waits."""
    try:
        for name, value in values.items():
            refusal = await session.ask(c.GiveValue(name=name, value=value))
            if refusal is not None:
                raise CockpitError(
                    f"--set {name}: {fragment(refusal.in_commands)}. The deploy is open: cockpit attach", REFUSED
                )
    except EngineGone as error:
        raise CockpitError(f"engine stopped: {error}. Reattach with `cockpit attach`") from error


def _say_once() -> Callable[[str], None]:
    """Says what one waits for when it is another thing than before; how long ago something was, is no news."""
    before: list[str] = []

    def say(words: str) -> None:
        holder = words.partition(" for ")[0]
        if holder not in before:
            before[:] = [holder]
            said(f"waiting: {words}", 0)

    return say


def pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--set {text}: use NAME=VALUE")
    return name.strip().lower().replace("_", "-").replace(" ", "-"), value
