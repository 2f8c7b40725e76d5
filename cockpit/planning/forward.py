"""Which of a runbook's scripts the deploy takes forward, which are ways back, which are only at hand. Pure."""

from collections.abc import Callable, Collection, Iterator, Sequence

from msgspec.structs import replace

from cockpit.deploy.plan import AT_HAND, AtHand, Task
from cockpit.runbook.model import Role, Runbook, Section, Step
from cockpit.settings.load import Settings


class Choices:
    """The groups of variants of a runbook, and which one of each is taken."""

    def __init__(self, runbook: Runbook, settings: Settings) -> None:
        self._settings = settings
        groups: dict[str, list[Step]] = {}
        for section in runbook.sections:
            for step in section.steps:
                if step.role == "alternative":
                    groups.setdefault(step.choice, []).append(step)
        self.open: dict[str, list[Step]] = {}
        """Groups of which nothing says which variant is taken: a person does."""
        self._taken: dict[str, set[str]] = {}
        for group, steps in groups.items():
            told = {step.alternative for step in steps if _promoted(step, settings)}
            taken = told or {step.alternative for step in steps if step.runs}
            if taken:
                self._taken[group] = taken
            else:
                self.open[group] = steps

    def takes(self, step: Step) -> bool:
        return step.alternative in self._taken.get(step.choice, ())


def _promoted(step: Step, settings: Settings) -> bool:
    told = settings.tasks.get(step.id)
    return bool(told and told.promote) and (step.runnable or step.promotable)


def is_required_step(step: Step, settings: Settings, choices: Choices) -> bool:
    """Taken in the forward order: a step, the variant that was chosen, what the settings promote, a broken script."""
    if step.notes.ignore:
        return False
    if step.role == "broken":
        return step.is_broken and step.otherwise in ("step", "optional", "alternative")
    if step.role == "alternative":
        return choices.takes(step) and (step.fits or _promoted(step, settings))
    return step.runs or _promoted(step, settings)


def is_offered_step(step: Step, choices: Choices) -> bool:
    """In the forward order and never required: what may be left out, and variants among which a person chooses."""
    if step.notes.ignore or not step.fits:
        return False
    return step.role == "optional" or (step.role == "alternative" and step.choice in choices.open)


def is_way_back(section: Section, step: Step, settings: Settings) -> bool:
    """In the rollback drawer."""
    if step.notes.ignore or section.notes.ignore:
        return False
    if step.role == "broken":
        return step.otherwise == "rollback" and step.is_broken
    return step.role == "rollback" and (step.fits or _promoted(step, settings))


StepTasks = Callable[[Section, Step], list[Task]]
ASIDE: tuple[Role, ...] = ("contingency", "setup", "reference")
"""Roles of the scripts that a person can run from where they are at hand."""


def aside_tasks(runbook: Runbook, settings: Settings, taken: Collection[str], tasks_of: StepTasks) -> Iterator[Task]:
    """Those scripts as tasks: run by a person who wants it, after the commands were shown. `taken`: ids of the steps
    that are tasks; `tasks_of`: the tasks of a script, it and its sign-offs."""
    for section in runbook.sections:
        for step in section.steps if not section.notes.ignore else ():
            told = settings.tasks.get(step.id)
            is_aside = step.role in ASIDE and step.id not in taken and step.runnable and step.fits
            if not is_aside or step.notes.ignore or (told is not None and told.ignore):
                continue
            task = tasks_of(section, step)[0]
            assert task.script is not None
            yield replace(
                task, role=step.role, group=AT_HAND, parent=None, depth=0, required=False, critical=False,
                offset_seconds=None, start="person", alternative="", script=replace(task.script, confirm=True),
            )  # fmt: skip


def at_hand(runbook: Runbook, taken: Sequence[str], sections: dict[str, Sequence[Section]]) -> Iterator[AtHand]:
    """The scripts that the deploy does not take, and the lines for other shells: shown, copied, run by hand.

    `taken`: ids of the steps that are tasks. `sections`: per section its ancestors down to itself.
    """
    told = {one.line: one for one in runbook.scripts}
    for section in runbook.sections:
        for step in section.steps:
            fenced = told.get(step.line)
            why = fenced.reasons if fenced is not None else ()
            where = sections[section.id][0].title
            if step.remote:
                opener = step.commands[-1].text if step.commands else step.body.strip()
                yield AtHand(
                    id=f"{step.id}.remote",
                    title=step.title,
                    line=step.body_line + step.body.count("\n"),
                    role="remote",
                    section=where,
                    body=step.remote,
                    beside=step.id,
                    why=f"typed into what `{opener}` opens",
                )
            if step.id in taken or step.notes.ignore or step.role == "content":
                continue
            yield AtHand(
                id=step.id,
                title=step.title,
                line=step.line,
                role=step.role,
                section=where,
                body=step.body,
                why=why[0] if why else "",
                group=step.choice,
                alternative=step.alternative,
                commands=step.commands,
            )
