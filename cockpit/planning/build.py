"""Runbook + settings -> Plan. Authority: settings over annotation over inference; what was inferred is said. Pure."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from cockpit.checks.registry import is_known
from cockpit.deploy.builtin_checks import is_live
from cockpit.deploy.plan import (
    Destination,
    Phase,
    Plan,
    RollbackOption,
    Script,
    Task,
)
from cockpit.planning.abbreviated import abbreviated
from cockpit.planning.added import added_after, added_before
from cockpit.planning.arming import arm_task
from cockpit.planning.forward import Choices, StepTasks, aside_tasks, at_hand, is_offered_step, is_required_step
from cockpit.planning.inference import inferred_check
from cockpit.planning.options import default_option, options, restore_option, undo_option
from cockpit.planning.phases import PhaseFinder
from cockpit.planning.presets import gates_of, metric_rules
from cockpit.runbook.model import Annotations, Item, Runbook, Section, Step
from cockpit.runbook.shell import read_script
from cockpit.settings.load import Settings
from cockpit.settings.tables import TaskSettings

_MIGRATES = re.compile(r"\bmigrat|\bdb push\b|\balembic upgrade\b|\bflyway\b|\bliquibase\b|\bprisma db\b", re.I)


def make_plan(
    runbook: Runbook, settings: Settings, *, stated: Mapping[str, tuple[int, str]] | None = None, **identity: object
) -> Plan:
    """The plan of a deploy. `identity`: root, runbook_path, runbook_text, ref, commit, planned_at, ... of `Plan`.
    `stated`: by metric, the line and the words of what was added to the settings out of the runbook's prose."""
    stated = stated or {}
    chains = _chains(runbook)
    choices = Choices(runbook, settings)
    finder = PhaseFinder(runbook, chains, lambda step: _is_taken(step, settings, choices))
    rules = tuple(replace(rule, line=stated.get(rule.name, (0,))[0]) for rule in metric_rules(settings))
    measured = {rule.name for rule in rules}
    tasks: list[Task] = []
    for section in runbook.sections:
        if not section.notes.ignore and not section.notes.reference:
            tasks += _section_tasks(section, chains[section.id], settings, finder, measured, choices)
            if section.tells_steps:
                chain = chains[section.id]
                tasks += [_item_task(one, chain, finder.of_item(section, one), settings, ()) for one in section.offered]
    prose = () if tasks else tuple(_numbered_lines(runbook, chains, settings, finder))
    tasks += prose
    if tasks:
        tasks = [*added_before(rules, tasks), *tasks, *added_after(rules)]
    whole = ""
    if identity.get("emergency"):
        tasks, passed, whole = abbreviated(tasks)
        identity["bypassed"] = (*identity.get("bypassed", ()), *passed)  # type: ignore[misc]
    arms, why = arm_task(settings, tasks)

    def tasks_of(section: Section, step: Step) -> list[Task]:
        return _step_tasks(step, section, chains[section.id], "deploy", settings)

    drawer = tuple(_drawer(runbook, settings, tasks, tasks_of))
    taken = _ids(tasks, drawer)
    return Plan(
        title=runbook.title or "Deploy",
        tasks=tuple(task for task in tasks if not _settings_of(settings, task.id).ignore),
        rollback=drawer,
        at_hand=tuple(at_hand(runbook, taken, chains)),
        aside=tuple(aside_tasks(runbook, settings, taken, tasks_of)),
        templates=runbook.templates,
        metrics=rules,
        watch_seconds=settings.watch * (2 if identity.get("emergency") else 1),
        automatic=settings.rollback.automatic and any(rule.judged for rule in rules),
        countdown_seconds=settings.rollback.countdown,
        arm_task=arms,
        arm_reason=why,
        reasons=tuple(settings.rollback.reasons),
        default_option=default_option(settings, drawer),
        baseline_seconds=settings.baseline,
        gates=gates_of(settings),
        destinations=tuple(
            Destination(name=name, type=one.type, kinds=tuple(one.kinds), where=one.where(), on=one.hears())
            for name, one in settings.notices.items()
        ),
        environment=settings.environment,
        auto_checks=settings.checks == "auto",
        report_dir=settings.report.directory,
        whole_list=whole,
        stated=tuple(f"line {line}: {words}" for line, words in stated.values()),
        inferred=(
            *(
                [f"nothing can be ticked or run here: the {len(prose)} numbered lines are the checklist"]
                if prose
                else ()
            ),
            *(f"line {one.line}: {one.what}" for one in runbook.inferred),
            *(f'line {task.line}: "{task.title}" is answered by {task.builtin}' for task in tasks if task.inferred),
        ),
        settings=settings.model_dump(mode="json", by_alias=True, exclude={"environments"}, exclude_none=True),
        **identity,  # type: ignore[arg-type]
    )


