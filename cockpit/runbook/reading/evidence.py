"""Evidence: small functions that look at one fence and say what speaks for which role, in words."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from cockpit.runbook.fences import CONSOLE, SHELL, TEXT, read_code
from cockpit.runbook.known_programs import WORDS_TOO
from cockpit.runbook.programs import BUILTINS
from cockpit.runbook.promotion import is_program, program_of
from cockpit.runbook.reading import shapes
from cockpit.runbook.reading.seen import Said, Seen, is_same_text, sentences_of
from cockpit.runbook.reading.titles import is_about, says_rollback, without_code
from cockpit.runbook.reading.vocabulary import Kind, pattern, start_pattern, title_pattern
from cockpit.runbook.shell import Script
from cockpit.runbook.tree import Node


class Vote(NamedTuple):
    """Name of a row of the table of weights, and why in words."""

    name: str
    why: str


Evidence = Callable[[Seen], Iterator[Vote]]

_FILE_NAME = re.compile(
    r"`[^`\s]*(?:\.[A-Za-z][\w.]{0,12}|/\.?[\w-]+|file)`|\.env\b|\bMakefile\b|\bDockerfile\b|\bcrontab\b", re.I
)
_STATEMENT = re.compile(r"(?:for|if|while|until|case|function)\b|[\w.-]+\s*\(\)")
_ENVIRONMENT = re.compile(
    r"\.env\b|\benv(?:ironment)?[ -](?:file|var)|variables? d|umgebungsvar|variabili|variáve|omgevingsvar|miljövar|"
    r"zmienne|переменн|ortam değ|环境变量|環境変数|환경 ?변수",
    re.I,
)
_BEGINNING = re.compile(r"^[\W\d_]+|^(?:how to|to)\s+", re.I)
_REPAIRS = re.compile(
    r"recover|restor|emergenc|disaster|notfall|urgence|emergência|emergenza|awari|аварий|应急|紧急|緊急|災害|긴급|재해",
    re.I,
)
"""A document of this name is itself what is run when it comes to that."""
_OPERATIONS = re.compile(
    r"operat|operac|operaz|mainten|manten|manuten|betrieb|wartung|exploit|driften|beheer|utrzym|эксплуат|обслуж|işlet|"
    r"bakım|运维|维护|運用|保守|운영|유지",
    re.I,
)
"""A document of this name holds the deploys as well."""
_VALUES = re.compile(r"\bfollowing (?:values?|lines?|settings?|sections?|content|block)\b", re.I)
_SHORT = 90
"""A list item or label of so many characters can be a heading; a longer one is a sentence."""
_SECRET = re.compile(
    r"\bopenssl\s+(?:rand|genrsa|genpkey|req|ecparam)\b|\bssh-keygen\b|\bgenerateKey\(|\bgpg\s+--(?:full-)?gen|\bsecret\s+put\b|\bsecrets?\s+set\b|"
    r"\bconfig:set\b|\bgit\s+remote\s+add\b|\bgit\s+config\s+--global\b|\bs3\s+mb\b|\bd1\s+create\b|\bcreate-(?:bucket|db-instance|"
    r"cluster|service|distribution|repository)\b|\bprojects?\s+create\b|\bbuckets?\s+create\b|\bapps?\s+create\b|\bwhsec_|\buuidgen\b|"
    r"\bdocker\s+secret\s+create\b|\bcreate\s+secret\b"
)  # fmt: skip
_TAKES_BACK = re.compile(
    r"\brollout\s+undo\b|\brollouts\s+(?:undo|abort)\b|^(?:helm|vercel|heroku|netlify|railway|wrangler|kamal|eb|cf|flyctl|fly|nomad\s+job)\b"
    r"[^|;&]*\s(?:rollback|revert)\b|\bdeploy:rollback\b|\b(?:db|migrate):rollback\b|\balembic\s+downgrade\b|\bflyway\s+undo\b|"
    r"\bservice\s+rollback\b|\bmigrate\s+down\b|\bknex\s+migrate:(?:down|rollback)\b|(?:^|/|\s)rollback[\w-]*\.(?:sh|py)\b|"
    r"^(?:sudo\s+)?(?:\S*/restore[\w.-]*|restore[\w-]*\.(?:sh|py))(?=\s|$)"
)
_ENDLESS = re.compile(
    r"\btail\s+(?:\S+\s+)*-\w*[fF]\b|\bjournalctl\b.*\s-\w*f\b|\blogs\b.*\s(?:-f|--follow|--tail)\b(?![=\s]+\d)|\bport-forward\b|"
    r"^watch\s|\b(?:npm|yarn|pnpm|bun)\s+(?:run\s+)?(?:start|dev)\b|\brunserver\b|\bhttp\.server\b|\s(?:-w|--watch)(?:\s|$)|"
    r"\bcompose\s+up\b(?!.*\s-d\b)(?!.*--detach)"
)
_HELP = re.compile(r"(?:^|\s)(?:--help|-h)(?:\s|$)|^\s*man\s")


def label(seen: Seen) -> Iterator[Vote]:
    language = seen.code.language
    if seen.is_template:
        yield Vote("template", "a message to send")
    elif language in SHELL or language in CONSOLE:
        yield Vote("shell-label", f"labelled {language}")
    elif language not in TEXT:
        yield Vote("other-label", f"labelled {language}: not a shell script")
    elif seen.promotable:
        yield Vote("unlabelled-commands", "looks like commands")
        if not seen.document.runs_unlabelled:
            yield Vote("offered", "unlabelled, in a document that labels its scripts: offered, not run")
    else:
        yield Vote("unlabelled", f"labelled {language}" if language else "unlabelled, does not look like commands")


def body(seen: Seen) -> Iterator[Vote]:
    programs = seen.programs
    if seen.code.prompts == "all":
        yield Vote("prompts", "typed at a prompt")
    elif programs:
        yield Vote("programs", "every command begins with a known program")
    prompted = seen.code.prompts == "all"
    shape = shapes.shape_of(seen.fence.content, has_shell_words=programs or prompted)
    broken = seen.unfit is not None and seen.unfit.is_broken
    if shape and not prompted:
        yield Vote("shape", shape)
    elif broken and seen.code.language in CONSOLE and not prompted and not programs and seen.fence.terminated:
        yield Vote("shape", "no prompt, and it does not parse: console output")
    if seen.unfit is not None and not seen.unfit.is_broken and seen.code.language not in TEXT:
        yield Vote("nothing-runs", seen.unfit.reason)


def settings(seen: Seen) -> Iterator[Vote]:
    names = shapes.only_settings(seen.code.body)
    if names and not any(name in seen.document.used for name in names):
        yield Vote("settings-only", f"only sets {_few(names)}, which no script here uses")
    elif len(names) > 1 and (_for_file(seen) or (seen.titles and _ENVIRONMENT.search(seen.titles[0]))):
        yield Vote("settings-only", f"only sets {_few(names)}")


def for_a_file(seen: Seen) -> Iterator[Vote]:
    if _for_file(seen):
        yield Vote("for-a-file", f"the text before it mentions a file: {_quote(seen.lead)}")


def expected(seen: Seen) -> Iterator[Vote]:
    lead = seen.lead
    if lead and pattern("expected", seen.document.spoken).search(lead):
        known = seen.programs or seen.code.prompts == "all"
        yield Vote("expected" if known else "expected-strong", f"the text before it announces output: {_quote(lead)}")


def annotations(seen: Seen) -> Iterator[Vote]:
    for node in seen.node.upward():
        if node.notes.is_rollback:
            yield Vote("told-rollback", f'"{node.title}" is annotated as a rollback')
        if node.notes.reference:
            yield Vote("told-reference", f'"{node.title}" is annotated as reference')
    if seen.node.notes.optional:
        yield Vote("told-optional", f'"{seen.node.title}" is annotated as optional')
    if seen.node.notes.required:
        yield Vote("told-required", f'"{seen.node.title}" is annotated as required')


def there(seen: Seen) -> Iterator[Vote]:
    yield Vote("there", "among the document's scripts")


_TITLES: tuple[Kind, ...] = ("trouble", "once", "optional", "reference", "example")


def headings(seen: Seen) -> Iterator[Vote]:
    spoken = seen.document.spoken
    forward: list[tuple[str, str]] = []
    for depth, title in enumerate(seen.titles):
        place = "title" if depth == 0 else "chapter"
        if says_rollback(title, spoken):
            yield Vote(f"{place}-rollback", f'"{title}" is a rollback')
            continue
        for kind in _TITLES:
            if is_about(title, kind, spoken):
                row = "reference" if kind == "example" and place == "chapter" else kind
                yield Vote(f"{place}-{row}", f'"{title}" says {_SAYS[kind]}')
        if is_about(title, "forward", spoken) or is_about(title, "verify", spoken) or is_about(title, "after", spoken):
            forward.append((place, title))
    for place in ("title", "chapter"):
        title = next((title for at, title in forward if at == place), "")
        if title:
            yield Vote(f"{place}-forward", f'"{title}" is part of a deploy')
    own = seen.titles[0] if seen.titles else ""
    if own and _is_condition(seen, own):
        yield Vote("title-if", f'"{own}" says when')
        goes_on = own in seen.document.repeated and seen.fence.line > seen.node.fences[0][1].line
        if goes_on and seen.lead and not _is_condition(seen, seen.lead):
            # Headings have no end: the next step may stand below the "If this fails" of the one before.
            yield Vote("moves-on", f"it may be the next step: {_quote(seen.lead)}")
    chapter = seen.titles[-1] if seen.titles else ""
    if start_pattern("teardown", spoken).match(_BEGINNING.sub("", chapter)) and not is_about(
        chapter, "forward", spoken
    ):
        yield Vote("chapter-teardown", f'"{chapter}" removes something for good')
    whole = without_code(seen.document.title)
    if is_about(whole, "reference", spoken) and not _OPERATIONS.search(whole):
        yield Vote("document-reference", f'the document "{whole}" is reference')
    if _is_trouble(whole, spoken):
        yield Vote("document-trouble", f'the document "{whole}" is about what went wrong')
    if says_rollback(whole, spoken) and not is_about(whole, "forward", spoken):
        yield Vote("document-rollback", f'the document "{seen.document.title}" is a rollback')


_SAYS = {
    "trouble": "that it is for emergencies",
    "once": "that it is run once",
    "optional": "that it is optional",
    "reference": "that it is reference",
    "example": "that it is an example",
}


_SIGNS: tuple[Kind, ...] = ("trouble", "once", "reference")


def folded(seen: Seen) -> Iterator[Vote]:
    """What has to be unfolded, in a section that shows its scripts: for those who need it."""
    if seen.fence.place.folded and seen.said.shows:
        yield Vote("folded", "folded away, while the section's other scripts are shown")


def signs(seen: Seen) -> Iterator[Vote]:
    """Bold lines, labels, summaries and tabs: what stands for a heading."""
    spoken = seen.document.spoken
    place = seen.fence.place
    for text in dict.fromkeys(t for t in (place.sign, place.summary, place.tab.title if place.tab else "") if t):
        if says_rollback(text, spoken):
            yield Vote("sign-rollback", f'under "{_short(text)}"')
            continue
        if _is_condition(seen, text):
            yield Vote("sign-if", f'under "{_short(text)}"')
        for kind in _SIGNS:
            if is_about(text, kind, spoken):
                yield Vote(f"sign-{kind}", f'under "{_short(text)}"')
        if is_about(text, "optional", spoken):
            yield Vote("item-optional", f'under "{_short(text)}"')


def items(seen: Seen) -> Iterator[Vote]:
    """List items around it that say what it is for."""
    spoken = seen.document.spoken
    for around in seen.fence.place.items:
        text = next(iter(sentences_of(around.text)), "")
        if len(text) <= _SHORT and says_rollback(text, spoken) and start_pattern("rollback", spoken).match(text):
            yield Vote("item-rollback", f"a rollback: {_quote(text)}")
        if start_pattern("optional", spoken).match(text) or (
            len(text) <= _SHORT and is_about(text, "optional", spoken)
        ):
            yield Vote("item-optional", f"optional: {_quote(text)}")
        if _is_condition(seen, text):
            yield Vote("item-if", f"conditional: {_quote(text)}")


_ARTICLE = re.compile(r"^[\W_]*(?:the|das|el|le|o|il|het|det)\s+", re.I)
_TO = re.compile(r"(?:to|um|para|pour|per|aby|чтобы|om|för att)\s+", re.I)


def leads(seen: Seen) -> Iterator[Vote]:
    """The sentence that leads to the fence."""
    lead, spoken = seen.lead, seen.document.spoken
    if not lead:
        return
    bare = _TO.sub("", lead.lstrip("*_ "), count=1)
    if says_rollback(lead, spoken) and start_pattern("rollback", spoken).match(bare):
        yield Vote("lead-rollback", f"the text before it: {_quote(lead)}")
    if _is_condition(seen, lead):
        yield Vote("lead-if", f"conditional: {_quote(lead)}")
    elif pattern("mid_condition", spoken).search(lead):
        wrong = is_about(lead, "trouble", spoken)
        yield Vote("lead-if" if wrong else "lead-only-if", f"conditional: {_quote(lead)}")
    elif _asks(seen):
        yield Vote("lead-asks", f"only where it is so: {_quote(seen.fence.place.lead)}")
    if pattern("only_once", spoken).search(lead):
        yield Vote("lead-once", f"run once: {_quote(lead)}")
    if pattern("skip", spoken).search(lead) or start_pattern("optional", spoken).match(lead):
        yield Vote("lead-optional", f"optional: {_quote(lead)}")
    if pattern("example_lead", spoken).search(lead) or pattern("example", spoken).search(lead):
        yield Vote("lead-example", f"an example: {_quote(lead)}")
    if start_pattern("example_lead", spoken).match(_ARTICLE.sub("", lead)):
        yield Vote("section-example", f"an example: {_quote(lead)}")
    if pattern("elsewhere", spoken).search(lead):
        yield Vote("elsewhere", f"meant for another machine: {_quote(lead)}")
    if pattern("teach", spoken).search(lead):
        yield Vote("only-explains", f"describes what something else does: {_quote(lead)}")


def section(seen: Seen) -> Iterator[Vote]:
    """What the section says before its first script, and of examples before this one."""
    said, here = seen.said, seen.fence.line
    line, text = said.first
    first = next(iter(sentences_of(text)), "") if line < here else ""
    if first and first != seen.lead and _is_condition(seen, first):
        yield Vote("section-if", f"the section starts: {_quote(first)}")
    for row, found in (("section-may-be-skipped", said.skips), ("section-example", said.examples)):
        told = next((text for line, text in found if line < here and text != seen.fence.place.lead), "")
        if told:
            yield Vote(row, f"the section says: {_quote(told)}")


def said_by(node: Node, spoken: tuple[str, ...]) -> Said:
    """The paragraphs of a section that say something about the scripts in it. Once per section: some are very long."""
    main = next(((line, text) for line, text in node.prose if line not in node.asides), (0, ""))
    skips = pattern("skip", spoken)
    examples = start_pattern("example_lead", spoken)
    return Said(
        first=main,
        skips=tuple((line, text) for line, text in node.prose if len(text) < _PARAGRAPH and skips.search(text)),
        shows=any(not one.place.folded and read_code(one.info, "").labelled for _, one in node.fences),
        examples=tuple((line, text) for line, text in node.prose if examples.match(_ARTICLE.sub("", text))),
    )


_PARAGRAPH = 400


def deeds(seen: Seen) -> Iterator[Vote]:
    """What the commands do."""
    texts = [command.text for command in seen.script.commands]
    made = [text for text in texts if _SECRET.search(text)]
    rest = [text for text in texts if text not in made and program_of(text) not in {"cd", "echo", "export", ""}]
    if made and not rest:
        yield Vote("makes-a-secret", f"`{_short(made[0], 40)}` creates something lasting")
    undone = next((text for text in texts if _TAKES_BACK.search(text)), "")
    if undone:
        yield Vote("takes-back", f"`{_short(undone, 40)}` rolls a release back")
    endless = next((text for text in texts if _ENDLESS.search(text)), "")
    if endless:
        yield Vote("never-ends", f"`{_short(endless, 40)}` never ends on its own")
    if texts and all(_HELP.search(text.split("|")[0]) for text in texts):
        yield Vote("help-only", "only prints a program's help")


def order(seen: Seen) -> Iterator[Vote]:
    spoken = seen.document.spoken
    if seen.fence.line < seen.document.ended_at:
        return
    if any(is_about(t, kind, spoken) for t in seen.titles for kind in ("forward", "verify", "after", "prepare")):
        return
    yield Vote("after-the-end", "after the end of the deploy")


ALL: tuple[Evidence, ...] = (
    label, body, settings, for_a_file, expected, annotations, there, headings, signs, folded, items, leads, section,
    deeds, order,
)  # fmt: skip


def calls_known_programs(script: Script) -> bool:
    """True where every command begins with a program, a builtin, a script's path or a word of the shell."""
    return bool(script.commands) and all(_is_known(command.text) for command in script.commands)


