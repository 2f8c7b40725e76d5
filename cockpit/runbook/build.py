"""A node of the tree -> its items, steps and templates, with everything that was inferred about them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec import structs

from cockpit.runbook.alternatives import Choices, Variant, split_at_or
from cockpit.runbook.annotations import is_command_check, read_comment
from cockpit.runbook.blocks import Box, Fence
from cockpit.runbook.checking import only_checks
from cockpit.runbook.fences import Code, Unfit
from cockpit.runbook.inline import plain
from cockpit.runbook.items import check_and_reference, without_comments
from cockpit.runbook.model import (
    Annotations,
    Command,
    Fenced,
    Inferred,
    Item,
    Problem,
    SignOff,
    Step,
    Template,
)  # fmt: skip
from cockpit.runbook.mojibake import repair
from cockpit.runbook.names import digest, fold
from cockpit.runbook.offsets import find_offset, strip_offset
from cockpit.runbook.reading.read import Candidate
from cockpit.runbook.shell import Script, read_script
from cockpit.runbook.templates import find_fields, kind_by_offset, template_kind
from cockpit.runbook.tree import Node


@dataclass
class Built:
    """What the sections hold, by the id of the section, and the remarks that came up."""

    items: dict[str, list[Item]] = field(default_factory=dict)
    steps: dict[str, list[Step]] = field(default_factory=dict)
    templates: list[Template] = field(default_factory=list)
    inferred: list[Inferred] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    box_ids: dict[int, str] = field(default_factory=dict)
    blocks: dict[str, int] = field(default_factory=dict)
    """How many fences of a section are no steps."""

    def infer(self, line: int, what: str) -> None:
        self.inferred.append(Inferred(line, what))

    def warn(self, line: int, code: str, message: str) -> None:
        self.problems.append(Problem(line, "warning", code, message))

    def tell(self, line: int, code: str, message: str) -> None:
        self.problems.append(Problem(line, "info", code, message))


def group_of(node: Node, under: str, label: str) -> str:
    """The heading below the actionable section; in a section without sub-headings a list item or bold line will do."""
    return node.title if node.parent else plain(under) or plain(label)


def build_items(node: Node, built: Built) -> None:
    """The boxes of `node`."""
    found = built.items.setdefault(node.id, [])
    for index, box in node.boxes:
        item = _item(node, box, f"{node.id}:box-{len(found) + 1}", built)
        built.box_ids[index] = item.id
        found.append(item)


def _item(node: Node, box: Box, item_id: str, built: Built) -> Item:
    raw, words = without_comments(box.raw)
    read = read_comment(words)
    for word in read.unknown:
        built.warn(box.line, "unknown-annotation", f"{word!r} is not an item annotation")
    if not box.mark:
        built.warn(box.line, "box-without-space", "`[]` is read as an open item; Markdown needs `[ ]`")
    check, reference = check_and_reference(raw)
    offers: str = ""
    if read.notes.check:
        check = read.notes.check
    elif check and not only_checks(check):
        built.infer(box.line, f"`{check}` may change something; a script of this item, never started automatically")
        offers, check = check, None
    elif check:
        built.infer(box.line, f"`{check}` answers this item")
    text = plain(raw)
    offset = find_offset(text, "edge")
    offset = read.notes.at_seconds if read.notes.at_seconds is not None else offset
    return Item(
        id=item_id,
        text=strip_offset(text) if offset is not None else text,
        line=box.line,
        group=group_of(node, box.under, box.label),
        nested=len(box.boxes),
        parent=built.box_ids.get(box.boxes[-1]) if box.boxes else None,
        check=check,
        check_builtin=read.notes.check is not None and not is_command_check(words),
        offers=offers,
        reference=reference,
        ticked=box.mark in {"x", "X"},
        offset_seconds=node.offset if offset is None else offset,
        digest=digest(text),
        notes=read.notes,
    )


def offered_items(node: Node) -> Iterator[Item]:
    """The numbered lines of `node`, as the items they could be. Rule 15."""
    for number, block in enumerate(node.numbered, 1):
        text = plain(block.raw).rstrip().removesuffix(":")
        yield Item(f"{node.id}:line-{number}", text, block.line, group_of(node, "", ""), digest=digest(text))


def template_of(node: Node, fence: Fence, language: str, built: Built) -> Template | None:
    """The message that a fence holds, or None."""
    titles = [*(n.title for n in node.upward()), *([fence.label] if fence.label else [])]
    found = template_kind(language, titles)
    if found is None or not fence.content.strip():
        return None
    kind = kind_by_offset(found, node.offset)
    body = repair(fence.content)
    count = sum(template.id.startswith(f"{node.id}:") for template in built.templates)
    built.infer(fence.line, f"a message template ({kind.replace('_', '-')}) by its headings")
    return Template(
        id=f"{node.id}:template-{count + 1}", title=node.title, line=fence.line, body=body,
        fields=find_fields(body), kind=kind, offset_seconds=node.offset,
    )  # fmt: skip


def build_steps(candidate: Candidate, choices: Choices, built: Built) -> Fenced:
    """The step of a fence, or its steps where it holds alternatives, put into `built`; and what the fence is."""
    node, fence, code, script = candidate.node, candidate.fence, candidate.code, candidate.script
    if not candidate.is_script:
        built.blocks[node.id] = built.blocks.get(node.id, 0) + 1
        return _fenced(candidate, f"{node.id}:block-{built.blocks[node.id]}", _title(node, fence, script), ())
    found = built.steps.setdefault(node.id, [])
    first = fence.line + 1
    session = script.session
    if session is not None and session.inside is not None and candidate.role != "content":
        message = f"{session.opens.words}; the lines below are typed there and do not run here"
        built.warn(first + session.row, "ssh-then-lines", message)
    last = first + code.body.rstrip("\n").count("\n")
    parts, tangled = split_at_or(script, first, last) if candidate.unfit is None else ([], "")
    if tangled:
        candidate.unfit = Unfit(tangled)
        candidate.otherwise = candidate.role
        candidate.role, candidate.runs, candidate.reasons = "broken", False, (tangled,)
    if len(parts) > 1:
        built.infer(fence.line, f"{len(parts)} alternatives in one script (OR); choose one")
        lines = code.body.split("\n")
        steps = []
        candidate.variant = candidate.variant or Variant(f"{node.id}/or-{fence.line}", "")
        if candidate.role in ("step", "optional"):
            candidate.role, candidate.runs = "alternative", False
            candidate.reasons = (f"{len(parts)} alternatives in one script (OR)", *candidate.reasons)
        for part in parts:
            body = "\n".join(lines[part.first - first : part.last - first + 1]).rstrip("\n") + "\n"
            piece = structs.replace(code, body=body)
            step = _step(candidate, piece, read_script(body, part.first), part.first, choices, built, len(found) + 1)
            steps.append(structs.replace(step, title=repair(part.title), alternative=repair(part.title)))
            found.append(steps[-1])
        return _fenced(candidate, steps[0].id, steps[0].title, script.commands)
    step = _step(candidate, code, script, first, choices, built, len(found) + 1)
    found.append(step)
    return _fenced(candidate, step.id, step.title, step.commands)


def _fenced(candidate: Candidate, own: str, title: str, commands: tuple[Command, ...]) -> Fenced:
    fence = candidate.fence
    return Fenced(
        line=fence.line, end_line=fence.end_line, label=fence.info, role=candidate.role, runs=candidate.runs,
        group=candidate.variant.group if candidate.variant else None, sure=candidate.sure, reasons=candidate.reasons,
        id=own, title=title, commands=commands, body=fence.content,
    )  # fmt: skip


def _step(
    candidate: Candidate, code: Code, script: Script, body_line: int, choices: Choices, built: Built, number: int
) -> Step:
    node, fence, notes = candidate.node, candidate.fence, code.attributes.notes
    step_id = f"{node.id}:script-{number}"
    interactive = bool(script.asks) if notes.interactive is None else notes.interactive
    unfit = candidate.unfit
    if unfit is None and candidate.role in ("content", "remote"):
        unfit = Unfit(candidate.reasons[0] if candidate.reasons else "not a script")
    runnable = unfit is None
    title = _title(node, fence, script)
    if runnable or (candidate.fits and candidate.promotable):
        _remark(script, notes, fence, built)
    return Step(
        id=step_id,
        title=title,
        line=fence.line,
        body_line=body_line,
        body=code.body,
        language=code.language,
        group=group_of(node, fence.under, fence.label),
        item=built.box_ids.get(fence.box) if fence.box is not None else None,
        offset_seconds=notes.at_seconds if notes.at_seconds is not None else node.offset,
        runnable=runnable,
        reason=unfit.reason if unfit else "",
        is_broken=unfit is not None and unfit.is_broken and candidate.role != "content",
        promotable=candidate.promotable,
        commands=tuple(structs.replace(c, label=repair(c.label)) for c in script.commands),
        sign_offs=tuple(
            SignOff(f"{step_id}.verify-{n}", note.line, note.text)
            for n, note in enumerate(script.sign_offs if _asks(candidate) else (), 1)
        ),
        placeholders=script.placeholders,
        variables=script.variables,
        interactive=interactive,
        alternative=_alternative(candidate, choices) or (title if node.notes.choose_one else ""),
        digest=digest(code.body),
        role=candidate.role,
        runs=candidate.runs,
        otherwise=candidate.otherwise,
        fits=candidate.fits and (runnable or candidate.promotable),
        choice=candidate.variant.group if candidate.variant else "",
        remote=candidate.remote,
        notes=notes,
    )


def _asks(candidate: Candidate) -> bool:
    """True where a comment that asks a person to verify something asks in every deploy, or on the way back."""
    role = candidate.otherwise if candidate.role == "content" else candidate.role
    return role not in ("contingency", "setup", "reference", "remote")


def _title(node: Node, fence: Fence, script: Script) -> str:
    if len(node.fences) == 1 and not fence.under:
        return node.title
    first = next(iter(script.commands), None)
    told = plain(fence.label) if _is_only(node, fence) else ""
    told = told or _short(plain(fence.under))
    if not told and first is not None:
        told = repair(first.label) or first.text.split("\n")[0]
    return told or (repair(script.comments[0].text) if script.comments else node.title)


def _short(text: str) -> str:
    """The first sentence, without the colon that leads to the fence."""
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", text, maxsplit=1)[0].rstrip(":. ")


def _is_only(node: Node, fence: Fence) -> bool:
    return bool(fence.label) and sum(other.label == fence.label for _, other in node.fences) == 1


def _alternative(candidate: Candidate, choices: Choices) -> str:
    """The title of the variant that the fence belongs to."""
    node, fence = candidate.node, candidate.fence
    label = choices.labels.get((node.id, fence.label))
    if label:
        return plain(label)
    told = next((choices.sections[n.id] for n in reversed(node.upward()) if n.id in choices.sections), "")
    return told or (candidate.variant.title if candidate.variant else "")


def _remark(script: Script, notes: Annotations, fence: Fence, built: Built) -> None:
    for note in script.asks:
        if notes.interactive is None:
            built.infer(note.line, f"needs a terminal: {note.text}")
    for note in script.sign_offs:
        built.infer(note.line, "a sign-off; the comment asks a person")
    for note in script.soft:
        built.warn(note.line, "soft-placeholder", f"{note.text} looks like a placeholder but would run as is")
    for hole in script.placeholders:
        built.tell(
            hole.line, "open-placeholder", f"{hole.token} is asked for before the step starts ({fold(hole.kind)})"
        )
