"""The reader's front door: any bytes -> a Runbook. Never fails, never hangs; what is odd becomes a problem."""

from collections.abc import Iterator

from msgspec import structs

from cockpit.runbook.alternatives import Choices, find_choices
from cockpit.runbook.blocks import read_blocks
from cockpit.runbook.build import Built, build_items, build_steps, offered_items, template_of
from cockpit.runbook.fences import TEXT, read_code
from cockpit.runbook.model import Inferred, Problem, Runbook, Section, SectionKind, Step, TimelineEntry
from cockpit.runbook.mojibake import repair
from cockpit.runbook.promotion import program_of, promotable
from cockpit.runbook.reading.read import FORWARD, Candidate, read_roles
from cockpit.runbook.reading.titles import is_about
from cockpit.runbook.reading.vocabulary import Kind
from cockpit.runbook.shell import Script, read_script
from cockpit.runbook.source import Source, read
from cockpit.runbook.syntax import SyntaxCheck, Thrifty, bash_says
from cockpit.runbook.told import commands_in
from cockpit.runbook.tree import Tree, build_tree

_SIGNS = ("☐", "☑", "☒", "🔲")


def parse(source: bytes | str, *, check: SyntaxCheck | None = bash_says) -> Runbook:
    """Read a Markdown runbook.

    `check` has the last word on a script's syntax where the shell grammar sees an error; None leaves it to the grammar
    and makes this a pure function.
    """
    text = read(source)
    document = read_blocks(text.text, text.lines)
    tree = build_tree(document, max(1, len(text.lines) - (text.lines[-1] == "")))
    choices = find_choices(tree.nodes)
    built = Built()
    candidates = _candidates(tree, built)
    for node in tree.nodes:
        build_items(node, built)
    thrifty = Thrifty(check) if check is not None else None
    read_roles(tree, candidates, choices, text, thrifty)
    scripts = tuple(build_steps(candidate, choices, built) for candidate in candidates)
    sections = tuple(_sections(tree, choices, text, built))
    steps = [step for section in sections for step in section.steps]
    counts = structs.replace(
        document.counts,
        shell_fences=sum(candidate.code.labelled for candidate in candidates),
        runnable=len({step.line for step in steps if step.fits}),
    )
    return Runbook(
        title=tree.title,
        sections=sections,
        templates=tuple(built.templates),
        timeline=tuple(_timeline(sections)),
        counts=counts,
        inferred=tuple(sorted([*built.inferred, *_inferred(tree, choices, sections, text)], key=lambda i: i.line)),
        problems=tuple(_problems(tree, sections, candidates, text, built)),
        scripts=scripts,
        languages=tree.languages,
        front_matter=document.front_matter,
        preamble=_prose(text, tree.title_line if tree.title else 0, tree.preamble_end),
    )


def _candidates(tree: Tree, built: Built) -> list[Candidate]:
    """Every fence; templates are put aside on the way."""
    found: list[Candidate] = []
    for node in tree.nodes:
        for index, fence in node.fences:
            code = read_code(fence.info, fence.content)
            candidate = Candidate(node, index, fence, code, Script())
            if code.labelled or code.language in TEXT:
                candidate.script = read_script(code.body, fence.line + 1)
            found.append(candidate)
    labelled = [one for one in found if one.code.labelled]
    texts = [one for one in found if one.code.language in TEXT]
    known = {program_of(command.text) for one in labelled for command in one.script.commands}
    for one, offer in zip(texts, promotable([one.script for one in texts], known - {""}), strict=True):
        one.promotable = offer and one.fence.terminated
    for one in found:
        if one.code.labelled or one.promotable:
            continue
        template = template_of(one.node, one.fence, one.code.language, built)
        if template is not None:
            built.templates.append(template)
            one.is_template = True
    return sorted(found, key=lambda one: one.fence.line)


_ASIDE: tuple[Kind, ...] = ("trouble", "once", "reference", "example", "rollback")
"""What numbered lines below such a title say is not part of an ordinary deploy."""


def _sections(tree: Tree, choices: Choices, source: Source, built: Built) -> Iterator[Section]:
    boxes, scripts, messages = _below(tree, built)
    forward = any(step.fits and step.role in FORWARD for steps in built.steps.values() for step in steps)
    for node in tree.nodes:
        actionable = (node.id in boxes or node.id in scripts) and not node.is_reference
        kind: SectionKind = "reference"
        if node.is_reference:
            pass
        elif node.is_rollback:
            kind = "rollback"
        elif node.id in scripts:
            kind = "steps"
        elif node.id in boxes:
            kind = "checklist"
        elif node.id in messages:
            kind = "communication"
        aside = any(is_about(one.title, about, node.spoken) for one in node.upward() for about in _ASIDE)
        tells = kind == "reference" and not (node.is_reference or forward or aside) and bool(scripts or boxes)
        tells = tells and any(commands_in(block.raw) for block in node.numbered)
        if tells:
            built.infer(node.line, f"no script runs forward: its {len(node.numbered)} numbered lines are steps by hand")
        yield Section(
            id=node.id, title=node.title, level=node.level, line=node.line, end_line=node.end_line,
            parent=node.parent.id if node.parent else None, kind=kind, actionable=actionable,
            offset_seconds=node.offset, choose_one=node.notes.choose_one or node.id in choices.parents,
            items=tuple(built.items.get(node.id, ())), steps=tuple(built.steps.get(node.id, ())),
            offered=tuple(offered_items(node)) if kind in ("reference", "rollback") else (),
            tells_steps=tells,
            text=_prose(source, node.line, node.end_line), notes=node.notes,
        )  # fmt: skip


