"""Runbook + settings -> Plan. Authority: settings over annotation over inference; what was inferred is said. Pure."""

import re
from collections.abc import Iterator, Sequence

from cockpit.deploy.live_checks import is_live
from cockpit.deploy.plan import (
    METRICS_TASK,
    WATCH_TASK,
    Destination,
    MetricRule,
    Phase,
    Plan,
    RollbackOption,
    Script,
    Task,
)
from cockpit.planning.arming import arm_task
from cockpit.planning.phases import PhaseFinder
from cockpit.planning.presets import gates_of, metric_rules
from cockpit.runbook.model import Item, Runbook, Section, Step
from cockpit.runbook.shell import read_script
from cockpit.settings import Settings
from cockpit.settings_tables import TaskSettings

_DATABASE = re.compile(r"pg_restore|psql\b[^\n]*<|\brestore\b|mysql\b[^\n]*<|PITR", re.I)


_MIGRATES = re.compile(r"\bmigrat|\bdb push\b|\balembic upgrade\b|\bflyway\b|\bliquibase\b|\bprisma db\b", re.I)


def make_plan(runbook: Runbook, settings: Settings, **identity: object) -> Plan:
    """The plan of a deploy. `identity`: root, runbook_path, runbook_text, ref, commit, planned_at, ... of `Plan`."""
    chains = _chains(runbook)
    finder = PhaseFinder(runbook, chains)
    tasks: list[Task] = []
    for section in runbook.sections:
        if section.kind != "rollback" and not section.notes.ignore and not section.notes.reference:
            tasks += _section_tasks(section, chains[section.id], settings, finder)
    rules = metric_rules(settings)
    if tasks:
        tasks = [*_added_before(rules, tasks), *tasks, *_added_after(rules)]
    options = tuple(_options(runbook, chains, settings))
    return Plan(
        title=runbook.title or "Deploy",
        tasks=tuple(task for task in tasks if not _settings_of(settings, task.id).ignore),
        rollback=options,
        templates=runbook.templates,
        metrics=rules,
        watch_seconds=settings.watch * (2 if identity.get("emergency") else 1),
        automatic=settings.rollback.automatic and any(rule.judged for rule in rules),
        countdown_seconds=settings.rollback.countdown,
        arm_task=arm_task(settings, tasks),
        default_option=_default_option(settings, options),
        baseline_seconds=settings.baseline,
        gates=gates_of(settings),
        destinations=tuple(
            Destination(name=name, type=one.type, kinds=tuple(one.kinds), where=one.where())
            for name, one in settings.notices.items()
        ),
        environment=settings.environment,
        auto_checks=settings.checks == "auto",
        report_dir=settings.report.directory,
        inferred=tuple(f"line {one.line}: {one.what}" for one in runbook.inferred),
        settings=settings.model_dump(mode="json", by_alias=True, exclude={"environments"}, exclude_none=True),
        **identity,  # type: ignore[arg-type]
    )


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
    section: Section, chain: Sequence[Section], settings: Settings, finder: PhaseFinder
) -> Iterator[Task]:
    """Items, scripts and sign-offs of a section, in the order of the file."""
    found: list[Task] = []
    for item in section.items:
        phase = _settings_of(settings, item.id).phase or finder.of_item(section, item)
        found.append(_item_task(item, chain, phase, settings))
    for step in section.steps:
        phase = _settings_of(settings, step.id).phase or finder.of_step(section, step)
        found += _step_tasks(step, chain, phase, settings)
    # A chapter's tasks move to later phases by line, never before an earlier line of the same phase.
    yield from sorted(found, key=lambda task: task.line)


def _item_task(item: Item, chain: Sequence[Section], phase: Phase, settings: Settings) -> Task:
    over = _settings_of(settings, item.id)
    check = over.check or item.notes.check or item.check
    builtin = check if check and is_live(check) else ""
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
        critical=over.critical if over.critical is not None else item.notes.critical,
        offset_seconds=item.offset_seconds,
        script=script,
        builtin=builtin,
        owner=item.notes.owner or "",
        reference=item.reference or "",
    )


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


