"""One script as it is reviewed: what it is taken for and why, what it would do, its text or what changed in it."""

from collections.abc import Sequence

from rich.cells import chop_cells
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from cockpit.runbook.review.answers import Answers
from cockpit.runbook.review.changes import Line, changes
from cockpit.runbook.review.model import Standing
from cockpit.runbook.review.subjects import handed
from cockpit.text.sanitize import one_line, visible
from cockpit.text.times import day
from styles.roles import HARM
from widgets.review_list import look_of
from widgets.rows import Piece, hanging, lines, row

DOES = {
    "step": "runs, in its order",
    "optional": "is offered in its place, and may be left out",
    "alternative": "is one of several ways: one of them is chosen",
    "rollback": "is a rollback option: runs only in a rollback",
    "contingency": "is at hand for trouble; never runs by itself",
    "setup": "is at hand; done once, not in each deploy",
    "reference": "is at hand, to look up",
    "content": "is not commands; never runs",
    "remote": "is typed into another shell; never runs here",
    "broken": "cannot run: no shell can read it",
}
"""What each role means for the deploy."""
USUAL = "is the usual one of several ways: runs, in its order"
_FACT = 11
_ROOMY = 14
"""Rows of the pane from which on there is room for all that is known beside the script."""
_SIGNS = {"-": ("-", "$breach"), "+": ("+", "$ok"), "~": (" ", "$muted"), " ": (" ", "")}


class ReviewScript(VerticalScroll, can_focus=True):
    """Shows one script at a time."""

    BORDER_TITLE = "2 Script"

    class Scrolled(Message):
        """Another part of the script is on the screen."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as in Textual
        super().__init__(id=id)
        self.ascii_only = False
        self._shown: Content | None = None
        self._script = ""

    def compose(self) -> ComposeResult:
        yield Static("", markup=False, classes="scrolled-rows")

    @property
    def at_end(self) -> bool:
        """The last line is on the screen."""
        return self.scroll_y + self.scrollable_content_region.height >= self.virtual_size.height

    def show(self, one: Standing | None, answers: Answers, before: str | None, *, looking: bool = False) -> None:
        """Show it. `before`: its text as it was reviewed, where that is another one and known; `looking`: it is still
        being looked for."""
        # Without its bar, which comes with a long script: nothing then moves.
        width = max(20, (self.content_region.width or 60) - 1)
        rows = self._rows(one, answers, before, width, looking=looking) if one is not None else []
        content = lines(rows)
        if self._shown is not None and self._shown.plain == content.plain and self._shown.spans == content.spans:
            return
        self._shown = content
        self.query_one(Static).update(content)
        name = one.subject.id if one is not None else ""
        if name != self._script:
            self._script = name
            self.scroll_to(y=0, animate=False)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.post_message(self.Scrolled())

    def _rows(self, one: Standing, answers: Answers, before: str | None, width: int, *, looking: bool) -> list[Content]:
        subject = one.subject
        low = self.content_region.height < _ROOMY
        rows = [hanging([], subject.title, "bold", width)]
        where = f"{subject.where} · " if subject.where and not low else ""
        place = f"{where}line {subject.line}" + (f" · {subject.label}" if subject.label else "")
        place = place.replace("·", "|") if self.ascii_only else place
        if low:
            rows = [row([(subject.title, "bold")], [(f" {place}", "$muted")], width, ascii_only=self.ascii_only)]
        else:
            rows += [hanging([], place, "$muted", width), Content("")]
        facts = self._facts(one, answers)
        for name, text, style in [fact for fact in facts if fact[0]][:4] if low else facts:
            rows.append(hanging([(name.ljust(_FACT), "$muted")], text, style, width))
        rule = "-" if self.ascii_only else "─"
        rows += [Content.styled(rule * width, "$rule")]
        if one.state == "changed" and one.entry is not None:
            said = "looking for what was reviewed ..." if looking else _changed(one, before)
            rows += [hanging([], said, "$alert", width), *([] if low else [Content("")])]
            if before is not None:
                now = handed(subject.text, subject.interpreter)
                return [*rows, *self._changes(changes(before, now), width)]
        return [*rows, *self._text(subject.text, subject.body_line, width)]

    def _facts(self, one: Standing, answers: Answers) -> list[tuple[str, str, str]]:
        subject, role, look = one.subject, answers.role(one), look_of(one, answers)
        does = USUAL if role == "alternative" and subject.usual else DOES[role]
        facts = [("role", f"{role}: {does}", "bold")]
        state = look.word
        if subject.id in answers.given:
            state = f"reviewed by {answers.by}, just now"
        elif one.entry is not None and one.state == "reviewed":
            state = f"reviewed by {one.entry.by} on {day(one.entry.at)}"
        elif one.entry is not None and one.state == "role" and one.entry.read_as == subject.role:
            state = f"the usual way now; when {one.entry.by} reviewed it on {day(one.entry.at)}, it was not"
        elif one.entry is not None and one.state == "role":
            state = f"read otherwise now; {one.entry.by} reviewed it as {one.entry.role} on {day(one.entry.at)}"
        if one.state not in ("new", "changed") or subject.id in answers.given or look.word == "unsure":
            facts.append(("state", state, look.colour))
        if subject.destroys(role):
            facts.append(("careful", f"{HARM.mark(self.ascii_only)} {one_line(subject.harm)}", HARM.colour))
        sure = "" if subject.sure == "sure" else f", {subject.sure}"
        read = f"{subject.role}{sure}: " if role != subject.role or sure else ""
        for number, reason in enumerate(subject.reasons or ("",)):
            facts.append(
                ("" if number else "read as" if read else "why", (read if not number else "") + one_line(reason), "")
            )
        if subject.interpreter:
            facts.append(("read by", f"{one_line(subject.interpreter)}, not bash", "bold"))
        if subject.fixed:
            facts.append(("fixed", f"{subject.fixed}: change it in the runbook", ""))
        return facts

    def _text(self, text: str, first: int, width: int) -> list[Content]:
        """With the lines of the file; nothing of a long line is cut away: it may be what matters."""
        rows: list[Content] = []
        for number, line in enumerate(visible(text).rstrip("\n").split("\n"), first):
            comment = line.lstrip().startswith("#")
            lead: list[Piece] = [(f"{number:>4}  ", "$muted")]
            rows += _broken(lead, line, "$muted italic" if comment else "", width)
        return rows

    def _changes(self, found: Sequence[Line], width: int) -> list[Content]:
        rows: list[Content] = []
        for line in found:
            sign, style = _SIGNS[line.sign]
            text = line.text or ("..." if line.sign == "~" else "")
            rows += _broken([(f"{sign} ", f"bold {style}".strip())], text, style, width)
        return rows


def _changed(one: Standing, before: str | None) -> str:
    assert one.entry is not None
    said = f"changed since {one.entry.by} reviewed it on {day(one.entry.at)} as {one.entry.role}"
    if before is None:
        return f"{said}; what it was is kept neither here nor in git's history: all of it is shown"
    return f"{said}:"


def _broken(lead: list[Piece], text: str, style: str, width: int) -> list[Content]:
    """The text in as many rows as it needs, its blanks as they are."""
    indent = sum(len(piece) for piece, _ in lead)
    parts = chop_cells(text.expandtabs(4), max(8, width - indent)) or [""]
    first = Content.assemble(*lead, (parts[0], style))
    return [first, *(Content.assemble((" " * indent, ""), (part, style)) for part in parts[1:])]
