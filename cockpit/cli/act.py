"""`cockpit act`: every action of the screen as one command, for scripts and screen readers.

The same flows (`client/flows`), the same commands to the engine, the same refusals; what a flow would ask is given by
options. Whatever wants a confirmation is shown, and done only with `--yes`.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click

from cockpit.cli.run import pair
from cockpit.client.choices import choices
from cockpit.client.flows import FLOWS
from cockpit.client.flows.base import Options
from cockpit.client.identity import who
from cockpit.client.session import Session, resume
from cockpit.client.team import follows
from cockpit.deploy import commands as c
from cockpit.deploy.actions import as_commands
from cockpit.deploy.plan import Task
from cockpit.deploy.recommend import recommend
from cockpit.deploy.rollback.briefing import warnings
from cockpit.deploy.rollback.scripts import scripts_of
from cockpit.deploy.rollback.triggers import objections
from cockpit.deploy.state import State
from cockpit.engine.ipc.client import EngineGone
from cockpit.errors import DONE, EXPECTED, FAILED, REFUSED, USAGE, CockpitError, refused, said
from cockpit.history.reading import state_of
from cockpit.paths import Layout, find_root
from cockpit.runbook.model import Placeholder
from cockpit.runbook.placeholders import fill_placeholders
from cockpit.settings.keymap import BY_ID
from cockpit.text.sanitize import visible
from cockpit.text.sentences import fragment
from cockpit.text.times import parse_time

OF_TASKS = frozenset({"run", "retry", "tick", "skip", "waive", "fail", "accept", "confirm", "at-hand"})
"""Actions that are about one step or item: it is named, so that nothing is done to another one than was meant."""


@dataclass(frozen=True)
class Answers:
    """What a person would be asked, as options."""

    reason: str = ""
    choice: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    yes: bool = False
    option: int = 1
    confirm: str = ""
    despite: bool = False
    to: str = ""
    at: str = ""


def run_act(action: str | None, step: str | None, deploy: str | None, person: str | None, **given: object) -> int:
    """Exit status: 0 done, 1 failed, 2 usage, 4 refused or not confirmed."""
    try:
        layout = Layout(find_root(Path.cwd()))
        session = resume(layout, deploy, who(layout.root, person))
        state = state_of(layout, session.deploy_id)
        if action is None:
            return _list(state)
        if action not in FLOWS:
            raise CockpitError(f"no action {action!r}. List them with `cockpit act`", USAGE)
        values = dict(pair(one) for one in given.pop("values"))  # type: ignore[attr-defined]
        desk = Desk(session, state, Answers(values=values, **given))  # type: ignore[arg-type]
        return asyncio.run(_act(desk, action, step))
    except EXPECTED as error:
        return refused(error)
    except EngineGone as error:
        return said(f"engine stopped: {error}. Check the result with `cockpit status`", FAILED)


async def _act(desk: "Desk", action: str, step: str | None) -> int:
    task = _task(desk.state, step)
    if action in OF_TASKS and task is None and desk.state.rollout is None:
        following = recommend(desk.state, desk.now)
        example = f"; next: {following.task}" if following.task else ""
        raise CockpitError(
            f"cockpit act {action} STEP: give the step or item{example}. List them with `cockpit act`", USAGE
        )
    done = await FLOWS[action](desk, task)
    if done:
        said(f"{BY_ID[action].word}: done", 0)
    return DONE if done else REFUSED


def _task(state: State, step: str | None) -> Task | None:
    """By its id. Raises CockpitError."""
    if step is None or state.plan is None:
        return None
    task = state.plan.task(step)
    if task is None:
        raise CockpitError(f"no step or item with the ID {step!r}. List them with `cockpit act`", USAGE)
    return task


def _list(state: State) -> int:
    """What comes next, the steps and items of the phase, and every action."""
    following = recommend(state, time.time())
    click.echo(f"next: {following.in_commands}")
    for task in state.plan.in_phase(state.phase) if state.plan is not None else ():
        click.echo(f"  {task.id:<32} {state.of(task.id).status:<8} {visible(task.title)}")
    for task in state.plan.aside if state.plan is not None else ():
        click.echo(f"  {task.id:<32} {state.of(task.id).status:<8} {visible(task.title)} ({task.role}, at hand)")
    click.echo("actions:")
    for name in FLOWS:
        click.echo(f"  {name + (' STEP' if name in OF_TASKS else ''):<16} {BY_ID[name].tooltip}")
    return DONE


class Desk:
    """A deploy as its journal has it; every command goes to its engine."""

    def __init__(self, session: Session, state: State, answers: Answers) -> None:
        self._session = session
        self._answers = answers
        self.state = state
        self.prompt = OptionPrompt(self, answers)

    @property
    def now(self) -> float:
        return time.time()

    @property
    def me(self) -> str:
        return self._session.by

    @property
    def owner(self) -> tuple[str, float] | None:
        if not follows(self._session.layout, self._session.deploy_id):
            return None
        team = self.state.team
        return (team.host if team is not None else "another machine", 0.0)

    @property
    def root(self) -> Path:
        return self._session.layout.root

    async def ask(self, command: c.Command) -> c.Refusal | None:
        refusal = await self._session.ask(command)
        if refusal is not None:
            self.refuse(refusal.reason)
        self.state = state_of(self._session.layout, self._session.deploy_id)
        return refusal

    async def begin(self, command: c.Command) -> None:
        """Nobody types a reason here while a countdown goes on: it comes with the command."""

    def refuse(self, reason: str) -> None:
        said(fragment(as_commands(reason)), REFUSED)

    def choices(self, hole: Placeholder) -> Options:
        return choices(self.root, self.state.plan, hole)

    def opened(self, task: Task) -> None:
        """Its output is in the log: `cockpit attach` shows it."""


class OptionPrompt:
    """Answers come from options; what was not given is named."""

    def __init__(self, desk: Desk, answers: Answers) -> None:
        self._desk = desk
        self._answers = answers

    async def ask(self, title: str, question: str, *, placeholder: str = "reason", choices: Options = ()) -> str:
        if title == "Value":
            if placeholder in self._answers.values:
                return self._answers.values[placeholder]
            known = "".join(f"\n  {value}  {visible(label)}" for value, label in choices)
            raise CockpitError(f"{question} Pass --set {placeholder}=VALUE{known}", USAGE)
        given = self._answers.to if placeholder == "name" else self._answers.reason
        if not given.strip():
            option = "--to NAME" if placeholder == "name" else "--reason TEXT"
            raise CockpitError(f"missing {option}: {as_commands(question)}", USAGE)
        return given.strip()

    async def choose(self, title: str, question: str, options: Options, *, careful: bool = False) -> str:
        answers = {answer: label for answer, label in options if answer}
        chosen = self._answers.choice or (next(iter(answers)) if careful and len(answers) == 1 else "")
        if chosen not in answers:
            listed = "".join(f"\n  {answer}  {label}" for answer, label in answers.items())
            raise CockpitError(f"{as_commands(question)} Choose one with --choose NAME:{listed}", USAGE)
        if careful and not self._answers.yes:
            click.echo(as_commands(question))
            raise CockpitError(f'nothing was done. To confirm "{answers[chosen]}", add --yes', REFUSED)
        return chosen

    async def rollback(self) -> c.StartRollback | None:
        plan, answers = self._desk.state.plan, self._answers
        assert plan is not None
        if not 1 <= answers.option <= len(plan.rollback):
            raise CockpitError(f"--option {answers.option}: known: {len(plan.rollback)}", USAGE)
        option = plan.rollback[answers.option - 1]
        filled = {**self._desk.state.values, **answers.values}
        against = objections(self._desk.state, option, filled)
        if answers.confirm != plan.environment:
            click.echo(f"{option.title}:")
            for warning in (
                *warnings(self._desk.state, option),
                *(f"blocked: {as_commands(one)}" for one in against),
            ):
                click.echo(f"  ! {warning}")
            for task in scripts_of(self._desk.state, option):
                body = task.script.body if task.script is not None else ""
                click.echo(
                    "".join(f"    {visible(line)}\n" for line in fill_placeholders(body, filled).splitlines()), nl=False
                )
            raise CockpitError(f"nothing was done. To roll back, add --confirm {plan.environment}", REFUSED)
        return c.StartRollback(
            option=option.id,
            confirmation=answers.confirm,
            reason=answers.reason or "requested on the command line",
            values=dict(answers.values),
            despite=answers.despite,
        )

    async def time(self, planned_at: float) -> tuple[float, str] | None:
        if not self._answers.at or not self._answers.reason.strip():
            raise CockpitError("give the new T and a reason: --at TIME --reason TEXT", USAGE)
        return parse_time(self._answers.at, time.time()), self._answers.reason.strip()

    async def edit(self, text: str) -> str | None:
        raise CockpitError("scripts can only be edited on the screen: cockpit attach", USAGE)
