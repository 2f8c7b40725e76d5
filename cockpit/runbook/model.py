"""What was read from a runbook. Frozen, JSON-ready, and the same shape that `cockpit outline --json` prints.

Lines are 1-based lines of the file. Ids are slug paths plus an ordinal and do not depend on damaged characters.
"""

from typing import Literal

from msgspec import Struct, field

SectionKind = Literal["checklist", "steps", "rollback", "reference", "communication"]
Severity = Literal["error", "warning", "info"]
Role = Literal[
    "step", "optional", "alternative", "rollback", "contingency", "setup", "reference", "content", "remote", "broken",
]  # fmt: skip
Sureness = Literal["sure", "likely", "unsure"]
PlaceholderKind = Literal["text", "commit", "backup", "date", "timestamp", "version", "choice"]


class Command(Struct, frozen=True):
    """A top-level command of a script: one visible sub-step."""

    line: int
    end_line: int
    text: str
    label: str = ""
    """The comment above the command, without its `#`; empty where there is none."""


class SignOff(Struct, frozen=True):
    """A comment that asks a person to verify something, or an item nested under a step."""

    id: str
    line: int
    text: str


class Placeholder(Struct, frozen=True):
    """A hole in a script that a person fills before the step may start."""

    name: str
    """Folded: lower case, `-`, `_` and blanks are one; asked once per name."""
    token: str
    """As written, with its brackets."""
    line: int
    kind: PlaceholderKind = "text"
    choices: tuple[str, ...] = ()
    pattern: str = ""
    """The word around it with `*` in its place (`backups/pre-*.sql`), to offer files; empty where it stands alone."""


class Annotations(Struct, frozen=True):
    """What fence attributes or a `cockpit:` comment said. `None` and empty mean: not said."""

    name: str | None = None
    cwd: str | None = None
    interactive: bool | None = None
    background: bool | None = None
    ignore: bool = False
    tag: str | None = None
    interpreter: str | None = None
    confirm: bool | None = None
    timeout_seconds: float | None = None
    retries: int = 0
    ok_statuses: tuple[int, ...] = (0,)
    rollback: str | None = None
    at_seconds: int | None = None
    check: str | None = None
    env: tuple[str, ...] = ()
    interrupt: Literal["stop", "wait"] | None = None
    start: Literal["due", "person"] | None = None
    confirm_by: Literal["second"] | None = None
    owner: str | None = None
    optional: bool = False
    required: bool = False
    critical: bool = False
    no_return: bool = False
    reference: bool = False
    choose_one: bool = False
    is_rollback: bool = False


class Step(Struct, frozen=True):
    """A fenced script. `line` is the line of the opening fence, `body_line` the file line of the body's first line."""

    id: str
    title: str
    line: int
    body_line: int
    body: str
    """Byte for byte what runs; only `$ ` prompts (and expected output in console fences) are taken out."""
    language: str
    group: str = ""
    """Title of the heading or item that the fence stands under, below the section."""
    item: str | None = None
    """Id of the check box that the fence belongs to."""
    offset_seconds: int | None = None
    runnable: bool = True
    reason: str = ""
    """Why it is not runnable, or why it is offered for promotion only."""
    is_broken: bool = False
    """Meant to run, but no shell can read it: a step that stands in the way until a person passes it."""
    promotable: bool = False
    """Unlabelled, looks like commands: never run by itself, offered."""
    commands: tuple[Command, ...] = ()
    sign_offs: tuple[SignOff, ...] = ()
    placeholders: tuple[Placeholder, ...] = ()
    variables: tuple[str, ...] = ()
    """Outside variables: used by the script and set by nobody in it."""
    interactive: bool = False
    alternative: str = ""
    """Title of the alternative ("Option 1: ...") this step is part of; empty where there is no choice."""
    digest: str = ""
    """Content hash of the body: tells a resumed deploy that the step was edited."""
    role: Role = "step"
    """What the script is for (`Fenced` has the reasons)."""
    runs: bool = True
    """Taken in the forward order without asking."""
    otherwise: Role = "step"
    """What a broken script would be if it parsed: one of a way back blocks that, not the deploy."""
    fits: bool = True
    """Can be taken without a word of the settings: a labelled script that parses, or one where nothing is labelled."""
    choice: str = ""
    """Id of the group of variants that it is one of; empty where there is no choice."""
    remote: str = ""
    """Lines below its last command that are typed into the shell or client which that opens: shown, never run."""
    notes: Annotations = field(default_factory=Annotations)