def _step_tasks(step: Step, chain: Sequence[Section], phase: Phase, settings: Settings) -> list[Task]:
    over = _settings_of(settings, step.id)
    runs = (step.runnable or (over.promote and step.promotable)) and not step.notes.ignore
    common = {"phase": phase, "section": chain[0].title, "group": step.group or chain[-1].title}
    required = over.required if over.required is not None else not step.notes.optional
    tasks: list[Task] = []
    if runs:
        tasks.append(
            Task(
                id=step.id,
                kind="script",
                title=step.title,
                line=step.line,
                depth=1 if step.item else 0,
                parent=step.item,
                required=required,
                critical=over.critical if over.critical is not None else step.notes.critical,
                offset_seconds=step.offset_seconds,
                script=_script(step, over),
                owner=step.notes.owner or "",
                rollback=step.notes.rollback or "",
                alternative=step.alternative,
                **common,  # type: ignore[arg-type]
            )
        )
    tasks += [
        Task(
            id=sign_off.id,
            kind="manual",
            title=sign_off.text,
            line=sign_off.line,
            depth=1 if runs else 0,
            parent=step.id if runs else None,
            required=required,
            **common,  # type: ignore[arg-type]
        )
        for sign_off in step.sign_offs
    ]
    return tasks


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
        digest=step.digest,
        migrates=migrates,
        interrupt=over.interrupt or notes.interrupt or ("wait" if migrates else "stop"),
    )


def _options(runbook: Runbook, chains: dict[str, Sequence[Section]], settings: Settings) -> Iterator[RollbackOption]:
    """The drawer: per alternative, or else per section, one option with its scripts, in the order of the runbook."""
    for section in runbook.sections:
        if section.kind != "rollback" or section.notes.ignore:
            continue
        groups: dict[str, list[Step]] = {}
        for step in section.steps:
            if step.runnable or (_settings_of(settings, step.id).promote and step.promotable):
                groups.setdefault(step.alternative or section.title, []).append(step)
        for number, (title, steps) in enumerate(groups.items(), 1):
            tasks = [task for step in steps for task in _step_tasks(step, chains[section.id], "deploy", settings)]
            yield RollbackOption(
                id=section.id if len(groups) == 1 else f"{section.id}-{number}",
                title=title,
                line=steps[0].line,
                tasks=tuple(tasks),
                touches_database=any(_DATABASE.search(step.body) for step in steps),
            )


def _default_option(settings: Settings, options: Sequence[RollbackOption]) -> str:
    """The id of the option that the settings name by number or id; empty where they name none. Raises ValueError."""
    wanted = settings.rollback.option
    if wanted is None:
        return ""
    ids = [option.id for option in options]
    if isinstance(wanted, int) and 1 <= wanted <= len(ids):
        return ids[wanted - 1]
    if wanted in ids:
        return str(wanted)
    raise ValueError(f"rollback.option: no option {wanted!r}; there are {', '.join(ids) or 'none'}")


def _added_before(rules: Sequence[MetricRule], tasks: Sequence[Task]) -> list[Task]:
    """The cockpit's own question before the deploy: does every metric answer?"""
    if not rules or any(task.builtin == "metrics" for task in tasks):
        return []
    return [
        Task(
            id=METRICS_TASK,
            kind="check",
            title="Every metric answers, and production is well",
            line=0,
            phase="preflight",
            section="Cockpit",
            group="Cockpit",
            builtin="metrics",
        )
    ]


def _added_after(rules: Sequence[MetricRule]) -> list[Task]:
    if not any(rule.judged for rule in rules):
        return []
    return [
        Task(
            id=WATCH_TASK,
            kind="check",
            title="Metrics stay healthy",
            line=0,
            phase="watch",
            section="Cockpit",
            group="Watch",
            builtin="watch",
        )
    ]
