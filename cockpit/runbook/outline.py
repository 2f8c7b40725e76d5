"""What was read, for a script (`outline`) and for a person (`outline_text`): the command `cockpit outline`."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from cockpit.runbook.model import Fenced, Item, Runbook, Section, Step


def outline(runbook: Runbook, phases: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The JSON of `cockpit outline --json`: title, sections, scripts, templates, timeline, counts, inferred, problems.

    `sections` is flat and in the order of the file, `parent` (an id or None) makes the tree; times are seconds from T.
    `scripts` has every fence with its role. `phases`: id of a step -> the phase that it is run in.
    """
    told: dict[str, Any] = msgspec.to_builtins(runbook)
    for section, read in zip(told["sections"], runbook.sections, strict=True):
        section["steps"] = [_step(step) for step in read.steps]
        del section["text"]
    for script in told["scripts"]:
        del script["body"]
        script["phase"] = (phases or {}).get(script["id"])
    del told["front_matter"], told["preamble"]
    return told


def _step(step: Step) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(step)
    del told["body"]
    return told


def outline_text(runbook: Runbook) -> str:
    """The same for reading in a terminal: ids, lines, kinds, what was inferred, problems. Ends with a line feed.

    Control and invisible characters of the file are shown as `?`: it is somebody else's text. Drawn with ASCII only.
    """
    return "\n".join(_clean(line).rstrip() for line in _text(runbook)) + "\n"


def _clean(text: str) -> str:
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


def _text(runbook: Runbook) -> Iterator[str]:
    counts = runbook.counts
    yield runbook.title or "(no title)"
    yield (
        f"{len(runbook.sections)} sections, {counts.tasks} items, {counts.fences} fences: {counts.shell_fences} "
        f"shell, {counts.runnable} runnable"
    )
    if runbook.scripts:
        yield ", ".join(f"{count} {role}" for role, count in Counter(one.role for one in runbook.scripts).most_common())
    depth: dict[str | None, int] = {None: -1}
    told = {one.line: one for one in runbook.scripts}
    others: dict[str, list[Fenced]] = {}
    for one in runbook.scripts:
        if ":block-" in one.id and one.role in ("content", "remote"):
            others.setdefault(one.id.rpartition(":")[0], []).append(one)
    for section in runbook.sections:
        depth[section.id] = depth.get(section.parent, -1) + 1
        if depth[section.id] == 0:
            yield ""
        yield from _section(section, "  " * depth[section.id], told, others.get(section.id, ()))
    yield from _messages(runbook)
    if runbook.timeline:
        yield from ("", "Schedule")
        for entry in runbook.timeline:
            yield f"  {offset_text(entry.offset_seconds):>8}  line {entry.line:<5} {entry.title}"
    if runbook.inferred:
        yield from ("", "Inferred (override it in cockpit.toml or with an annotation)")
        for guess in runbook.inferred:
            yield f"  line {guess.line:<5} {guess.what}"
    yield ""
    yield "Problems" if runbook.problems else "No problems"
    for problem in runbook.problems:
        yield f"  line {problem.line:<5} {problem.severity:<8} {problem.code}: {problem.message}"


def _section(section: Section, indent: str, told: Mapping[int, Fenced], others: Sequence[Fenced]) -> Iterator[str]:
    marks: list[str] = [section.kind]
    if section.offset_seconds is not None:
        marks.append(offset_text(section.offset_seconds))
    if section.choose_one:
        marks.append("choose one")
    yield f"{indent}{section.title or '(no title)'}  [{', '.join(marks)}]  line {section.line}"
    yield f"{indent}  id {section.id}"
    items = (*section.items, *(section.offered if section.tells_steps else ()))
    parts: list[Item | Step | Fenced] = sorted([*items, *section.steps, *others], key=lambda part: part.line)
    for part in parts:
        if isinstance(part, Item):
            yield from _item(part, indent + "  ")
        elif isinstance(part, Fenced):
            yield from _block(part, indent + "  ")
        else:
            yield from _script(part, told.get(part.line), indent + "  ")


def _block(fenced: Fenced, indent: str) -> Iterator[str]:
    reviewed = f", reviewed by {fenced.reviewed}" if fenced.reviewed else ""
    yield f"{indent}| {fenced.label or '(no label)'}  [{fenced.role}{reviewed}]  line {fenced.line}"
    yield f"{indent}    {'; '.join(fenced.reasons)}"


def _item(item: Item, indent: str) -> Iterator[str]:
    indent += "  " * item.nested
    yield f"{indent}[ ] {item.text}  line {item.line}"
    if item.check:
        yield f"{indent}    {'built-in check' if item.check_builtin else 'answered by'}: {item.check}"
    if item.offers:
        yield f"{indent}    offers: {item.offers}"
    if item.reference:
        yield f"{indent}    see: {item.reference}"


def _script(step: Step, fenced: Fenced | None, indent: str) -> Iterator[str]:
    marks = [step.role, "runs" if step.runs else "not run"]
    marks += [fenced.sure] if fenced is not None and fenced.sure != "sure" else []
    marks += ["interactive"] if step.interactive and step.runnable else []
    marks += [f"reviewed by {fenced.reviewed}"] if fenced is not None and fenced.reviewed else []
    yield f"{indent}$ {step.title}  [{', '.join(marks)}]  line {step.line}"
    yield f"{indent}    id {step.id}"
    why = fenced.reasons[:2] if fenced is not None and step.role not in ("step", "broken") else ()
    for reason in why or ([step.reason] if step.reason else []):
        yield f"{indent}    {reason}"
    if step.alternative:
        yield f"{indent}    alternative: {step.alternative}"
    for command in step.commands:
        yield f"{indent}    line {command.line:<5} {_first_line(command.text)}"
    if step.remote:
        yield f"{indent}    typed there, never run here: {len(step.remote.splitlines())} lines"
    for sign_off in step.sign_offs:
        yield f"{indent}    line {sign_off.line:<5} sign-off: {sign_off.text}"
    if step.placeholders:
        yield f"{indent}    asks for: {', '.join(hole.token for hole in step.placeholders)}"
    if step.variables:
        yield f"{indent}    needs: {', '.join('$' + name for name in step.variables)}"


def _messages(runbook: Runbook) -> Iterator[str]:
    if runbook.templates:
        yield from ("", "Messages")
    for template in runbook.templates:
        yield f"  {template.title}  [{template.kind.replace('_', '-')}]  line {template.line}"
        yield f"    id {template.id}"
        if template.fields:
            yield f"    fields: {', '.join(hole.token for hole in template.fields)}"


def _first_line(text: str) -> str:
    first, more, _ = text.partition("\n")
    return f"{first} ..." if more else first


def offset_text(seconds: int) -> str:
    """`T-30min`, `T+1h`, `T+1h30min`, `T` for 0."""
    if seconds == 0:
        return "T"
    amount, parts = abs(seconds), []
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        if amount >= size:
            parts.append(f"{amount // size}{unit}")
            amount %= size
    return f"T{'-' if seconds < 0 else '+'}{''.join(parts)}"
