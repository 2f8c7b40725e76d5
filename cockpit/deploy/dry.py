"""A dry run is a deploy whose plan says that nothing of it is executed. Pure.

The plan travels in the first event, so everybody who reads the record knows: the engine, which runs nothing; the
screen, the log and the history, which say so. Its environment has a name of its own (`production/dry-run`): with it go
the lock, the list of deploys, the usual times and the figures, so that none of them can take it for a deploy.
"""

from msgspec.structs import replace

from cockpit.deploy.plan import Plan, RollbackOption, Script, Task

WOULD_RUN = "would run; not executed"
NOT_ASKED = "checks are not run in a dry run"
REPORTS = "dry-runs"
"""Below the record's folder: a report in the work tree would fail the check that it is clean."""
"""Instead of the reports, which are committed."""
_MARK = "/dry-run"
_OUTSIDE = ("team", "sources", "metrics", "gates", "notices", "flags", "database")
"""Tables of the settings that lead out of this machine."""


def dry_run_of(plan: Plan) -> Plan:
    """The same tasks to walk through. Nothing is measured, sent, locked for others or refused by the calendar; checks
    are waived from the beginning, each with what would have been asked."""
    return replace(
        plan,
        dry_run=True,
        title=f"DRY RUN: {plan.title}",
        environment=f"{plan.environment}{_MARK}",
        tasks=tuple(_walked(task) for task in plan.tasks),
        rollback=tuple(_way_back(option) for option in plan.rollback),
        aside=tuple(_walked(task) for task in plan.aside),
        waived={task.id: f"{NOT_ASKED}: {_question(task)}" for task in plan.tasks if task.kind == "check"},
        metrics=(),
        gates=(),
        destinations=(),
        automatic=False,
        auto_checks=False,
        arm_task="",
        watch_seconds=0.0,
        window_enforced=False,
        report_dir=REPORTS,
        settings={name: value for name, value in plan.settings.items() if name not in _OUTSIDE},
    )


def words_of(outcome: str, reason: str) -> str:
    """What the end of a script that was only read means."""
    if outcome == "succeeded":
        return WOULD_RUN
    return "bash cannot parse it; the deploy would fail here" if outcome == "failed" else reason


def is_dry_run(key: str) -> bool:
    """True for the environment's name, as the list of deploys has it, of a dry run."""
    return key.endswith(_MARK)


def _way_back(option: RollbackOption) -> RollbackOption:
    return replace(option, tasks=tuple(_walked(task) for task in option.tasks))


def _walked(task: Task) -> Task:
    """Alone, at once and without a terminal; a check is a line that can be ticked."""
    if task.kind == "check":
        return replace(task, kind="manual", script=None, builtin="", outside=False, inferred=False)
    script = None if task.script is None else _read_only(task.script)
    return replace(task, script=script, second_person=False, start="person")


def _read_only(script: Script) -> Script:
    return replace(script, interactive=False, ok_statuses=(0,), interrupt="stop", timeout_seconds=None)


def _question(task: Task) -> str:
    return task.script.body.strip() if task.script is not None else task.builtin
