"""A runbook with the roles that people gave its scripts, in the place of those that were read. Pure but for `check`."""

from collections.abc import Iterator, Mapping

from msgspec import structs

from cockpit.runbook.model import Fenced, Role, Runbook, Section, Step
from cockpit.runbook.review.model import SETTABLE
from cockpit.runbook.review.subjects import OFFERED, section_of
from cockpit.runbook.shell import read_script
from cockpit.runbook.syntax import SyntaxCheck, bash_says

_ACT = ("step", "optional", "alternative", "rollback")
"""Roles that make their section one of the deploy."""


def with_roles(
    runbook: Runbook, roles: Mapping[str, Role], who: Mapping[str, str] | None = None, check: SyntaxCheck = bash_says
) -> Runbook:
    """The runbook as people read it. `roles`: by id of a script, as `review.matching.roles_of` gives them; `who`: by
    id, who has reviewed it. A text that no shell can read is broken, whatever a person calls it."""
    if not roles and not who:
        return runbook
    scripts = tuple(_fenced(one, roles, who or {}) for one in runbook.scripts)
    blocks: dict[str, list[Fenced]] = {}
    for one in runbook.scripts:
        if ":block-" in one.id and roles.get(one.id, "content") not in ("content", "remote"):
            blocks.setdefault(section_of(one), []).append(one)
    sections = [_section(section, roles, blocks.get(section.id, []), check) for section in runbook.sections]
    return structs.replace(runbook, scripts=scripts, sections=tuple(_acting(sections)))


def _fenced(one: Fenced, roles: Mapping[str, Role], who: Mapping[str, str]) -> Fenced:
    role = roles.get(one.id, one.role)
    runs = one.runs if role == one.role else role == "step"
    return structs.replace(one, role=role, runs=runs, reviewed=who.get(one.id, one.reviewed))


def _section(section: Section, roles: Mapping[str, Role], blocks: list[Fenced], check: SyntaxCheck) -> Section:
    steps = [_step(step, roles.get(step.id, step.role), check) for step in section.steps]
    steps += [_of_block(one, section, roles[one.id], check) for one in blocks]
    items = tuple(
        structs.replace(
            item,
            check=None if roles.get(item.id) == "content" and not item.check_builtin else item.check,
            offers="" if roles.get(f"{item.id}{OFFERED}") == "content" else item.offers,
        )
        for item in section.items
    )
    steps.sort(key=lambda step: (step.line, step.body_line))
    return structs.replace(section, steps=tuple(steps), items=items)


def _step(step: Step, role: Role, check: SyntaxCheck) -> Step:
    if role == step.role or role not in SETTABLE or step.role == "broken":
        return step
    if role == "content":
        return structs.replace(
            step, role=role, runs=False, runnable=False, fits=False, is_broken=False, reason="reviewed: not commands"
        )
    why = "" if step.runnable else _why_broken(step.body, step.body_line, check)
    if why:
        return structs.replace(
            step, role="broken", otherwise=role, runs=False, runnable=False, fits=False, is_broken=True, reason=why
        )
    return structs.replace(
        step, role=role, runs=role == "step", runnable=True, fits=True, is_broken=False, reason="", promotable=False
    )


def _why_broken(body: str, line: int, check: SyntaxCheck) -> str:
    script = read_script(body, line)
    if not script.commands:
        return "no command in it"
    if not script.suspicious:
        return ""
    complaint = check(script.masked)
    return "does not parse as shell" if complaint is None else f"bash -n: {complaint}" if complaint else ""


def _of_block(one: Fenced, section: Section, role: Role, check: SyntaxCheck) -> Step:
    """A fence that is no script to the reader, as the step that a person calls it."""
    script = read_script(one.body, one.line + 1)
    step = Step(
        id=one.id, title=one.title, line=one.line, body_line=one.line + 1, body=one.body, language="",
        group=section.title if section.parent else "", offset_seconds=section.offset_seconds, runnable=False,
        commands=script.commands, placeholders=script.placeholders, variables=script.variables,
        interactive=bool(script.asks), role="content", runs=False, fits=False,
    )  # fmt: skip
    return _step(step, role, check)


def _acting(sections: list[Section]) -> Iterator[Section]:
    """With a script of the deploy a section of reading matter is one to act in, and those above it are too."""
    parents = {section.id: section.parent for section in sections}
    acting: set[str] = set()
    for section in sections:
        if any(step.is_broken or (step.runnable and step.role in _ACT) for step in section.steps):
            at: str | None = section.id
            while at is not None and at not in acting:
                acting.add(at)
                at = parents.get(at)
    for section in sections:
        if section.id in acting and section.kind == "reference" and not section.notes.reference:
            yield structs.replace(section, kind="steps", actionable=True)
        else:
            yield section
