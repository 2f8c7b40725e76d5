"""Every fence of a document -> its role. The only place that looks at more than one fence at a time."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec import structs

from cockpit.runbook.alternatives import Choices, Variant
from cockpit.runbook.blocks import Fence
from cockpit.runbook.fences import TEXT, Code, Unfit, why_not
from cockpit.runbook.model import Role, Sureness
from cockpit.runbook.promotion import program_of
from cockpit.runbook.reading import shapes
from cockpit.runbook.reading.evidence import calls_known_programs, said_by
from cockpit.runbook.reading.judge import Verdict, judge
from cockpit.runbook.reading.seen import Document, Said, Seen
from cockpit.runbook.reading.titles import is_about, says_rollback
from cockpit.runbook.reading.vocabulary import pattern
from cockpit.runbook.sessions import Opens, closes
from cockpit.runbook.shell import Script, read_script
from cockpit.runbook.source import Source
from cockpit.runbook.syntax import SyntaxCheck
from cockpit.runbook.tree import Node, Tree

NEVER = 1 << 60
FORWARD = ("step", "optional", "alternative")


@dataclass
class Candidate:
    """One fence while it is being read."""

    node: Node
    index: int
    fence: Fence
    code: Code
    script: Script
    promotable: bool = False
    is_template: bool = False
    unfit: Unfit | None = None
    remote: str = ""
    """Lines that are typed into what its last command opens."""
    role: Role = "content"
    reasons: tuple[str, ...] = ()
    sure: Sureness = "sure"
    otherwise: Role = "step"
    """What it would be if it were no content."""
    runs: bool = False
    fits: bool = False
    variant: Variant | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def is_script(self) -> bool:
        """True where the reader makes a step of it: labelled as shell, or unlabelled commands."""
        return self.code.labelled or self.promotable


def read_roles(
    tree: Tree, candidates: Sequence[Candidate], choices: Choices, source: Source, check: SyntaxCheck | None
) -> None:
    """Give every candidate (in the order of the file) its role, reasons and `runs`."""
    document = _document(tree, candidates)
    grouped = _grouped(candidates, choices)
    for candidate in candidates:
        _cut_session(candidate)
        candidate.unfit = _unfit(candidate, source, check)
    said: dict[str, Said] = {}
    for candidate in candidates:
        candidate.variant = choices.variants.get(candidate.fence.line)
        if candidate.node.id not in said:
            said[candidate.node.id] = said_by(candidate.node, document.spoken)
        seen = _seen(candidate, document, candidate.fence.line in grouped, said[candidate.node.id])
        _take(candidate, judge(seen))
        if candidate.is_script and candidate.code.attributes.notes.ignore:
            _take(candidate, Verdict("content", ("ignored by its annotation",), "sure"))
    _mark_remote(candidates, document)
    _mark_variants(candidates, grouped, document)
    for candidate in candidates:
        unlabelled = candidate.promotable and document.runs_unlabelled and candidate.unfit is not None
        candidate.fits = candidate.is_script and (
            candidate.unfit is None or (unlabelled and not candidate.unfit.is_broken)
        )
        candidate.runs = candidate.fits and (candidate.role == "step" or candidate.runs)


def _take(candidate: Candidate, verdict: Verdict) -> None:
    candidate.role, candidate.reasons, candidate.sure = verdict.role, verdict.reasons, verdict.sure
    candidate.otherwise = verdict.otherwise


def _document(tree: Tree, candidates: Sequence[Candidate]) -> Document:
    labelled = sum(one.code.labelled and bool(one.script.commands) for one in candidates)
    unlabelled = sum(one.promotable for one in candidates)
    used = {
        name for one in candidates if one.code.labelled or one.code.language in TEXT for name in one.script.variables
    }
    titles = Counter(node.title for node in tree.nodes)
    return Document(
        title=tree.title,
        repeated=frozenset(title for title, count in titles.items() if title and count > 1),
        spoken=tree.spoken,
        runs_unlabelled=labelled < unlabelled,
        used=frozenset(used),
        ended_at=_end_of_release(tree),
    )


def _end_of_release(tree: Tree) -> int:
    """Line of the first chapter behind the ways back and troubles that follow the deploy."""
    deployed = ended = False
    for node in tree.nodes:
        if node.parent is not None:
            continue
        is_end = says_rollback(node.title, tree.spoken) or is_about(node.title, "trouble", tree.spoken)
        if ended and not is_end:
            return node.line
        ended = ended or (deployed and is_end)
        deployed = deployed or (not is_end and _has_fence(node))
    return NEVER


def _has_fence(node: Node) -> bool:
    return bool(node.fences) or any(_has_fence(child) for child in node.children)


def _grouped(candidates: Sequence[Candidate], choices: Choices) -> frozenset[int]:
    """Lines of the fences of groups of which at least two variants have a script."""
    titles: dict[str, set[str]] = {}
    for one in candidates:
        variant = choices.variants.get(one.fence.line)
        if variant is not None and one.is_script:
            titles.setdefault(variant.group, set()).add(variant.title)
    return frozenset(line for line, variant in choices.variants.items() if len(titles.get(variant.group, ())) > 1)


def _seen(candidate: Candidate, document: Document, grouped: bool, said: Said) -> Seen:
    chain = [node.title for node in reversed(candidate.node.upward()) if node.id]
    if len(chain) > 1 and chain[-1] == document.title:
        chain.pop()
    elif chain == [document.title] and candidate.node.level == 1:
        chain = []
    return Seen(
        document=document, node=candidate.node, titles=tuple(chain), fence=candidate.fence, code=candidate.code,
        script=candidate.script, unfit=candidate.unfit, promotable=candidate.promotable,
        is_template=candidate.is_template, variant=candidate.variant.title if grouped and candidate.variant else "",
        programs=calls_known_programs(candidate.script), said=said,
    )  # fmt: skip


def _unfit(candidate: Candidate, source: Source, check: SyntaxCheck | None) -> Unfit | None:
    """Why the fence cannot run as it stands: what its author says of it comes before what is wrong with it."""
    fence, code = candidate.fence, candidate.code
    if not candidate.is_script:
        return None
    if candidate.unfit is not None:
        return candidate.unfit
    if candidate.promotable:
        return Unfit("unlabelled; looks like commands")
    if code.attributes.notes.ignore:
        return Unfit("ignored by its annotation")
    if candidate.node.is_reference:
        return Unfit("the section is marked as reference")
    unfit = why_not(code, candidate.script, terminated=fence.terminated, check=check)
    bad = next((n for n in range(fence.line, fence.end_line + 1) if n in source.bad_lines), None)
    if unfit is None and bad is not None:
        return Unfit(f"line {bad} is not UTF-8, so it cannot run", is_broken=True)
    return unfit


def _cut_session(candidate: Candidate) -> None:
    """What stands below `ssh host` is typed there: the script ends with the command that opens the session."""
    session = candidate.script.session
    if session is None or session.inside is None or not candidate.is_script:
        return
    first = candidate.fence.line + 1
    if session.resumes or session.nested:
        span = f"lines {first + session.inside[0]} to {first + session.inside[1]}"
        candidate.unfit = Unfit(
            f"{session.opens.words}: {span} are typed there, and others here; put them in separate fences",
            is_broken=True,
        )
        return
    lines = candidate.code.body.split("\n")
    body = "\n".join(lines[: session.end_row + 1]) + "\n"
    candidate.remote = "\n".join(lines[session.end_row + 1 :]).strip("\n")
    candidate.code = structs.replace(candidate.code, body=body)
    candidate.script = structs.replace(read_script(body, first), session=session)


def _mark_remote(candidates: Sequence[Candidate], document: Document) -> None:
    """Fences below a command that opened a shell or client are typed there, until it is left or the chapter ends."""
    opened: tuple[Candidate, Opens] | None = None
    for one in candidates:
        if one.role in ("content", "broken") and not (opened and one.role == "broken"):
            continue
        if opened is not None and one.node.upward()[0] is not opened[0].node.upward()[0]:
            opened = None
        session = one.script.session
        if opened is not None and _goes_on(one, opened[1], document):
            line = opened[0].fence.line
            _take(one, Verdict("remote", (f"{opened[1].words} (line {line}): typed there",), "likely"))
            if closes(one.code.body):
                opened = None
            continue
        opened = (one, session.opens) if session is not None and not session.closed else None


def _goes_on(one: Candidate, opens: Opens, document: Document) -> bool:
    """True where the session that `opens` began is still open at this fence."""
    if closes(one.code.body) and len(one.script.commands) <= 1:
        return True
    if pattern("back_here", document.spoken).search(one.fence.place.lead):
        return False
    session = one.script.session
    if session is not None and session.row == 0 and session.opens.where == "shell":
        return False
    if any(program_of(command.text) == opens.words.split()[0] for command in one.script.commands):
        # Whoever calls the program that opened the session is back where that is installed.
        return False
    if opens.where == "client":
        return not any(_is_shell_line(command.text) for command in one.script.commands[:1])
    return True


def _is_shell_line(text: str) -> bool:
    return bool(re.match(r"(?:sudo|\./|[a-z][\w.-]*)\s", text)) and not shapes.shape_of(text, has_shell_words=False)


def _mark_variants(candidates: Sequence[Candidate], grouped: frozenset[int], document: Document) -> None:
    for one in candidates:
        if one.fence.line not in grouped or one.variant is None:
            if one.role != "rollback":
                one.variant = None
            continue
        if one.role in FORWARD:
            one.role = "alternative"
            one.reasons = (f'one of several alternatives: "{one.variant.title}"',)
    _mark_repeats(candidates)
    defaults: dict[str, set[str]] = {}
    for one in candidates:
        if one.role == "alternative" and one.variant and is_about(one.variant.title, "default", document.spoken):
            defaults.setdefault(one.variant.group, set()).add(one.variant.title)
    for one in candidates:
        if one.role == "alternative" and one.variant and defaults.get(one.variant.group) == {one.variant.title}:
            one.runs = True
            one.reasons = ("the alternative that the text calls the usual one", *one.reasons)


def _mark_repeats(candidates: Sequence[Candidate]) -> None:
    """The same command again, with more options or other values, below the first: a variant of it."""
    before: dict[tuple[str, ...], list[Candidate]] = {}
    for one in candidates:
        if one.role != "step" or len(one.script.commands) != 1:
            continue
        text = one.script.commands[0].text
        near = before.setdefault((one.node.id, *text.split()[:2]), [])
        for other in near[-_NEAR:]:
            if _says_again(other.script.commands[0].text, text):
                one.variant = Variant(f"{one.node.id}/again-{other.fence.line}", text.split("\n")[0])
                one.role, one.sure = "alternative", "unsure"
                one.reasons = (f"the command of line {other.fence.line} again, with other options",)
                break
        else:
            near.append(one)


_NEAR = 4
"""So many of the same command are compared: a section of a thousand is no place for variants."""


def _says_again(first: str, second: str) -> bool:
    have, more = _tokens(first), _tokens(second)
    same_place = first.split()[:1] == second.split()[:1]
    if not same_place or len(have) < 3:
        return False
    filled = (
        have != more and len(have) == len(more) and all(a == b or a == "?" for a, b in zip(have, more, strict=True))
    )
    extra = [token for token in more if token not in have]
    return filled or (len(more) > len(have) and not [t for t in have if t not in more] and bool(extra))


def _tokens(text: str) -> list[str]:
    text = re.sub(r"<[^<>\n]*>|\$\{?\w+\}?", "?", text)
    return re.sub(r"\d+", "0", text).split()