def _numbered_lines(
    runbook: Runbook, chains: dict[str, Sequence[Section]], settings: Settings, finder: PhaseFinder
) -> Iterator[Task]:
    """Of a runbook that is all prose: what it numbers is asked, and nothing runs. Ways back are left out, unless the
    runbook speaks of nothing else."""
    sections = [one for one in runbook.sections if one.offered and not one.notes.ignore and not one.notes.reference]
    forward = [one for one in sections if one.kind != "rollback"] or sections
    for section in forward:
        for item in section.offered:
            yield _item_task(item, chains[section.id], finder.of_item(section, item), settings, ())


def _chains(runbook: Runbook) -> dict[str, Sequence[Section]]:
    """Per section: its ancestors from the chapter down to itself; a lone H1 is the title, not a chapter."""
    by_id = {section.id: section for section in runbook.sections}
    chains: dict[str, Sequence[Section]] = {}
    for section in runbook.sections:
        chain = [section]
        while chain[0].parent is not None and chain[0].parent in by_id:
            chain.insert(0, by_id[chain[0].parent])
        if len(chain) > 1 and chain[0].title == runbook.title:
            chain = chain[1:]
        chains[section.id] = chain
    return chains


def _settings_of(settings: Settings, task_id: str) -> TaskSettings:
    return settings.tasks.get(task_id) or TaskSettings()


def _section_tasks(
    section: Section,
    chain: Sequence[Section],
    settings: Settings,
    finder: PhaseFinder,
    metrics: Collection[str],
    choices: Choices,
) -> Iterator[Task]:
    """Items, scripts and sign-offs of a section, in the order of the file."""
    found: list[Task] = []
    # A script inside an item belongs to it: the item is done where the script is run.
    inside: dict[str | None, Phase] = {}
    asked: set[str] = set()
    for step in section.steps:
        required = is_required_step(step, settings, choices)
        if not (required or is_offered_step(step, choices)):
            if step.role == "content" and section.kind != "rollback":
                found += _step_tasks(step, section, chain, finder.of_step(section, step), settings, runs=False)
            continue
        phase = _settings_of(settings, step.id).phase or finder.of_step(section, step)
        inside.setdefault(step.item, phase)
        if not required and step.role == "alternative" and step.choice not in asked:
            asked.add(step.choice)
            found += _choice(step, choices, chain, phase)
        found += _step_tasks(step, section, chain, phase, settings, required=required)
    after: dict[str, int] = {}
    for item in section.items if section.kind != "rollback" else ():
        phase = _settings_of(settings, item.id).phase or inside.get(item.id) or finder.of_item(section, item)
        found += _item_tasks(item, chain, phase, settings, metrics)
        if item.id not in inside:
            after[item.id] = finder.stands_behind(section, item)
    # A chapter's tasks move to later phases by line, never before an earlier line of the same phase.
    yield from sorted(found, key=lambda task: _place(task, after))