def _is_known(text: str) -> bool:
    name = program_of(text)
    return name in BUILTINS or name in WORDS_TOO or is_program(name) or _STATEMENT.match(text) is not None


def _is_trouble(title: str, spoken: tuple[str, ...]) -> bool:
    """True for a document that is about what went wrong: not for a deploy ("Release after an outage"), not for one that
    repairs ("Disaster recovery"). "Upgrade failures" is about failures."""
    bare = title.rstrip(" .:!?")
    found = [match.end() for match in title_pattern("trouble", spoken).finditer(bare)]
    if not found or _REPAIRS.search(title):
        return False
    return found[-1] == len(bare) or not is_about(title, "forward", spoken)


def _is_condition(seen: Seen, text: str) -> bool:
    """True where a text begins with "if", and is not what names this one of several ways."""
    spoken = seen.document.spoken
    found = start_pattern("condition", spoken).match(text) is not None or (
        # Some languages say "if" at the end of the clause.
        pattern("clause_condition", spoken).search(text) is not None
        and not pattern("mid_condition", spoken).search(text)
    )
    return found and not (seen.variant and is_same_text(text, seen.variant))


def _asks(seen: Seen) -> bool:
    """True where the paragraph before the fence is a question and its answer: "Did it drop a column? Then restore:"."""
    first = next(iter(sentences_of(seen.fence.place.lead)), "")
    return first.rstrip(" *_").endswith(("?", "？"))


def _for_file(seen: Seen) -> bool:
    lead = seen.lead
    told = bool(lead) and pattern("file", seen.document.spoken).search(lead) is not None
    return told and bool(_FILE_NAME.search(lead) or _VALUES.search(lead))


def _few(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")


def _quote(text: str) -> str:
    return f'"{_short(text, 80)}"'


def _short(text: str, most: int = 60) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 3]}..."