class Fenced(Struct, frozen=True):
    """One fenced block of the document and what it is for. `line` is that of the opening fence."""

    line: int
    end_line: int
    label: str
    role: Role
    runs: bool
    """An ordinary run takes it in its forward order without asking which."""
    group: str | None
    """Id of the variants of which one is chosen."""
    sure: Sureness
    reasons: tuple[str, ...]
    id: str
    """Of its step, or one of its own where it is none."""
    title: str
    commands: tuple[Command, ...] = ()
    body: str = ""
    reviewed: str | None = None
    """Who said so; None: nobody yet."""


class Item(Struct, frozen=True):
    """A check box. `ticked` is the file's claim, not the deploy's state."""

    id: str
    text: str
    line: int
    group: str = ""
    nested: int = 0
    """Depth below the outermost box: 0, 1, ..."""
    parent: str | None = None
    check: str | None = None
    """Command or name of a built-in check that answers the item."""
    check_builtin: bool = False
    offers: str = ""
    """Command at its end that may change something: a script of the item, never run by itself."""
    reference: str | None = None
    ticked: bool = False
    offset_seconds: int | None = None
    digest: str = ""
    notes: Annotations = field(default_factory=Annotations)


class Section(Struct, frozen=True):
    """A heading and what stands directly below it, until the next heading."""

    id: str
    title: str
    level: int
    line: int
    end_line: int
    parent: str | None
    kind: SectionKind
    actionable: bool
    """True where boxes or runnable fences stand in the section or below it."""
    offset_seconds: int | None = None
    choose_one: bool = False
    items: tuple[Item, ...] = ()
    steps: tuple[Step, ...] = ()
    offered: tuple[Item, ...] = ()
    """Numbered lines of a section without boxes and scripts: the checklist of a runbook that is all prose."""
    tells_steps: bool = False
    """Its numbered lines name commands, and no script of the document runs forward: they are asked, in their order."""
    text: str = ""
    """The prose of the section, as Markdown, for the docs pane."""
    notes: Annotations = field(default_factory=Annotations)


class TemplateField(Struct, frozen=True):
    name: str
    token: str


class Template(Struct, frozen=True):
    """A message with holes: `[Issue]`, `<sha>`."""

    id: str
    title: str
    line: int
    body: str
    fields: tuple[TemplateField, ...] = ()
    kind: Literal["pre_deploy", "post_deploy", "rollback", "log", "message"] = "message"
    offset_seconds: int | None = None


class TimelineEntry(Struct, frozen=True):
    line: int
    offset_seconds: int
    title: str


class Counts(Struct, frozen=True):
    headings: int = 0
    h1: int = 0
    h2: int = 0
    h3: int = 0
    tasks: int = 0
    tasks_nested: int = 0
    fences: int = 0
    shell_fences: int = 0
    runnable: int = 0


class Inferred(Struct, frozen=True):
    line: int
    what: str


class Problem(Struct, frozen=True):
    line: int
    severity: Severity
    code: str
    message: str


class Runbook(Struct, frozen=True):
    """A whole runbook. `sections` is flat and in the order of the file; `parent` makes the tree."""

    title: str
    sections: tuple[Section, ...] = ()
    templates: tuple[Template, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    counts: Counts = field(default_factory=Counts)
    inferred: tuple[Inferred, ...] = ()
    problems: tuple[Problem, ...] = ()
    scripts: tuple[Fenced, ...] = ()
    """Every fence, in the order of the file: nothing vanishes."""
    languages: tuple[str, ...] = ()
    """The languages that its words are in; empty where none is known."""
    front_matter: str = ""
    preamble: str = ""
    """The prose between the title and the first section, as Markdown."""