def _place(task: Task, after: dict[str, int]) -> tuple[int, bool, int]:
    """By line; what comes after a script that stands below it comes directly behind that."""
    behind = after.get(task.id, after.get(task.parent or "", task.line))
    return (behind, behind != task.line, task.line)


def _is_taken(step: Step, settings: Settings, choices: Choices) -> bool:
    return is_required_step(step, settings, choices) or is_offered_step(step, choices)


def _ids(tasks: Sequence[Task], drawer: Sequence[RollbackOption]) -> list[str]:
    return [task.id for task in (*tasks, *(task for option in drawer for task in option.tasks))]


def _choice(step: Step, choices: Choices, chain: Sequence[Section], phase: Phase) -> Iterator[Task]:
    """The question which variant is taken, where the text names none as the usual one. Once per group."""
    steps = choices.open[step.choice]
    if step.id != steps[0].id:
        return
    ways = list(dict.fromkeys(one.alternative for one in steps))
    yield Task(
        id=f"{steps[0].id}.choice", kind="manual", title=f"One of these has run: {', '.join(ways)}", line=step.line,
        phase=phase, section=chain[0].title, group=chain[-1].title, choice=step.choice,
    )  # fmt: skip


def _item_tasks(
    item: Item, chain: Sequence[Section], phase: Phase, settings: Settings, metrics: Collection[str]
) -> Iterator[Task]:
    """The item, and the script that it offers: a command at its end that is not known to only look."""
    task = _item_task(item, chain, phase, settings, metrics)
    yield task
    if item.offers and task.script is None:
        yield Task(
            id=f"{item.id}.script", kind="script", title=item.offers, line=item.line, phase=phase, section=task.section,
            group=task.group, depth=item.nested + 1, parent=item.id, required=False,
            script=_check_script(item.offers, item, _settings_of(settings, item.id)),
        )  # fmt: skip


def _item_task(
    item: Item, chain: Sequence[Section], phase: Phase, settings: Settings, metrics: Collection[str]
) -> Task:
    over = _settings_of(settings, item.id)
    check = over.check or item.notes.check or item.check
    guessed = ""
    if not check and settings.infer:
        guessed = inferred_check(item.text, phase, metrics, has_health="health" in metrics)
        check = guessed
    outside = bool(guessed and is_known(guessed)) or (
        bool(check) and (over.check is not None or item.check_builtin) and is_known(str(check))
    )
    builtin = check if check and (is_live(check) or outside) else ""
    script = None
    if check and not builtin and (over.check or not item.check_builtin):
        script = _check_script(check, item, over)
    return Task(
        id=item.id,
        kind="check" if builtin or script else "manual",
        title=_without_command(item.text) if script else item.text,
        line=item.line,
        phase=phase,
        section=chain[0].title,
        group=item.group or chain[-1].title,
        depth=item.nested,
        parent=item.parent,
        required=over.required if over.required is not None else not item.notes.optional,
        critical=_is_critical(over, item.notes, chain),
        offset_seconds=item.offset_seconds,
        script=script,
        builtin=builtin,
        outside=outside,
        inferred=bool(guessed),
        owner=item.notes.owner or "",
        reference=item.reference or "",
    )


def _is_critical(over: TaskSettings, notes: Annotations, chain: Sequence[Section]) -> bool:
    """Marked by itself, or by a section above it."""
    if over.critical is not None:
        return over.critical
    return notes.critical or any(section.notes.critical for section in chain)


def _without_command(text: str) -> str:
    """`No failing tests`, of ``No failing tests (`npm test`)``: the command is shown as the item's script."""
    return re.sub(r"\s*\(`[^`]*`\)\s*$", "", text) or text


def _check_script(command: str, item: Item, over: TaskSettings) -> Script:
    read = read_script(command, item.line)
    return Script(
        body=command,
        body_line=item.line,
        commands=read.commands,
        placeholders=read.placeholders,
        variables=read.variables,
        timeout_seconds=over.timeout or item.notes.timeout_seconds,
        cwd=over.cwd or item.notes.cwd,
        carries_state=False,
    )


