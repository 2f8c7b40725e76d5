"""A runbook -> everything in it that a person reviews: scripts, commands of check boxes, other fences. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from cockpit.runbook.model import Fenced, Item, Role, Runbook, Section, Step
from cockpit.runbook.review.harm import harm_of
from cockpit.runbook.review.model import Subject
from cockpit.runbook.shell import read_script
from cockpit.text.sanitize import one_line

OFFERED = ".script"
"""Behind an item's id: the command that it offers and that a person starts."""


def digest(text: str) -> str:
    """sha256 of exactly these bytes, as `sha256sum` prints it."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def handed(text: str, interpreter: str) -> str:
    """What a review is of: the text, and before it the program that reads it where that is not the shell."""
    return f"#!{one_line(interpreter)}\n{text}" if interpreter else text


def subjects(runbook: Runbook) -> tuple[Subject, ...]:
    """In the order of the document."""
    told = {one.line: one for one in runbook.scripts}
    by_id = {section.id: section for section in runbook.sections}
    found: list[Subject] = []
    for section in runbook.sections:
        chain = chain_of(section, by_id)
        where = " / ".join(one_line(one.title) for one in chain if one.title != runbook.title)
        found += [_of_step(step, told.get(step.line), chain, where) for step in section.steps]
        for item in section.items:
            found += _of_item(item, where)
    stepped = {step.line for section in runbook.sections for step in section.steps}
    for one in runbook.scripts:
        if one.line not in stepped:
            home = by_id.get(section_of(one))
            where = " / ".join(one_line(up.title) for up in chain_of(home, by_id)) if home is not None else ""
            found.append(_of_block(one, where))
    return tuple(sorted(found, key=lambda one: (one.line, one.body_line)))


def section_of(fenced: Fenced) -> str:
    """Id of the section that the fence stands in."""
    return fenced.id.rpartition(":")[0]


def chain_of(section: Section, by_id: Mapping[str, Section]) -> Sequence[Section]:
    """The section's ancestors, the outermost first, and the section itself."""
    chain = [section]
    while chain[0].parent is not None and chain[0].parent in by_id:
        chain.insert(0, by_id[chain[0].parent])
    return chain


def _of_step(step: Step, fenced: Fenced | None, chain: Sequence[Section], where: str) -> Subject:
    return Subject(
        id=step.id,
        title=one_line(step.title),
        line=step.line,
        end_line=fenced.end_line if fenced is not None else step.line,
        role=step.role,
        sure=fenced.sure if fenced is not None else "sure",
        reasons=(step.reason,) if step.role == "broken" else fenced.reasons if fenced is not None else (),
        text=step.body,
        sha256=digest(handed(step.body, step.notes.interpreter or "")),
        interpreter=step.notes.interpreter or "",
        body_line=step.body_line,
        label=step.language,
        where=where,
        commands=step.commands,
        fixed=_fixed(step, chain),
        harm=harm_of(step.body),
        usual=step.role == "alternative" and step.runs,
    )


def _fixed(step: Step, chain: Sequence[Section]) -> str:
    """What an annotation says of it: that goes before any record."""
    if step.notes.ignore or any(section.notes.ignore for section in chain):
        return "annotation: ignore"
    if any(section.notes.is_rollback for section in chain):
        return "annotation: rollback"
    if any(section.notes.reference for section in chain):
        return "annotation: reference"
    return ""


def _of_item(item: Item, where: str) -> Iterator[Subject]:
    role: Role
    for text, own, role, why in (
        ("" if item.check_builtin else item.check or "", item.id, "step", "the command answers this check box"),
        (
            item.offers,
            f"{item.id}{OFFERED}",
            "optional",
            "the check box ends with it, and it may change something",
        ),
    ):
        if text:
            yield Subject(
                id=own, title=one_line(item.text), line=item.line, end_line=item.line, role=role, sure="sure",
                reasons=(why,), text=text, sha256=digest(text), body_line=item.line, label="check box", where=where,
                commands=read_script(text, item.line).commands, harm=harm_of(text), is_item=True,
            )  # fmt: skip


def _of_block(fenced: Fenced, where: str) -> Subject:
    """A fence that is no script to the reader. Its text is what it holds, without the fence."""
    return Subject(
        id=fenced.id, title=one_line(fenced.title), line=fenced.line, end_line=fenced.end_line, role=fenced.role,
        sure=fenced.sure, reasons=fenced.reasons, text=fenced.body, sha256=digest(fenced.body),
        body_line=fenced.line + 1, label=fenced.label, where=where, commands=fenced.commands, harm=harm_of(fenced.body),
    )  # fmt: skip
