"""The rollback drawer: one option per alternative of the runbook, and the undo of what was done."""

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from cockpit.deploy.plan import RollbackOption, Script, Task
from cockpit.planning.forward import StepTasks, is_way_back
from cockpit.runbook.model import Runbook, Section, Step
from cockpit.runbook.shell import read_script
from cockpit.settings.load import Settings

UNDO = "undo"
RESTORE = "restore-backup"
_DATABASE = re.compile(r"pg_restore|psql\b[^\n]*<|\brestore\b|mysql\b[^\n]*<|PITR", re.I)


def options(runbook: Runbook, settings: Settings, tasks_of: StepTasks) -> Iterator[RollbackOption]:
    """Per alternative, or else per section, one option with its scripts, in the order of the runbook."""
    for section in runbook.sections:
        groups: dict[str, list[Step]] = {}
        for step in section.steps:
            if is_way_back(section, step, settings):
                own = section.title if section.kind == "rollback" else step.title
                groups.setdefault(step.alternative or own, []).append(step)
        base = section.id if section.kind == "rollback" else f"{section.id}:way-back"
        for number, (title, steps) in enumerate(groups.items(), 1):
            yield RollbackOption(
                id=base if len(groups) == 1 else f"{base}-{number}",
                title=title,
                line=steps[0].line,
                tasks=tuple(task for step in steps for task in tasks_of(section, step)),
                touches_database=any(_DATABASE.search(step.body) for step in steps),
            )


def restore_option(settings: Settings) -> RollbackOption | None:
    """The cockpit's own restore; None where the settings name no database."""
    database = settings.database
    if database is None:
        return None
    path = database.backups.replace("*", "<backup-file>", 1)
    # Whoever takes this way has read that it loses what was written since; a backup that lacks more is refused.
    body = f"cockpit backup restore {path} --dsn {database.dsn} --written-since lose\n"
    read = read_script(body, 0)
    script = Script(
        body=body,
        body_line=0,
        commands=read.commands,
        placeholders=read.placeholders,
        variables=(database.dsn.removeprefix("env:"),),
        interrupt="wait",
        carries_state=False,
    )
    task = Task(
        id=f"{RESTORE}.script",
        kind="script",
        title="Restore a backup into a new database, count, swap",
        line=0,
        phase="deploy",
        section="Cockpit",
        group="Cockpit",
        script=script,
    )
    title = "Restore a backup, keep the current database"
    return RollbackOption(id=RESTORE, title=title, line=0, tasks=(task,), touches_database=True)


def undo_option(forward: Sequence[Task], runbook: Runbook, tasks_of: StepTasks) -> RollbackOption | None:
    """The scripts that the steps' `rollback=` names, the last step's first; None where no step names one.

    Raises ValueError where a name belongs to no fence.
    """
    named: dict[str, tuple[Section, Step]] = {}
    for section in runbook.sections:
        for step in section.steps:
            named[step.id] = (section, step)
            if step.notes.name:
                named[step.notes.name] = (section, step)
    tasks: list[Task] = []
    for task in reversed([task for task in forward if task.rollback]):
        if task.rollback not in named:
            raise ValueError(
                f"line {task.line}: rollback={task.rollback}: no fence has this name; add {{name={task.rollback}}} "
                "to one"
            )
        found = [one for one in tasks_of(*named[task.rollback]) if one.script is not None]
        tasks += [
            replace(one, id=f"{UNDO}.{task.id}", title=f"Undo: {task.title}", undoes=task.id, parent=None, depth=0)
            for one in found[:1]
        ]
    if not tasks:
        return None
    return RollbackOption(
        id=UNDO,
        title="Undo completed steps, newest first",
        line=tasks[0].line,
        tasks=tuple(tasks),
        touches_database=any(one.script is not None and _DATABASE.search(one.script.body) for one in tasks),
        is_undo=True,
    )


def default_option(settings: Settings, found: Sequence[RollbackOption]) -> str:
    """The id of the option that the settings name by number or id; empty where they name none. Raises ValueError."""
    wanted = settings.rollback.option
    if wanted is None:
        return ""
    ids = [option.id for option in found]
    if isinstance(wanted, int) and 1 <= wanted <= len(ids):
        return ids[wanted - 1]
    if wanted in ids:
        return str(wanted)
    raise ValueError(f"rollback.option: no option {wanted!r}; known: {', '.join(ids) or 'none'}")