def _step_tasks(
    step: Step,
    section: Section,
    chain: Sequence[Section],
    phase: Phase,
    settings: Settings,
    *,
    runs: bool = True,
    required: bool = True,
) -> list[Task]:
    """The script with its sign-offs; without `runs` only those."""
    over = _settings_of(settings, step.id)
    item = next((item for item in section.items if item.id == step.item), None)
    group = step.group if item is None else item.group
    common = {"phase": phase, "section": chain[0].title, "group": group or chain[-1].title}
    required = over.required if over.required is not None else required and not step.notes.optional
    tasks: list[Task] = []
    if runs:
        tasks.append(
            Task(
                id=step.id,
                kind="script",
                title=step.title if item is None or step.title != item.text else _what_runs(step),
                line=step.line,
                depth=1 + item.nested if item is not None else 0,
                parent=step.item,
                required=required,
                critical=_is_critical(over, step.notes, chain),
                offset_seconds=step.offset_seconds,
                script=_script(step, over),
                owner=step.notes.owner or "",
                rollback=over.rollback or step.notes.rollback or "",
                no_return=step.notes.no_return if over.no_return is None else over.no_return,
                second_person=_needs_second(over, step, section),
                start=over.start or _noted(step, section, "start") or "person",
                alternative=step.alternative,
                choice=step.choice if step.role == "alternative" and not required else "",
                **common,  # type: ignore[arg-type]
            )
        )
    tasks += [
        Task(
            id=sign_off.id,
            kind="manual",
            title=sign_off.text,
            line=sign_off.line,
            depth=(1 if runs else 0) + (1 + item.nested if item is not None else 0),
            parent=step.id if runs else None,
            required=required,
            **common,  # type: ignore[arg-type]
        )
        for sign_off in step.sign_offs
    ]
    return tasks


def _what_runs(step: Step) -> str:
    """The first command's name: the item above has said the rest."""
    first = next(iter(step.commands), None)
    return step.title if first is None else first.label or first.text.split("\n")[0]


def _needs_second(over: TaskSettings, step: Step, section: Section) -> bool:
    """Never a way back: that waits for nobody."""
    if section.kind == "rollback":
        return False
    return over.second_person if over.second_person is not None else _noted(step, section, "confirm_by") == "second"


def _noted(step: Step, section: Section, name: str) -> Any:
    """What the fence says of this, or else its item, or its section; None where none of them does."""
    item = next((item for item in section.items if item.id == step.item), None)
    sources = (step.notes, item.notes if item is not None else None, section.notes)
    return next((said for notes in sources if notes is not None and (said := getattr(notes, name)) is not None), None)


def _script(step: Step, over: TaskSettings) -> Script:
    notes = step.notes
    migrates = _MIGRATES.search(f"{step.title}\n{step.body}") is not None
    interactive = over.interactive if over.interactive is not None else step.interactive
    return Script(
        body=step.body,
        body_line=step.body_line,
        commands=step.commands,
        placeholders=step.placeholders,
        variables=step.variables,
        interactive=interactive,
        confirm=over.confirm if over.confirm is not None else bool(notes.confirm),
        timeout_seconds=over.timeout or notes.timeout_seconds,
        ok_statuses=notes.ok_statuses,
        cwd=over.cwd or notes.cwd,
        interpreter=notes.interpreter or "bash",
        blocked=step.reason if step.is_broken else "",
        digest=step.digest,
        migrates=migrates,
        interrupt=over.interrupt or notes.interrupt or ("wait" if migrates else "stop"),
    )


def _drawer(
    runbook: Runbook, settings: Settings, forward: Sequence[Task], tasks_of: StepTasks
) -> Iterator[RollbackOption]:
    yield from options(runbook, settings, tasks_of)
    undo = undo_option(forward, runbook, tasks_of)
    yield from (one for one in (undo, restore_option(settings)) if one is not None)