def _below(tree: Tree, built: Built) -> tuple[set[str], set[str], set[str]]:
    """Ids of the sections with boxes, with runnable scripts, with messages in or below them."""
    boxes: set[str] = set()
    scripts: set[str] = set()
    messages: set[str] = set()
    told = {template.id.rsplit(":", 1)[0] for template in built.templates if template.kind != "log"}
    for node in reversed(tree.nodes):
        for found, here in (
            (boxes, bool(built.items.get(node.id))),
            (scripts, any(_acts(step) for step in built.steps.get(node.id, ()))),
            (messages, node.id in told),
        ):
            if here:
                found.add(node.id)
            if node.id in found and node.parent:
                found.add(node.parent.id)
    return boxes, scripts, messages


def _acts(step: Step) -> bool:
    """Part of the deploy or of a way back; what is only at hand makes no section one to act in."""
    return step.is_broken or (step.fits and step.role in (*FORWARD, "rollback"))


def _prose(source: Source, after: int, last: int) -> str:
    return repair("\n".join(source.lines[after:last]).strip("\n"))


def _timeline(sections: tuple[Section, ...]) -> list[TimelineEntry]:
    """Every offset that was written somewhere, by time; what only inherits one is part of the entry above it."""
    entries = []
    inherited: dict[str | None, int | None] = {section.id: section.offset_seconds for section in sections}
    for section in sections:
        if section.offset_seconds is not None and section.offset_seconds != inherited.get(section.parent):
            entries.append(TimelineEntry(section.line, section.offset_seconds, section.title))
        own = [(item.line, item.offset_seconds, item.text) for item in section.items]
        own += [(step.line, step.offset_seconds, step.title) for step in section.steps]
        for line, seconds, title in own:
            if seconds is not None and seconds != section.offset_seconds:
                entries.append(TimelineEntry(line, seconds, title))
    return sorted(entries, key=lambda entry: (entry.offset_seconds, entry.line))


def _inferred(tree: Tree, choices: Choices, sections: tuple[Section, ...], source: Source) -> Iterator[Inferred]:
    for node in tree.nodes:
        if node.titles_rollback and not node.is_reference and not (node.parent and node.parent.is_rollback):
            yield Inferred(node.line, "the rollback section, by its title")
        if node.id in choices.parents and not node.notes.choose_one:
            yield Inferred(node.line, "alternatives; choose one")
    if source.damaged_lines:
        yield Inferred(
            source.damaged_lines[0], f"double-encoded text on {len(source.damaged_lines)} lines, repaired for display"
        )


def _problems(
    tree: Tree, sections: tuple[Section, ...], candidates: list[Candidate], source: Source, built: Built
) -> list[Problem]:
    problems = [*source.problems, *tree.problems, *built.problems]
    empty = any(problem.code == "empty" for problem in problems)
    if not empty and not any(section.actionable for section in sections):
        message = "no section has an item or a runnable script; " + (
            "its numbered lines are the checklist"
            if any(section.offered for section in sections)
            else "the file is shown as reference"
        )
        problems.append(Problem(1, "warning", "no-actionable-section", message))
    for node in tree.nodes:
        for line, text in node.prose:
            signs = sum(part.lstrip()[:1] in _SIGNS for part in text.split("\n"))
            if signs:
                message = "this character is not an item; Markdown needs `- [ ]`"
                problems.append(Problem(line, "warning", "box-as-sign", message))
        for _, fence in node.fences:
            if not fence.terminated:
                message = "this fence is never closed; everything below is inside it"
                problems.append(Problem(fence.line, "error", "unterminated-fence", message))
    if (
        not empty
        and not tree.languages
        and sum(len(text.split()) for node in tree.nodes for _, text in node.prose) >= 30
    ):
        message = "unknown language; titles are not interpreted, only what the scripts do"
        problems.append(Problem(1, "warning", "unknown-language", message))
    open_fences = {problem.line for problem in problems if problem.code == "unterminated-fence"}
    for section in sections:
        for step in section.steps:
            if step.promotable and step.role == "content":
                continue
            if step.promotable:
                message = (
                    "unlabelled commands, read as a script because nothing here is labelled; add a label to make sure"
                    if step.fits
                    else "unlabelled commands; to run them, label the fence bash or promote it in cockpit.toml"
                )
                problems.append(Problem(step.line, "info", "unlabelled-commands", message))
            elif step.is_broken and step.line not in open_fences:
                message = f"this script cannot run: {step.reason}"
                problems.append(Problem(step.line, "error", "broken-script", message))
            elif not step.runnable:
                problems.append(Problem(step.line, "info", "not-runnable", f"not run: {step.reason}"))
    for candidate in candidates:
        for word in candidate.code.attributes.unknown:
            message = f"{word!r} is not a fence attribute"
            problems.append(Problem(candidate.fence.line, "warning", "unknown-annotation", message))
    return sorted(problems, key=lambda problem: problem.line)
