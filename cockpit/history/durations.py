"""How long each step usually takes here: the median over the last deploys that ran the same script.

Read with every opening, so only what is needed: ten deploys of an hour (4,000 events, 4 MB each) take 20 ms.
"""

import contextlib
from collections.abc import Iterator
from statistics import median

from msgspec.structs import replace

from cockpit.deploy.plan import Plan, Script, Usual
from cockpit.history.projection import Fact, SlimPlan, SlimScript, facts, plan_of
from cockpit.journal.chain import Row
from cockpit.journal.sqlite import DeployRow, Journal, JournalError
from cockpit.paths import Layout
from cockpit.runbook.placeholders import CannotFill, fill_placeholders

DEPLOYS = 10
"""So many of the last deploys count."""
LOOKED_AT = 200
"""So many deploys are looked at for them: another runbook's do not count."""
KINDS = ("ValueGiven", "RollbackRequested", "StepStarted", "StepFinished", "PhaseEntered")


def with_usual(plan: Plan, layout: Layout) -> Plan:
    """The plan with the usual times of its steps. A journal that cannot be read gives none, and refuses nothing."""
    if not layout.journal.exists():
        return plan
    taken: dict[str, list[float]] = {}
    whole: list[float] = []
    with contextlib.suppress(JournalError):
        journal = Journal(layout.journal, read_only=True)
        try:
            for row, opened in _earlier(journal, plan):
                told = list(facts(journal.read_kinds(row.id, KINDS)))
                for task_id, seconds in _times(plan, opened, told).items():
                    taken.setdefault(task_id, []).append(seconds)
                entered = _entered(told)
                if entered and row.closed_at is not None and row.outcome == "succeeded":
                    whole.append(max(0.0, row.closed_at - entered))
        finally:
            journal.close()
    usual = {task_id: Usual(median(seconds), len(seconds)) for task_id, seconds in taken.items()}
    return replace(plan, usual=usual, usual_whole=Usual(median(whole), len(whole)) if whole else None)


def _earlier(journal: Journal, plan: Plan) -> Iterator[tuple[DeployRow, SlimPlan]]:
    """The last deploys of this runbook in this environment, the newest first."""
    found = 0
    for row in journal.deploys()[:LOOKED_AT]:
        if row.environment != plan.environment:
            continue
        with contextlib.suppress(ValueError):
            for first in journal.read_kinds(row.id, ("DeployOpened",))[:1]:
                opened = plan_of(first)
                if opened.title == plan.title:
                    found += 1
                    yield row, opened
        if found == DEPLOYS:
            return


def _entered(told: list[tuple[Row, Fact]]) -> float:
    """When the deploy phase was entered, Unix time; 0 where it was not."""
    return next((row.at for row, fact in told if row.kind == "PhaseEntered" and fact.phase == "deploy"), 0.0)


def _times(plan: Plan, opened: SlimPlan, told: list[tuple[Row, Fact]]) -> dict[str, float]:
    """Seconds of the last success per task whose script is the same then and now, from its top and unedited."""
    then = {task.id: task.script for task in opened.every_task() if task.script is not None}
    same = {
        task.id: then[task.id]
        for task in plan.every_task()
        if task.script is not None and task.id in then and _key(task.script) == _key(then[task.id])
    }
    values: dict[str, str] = {}
    plain: dict[str, int] = {}
    found: dict[str, float] = {}
    for row, fact in told:
        kind = row.kind
        if kind == "ValueGiven":
            values[fact.name] = fact.value
        elif kind == "RollbackRequested":
            values |= fact.values
        elif kind == "StepStarted" and fact.task in same:
            whole = not fact.from_line and _is_unedited(same[fact.task], fact.script, values)
            plain[fact.task] = fact.attempt if whole else 0
        elif kind == "StepFinished" and fact.outcome == "succeeded" and plain.get(fact.task) == fact.attempt:
            found[fact.task] = max(0.0, fact.seconds)
    return found


def _key(script: Script | SlimScript) -> str:
    """What makes two scripts the same; a check has no digest of its own."""
    return script.digest or script.body


def _is_unedited(script: SlimScript, ran: str, values: dict[str, str]) -> bool:
    """False where a person changed the script for this attempt."""
    with contextlib.suppress(CannotFill):
        return ran in (script.body, fill_placeholders(script.body, values))
    return False
