"""`cockpit rollback --rehearse`: everything that can be known of the ways back beforehand; nothing is started."""

from collections.abc import Mapping

import click

from cockpit.deploy.plan import Plan, RollbackOption
from cockpit.deploy.rollback.safety import safety
from cockpit.deploy.rollback.scripts import scripts_of, values_of
from cockpit.deploy.rollback.targets import Finding
from cockpit.deploy.state import State
from cockpit.engine.config.environment import inherited, resolve, settings_from
from cockpit.engine.effects.rollback_targets import look
from cockpit.errors import DONE, FAILED
from cockpit.paths import Layout
from cockpit.text.sanitize import one_line

_MARKS = {"pass": "ok", "fail": "NO", "unknown": "? "}


def rehearse(plan: Plan, state: State, layout: Layout, given: Mapping[str, str], only: RollbackOption | None) -> int:
    """Print what is known of every option (or of the one). Exit status 0: one of them would work, as far as can be
    known; 1: none."""
    environment = resolve(settings_from(plan), layout.root, inherited())
    for problem in (*environment.problems, *environment.warnings):
        click.echo(f"cockpit: {problem}", err=True)
    works = False
    for number, option in enumerate(plan.rollback, 1):
        if only is not None and option.id != only.id:
            continue
        values = values_of(option, {**state.values, **given})
        findings = look(plan, option, values, environment.values)
        works = _show(number, option, state, findings) or works
    verdict = safety(state)
    click.echo(f"rollback now: {verdict.words()}" if state.phases else "nothing has been deployed yet")
    click.echo("nothing was run.")
    return DONE if works else FAILED


def _show(number: int, option: RollbackOption, state: State, findings: tuple[Finding, ...]) -> bool:
    """One option; true where nothing that was found stands against it."""
    click.echo(f"{number} {one_line(option.title)} (line {option.line})")
    against = [finding for finding in findings if finding.verdict == "fail"]
    scripts = scripts_of(state, option)
    if option.is_undo and not scripts:
        click.echo("   -  none of the steps it undoes has run yet")
    for finding in findings:
        click.echo(f"  {_MARKS[finding.verdict]}  {one_line(finding.said)}")
    open_ = any(finding.said.endswith("has no value yet") for finding in findings)
    could = "possible, once its values are given (--set NAME=VALUE checks them)" if open_ else "possible"
    click.echo(f"   => {'blocked' if against else could}")
    return not against and bool(option.tasks)
