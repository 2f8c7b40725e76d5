"""The scripts of a runbook, one a row: where it stands, what it is for, its title and line; a cursor that stays."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option, OptionDoesNotExist

from cockpit.runbook.review.answers import Answers, doubtful
from cockpit.runbook.review.model import Standing
from styles.roles import HARM, REVIEW, Role
from widgets.rows import Piece, row

ROLE_WIDTH = 12
_GROUPS = ("To look at", "To accept", "Cannot run", "Reviewed", "Not asked about")


class ReviewList(OptionList):
    """Shows scripts in the given order; says which one is under the cursor and which one was chosen. It never acts."""

    BORDER_TITLE = "1 Scripts"

    @dataclass
    class Moved(Message):
        """The cursor is on another script."""

        script: str

    @dataclass
    class Chosen(Message):
        """A double click."""

        script: str

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as in Textual
        super().__init__(id=id, markup=False)
        self.ascii_only = False
        self._shown: list[tuple[str, Content]] = []

    @property
    def script(self) -> str | None:
        """Id of the script under the cursor."""
        option = self.highlighted_option
        return option.id if option is not None else None

    def show(self, standings: Sequence[Standing], answers: Answers) -> None:
        """Show these; only rows that changed are drawn again."""
        width = self.scrollable_content_region.width or 40
        rows = self._rows(standings, answers, width)
        if [name for name, _ in rows] != [name for name, _ in self._shown]:
            before = self.script
            self._shown = rows
            self.set_options(
                Option(prompt, id=name if not name.startswith("\0") else None, disabled=name.startswith("\0"))
                for name, prompt in rows
            )
            if not (before is not None and self.move_to(before)) and self.option_count:
                self.action_first()
            return
        for index, ((_, old), (_, new)) in enumerate(zip(self._shown, rows, strict=True)):
            if old.plain != new.plain or old.spans != new.spans:
                self.replace_option_prompt_at_index(index, new)
        self._shown = rows

    def move_to(self, script: str) -> bool:
        """Put the cursor on the script; False where it is not shown."""
        try:
            self.highlighted = self.get_option_index(script)
        except OptionDoesNotExist:
            return False
        return True

    def _rows(self, standings: Sequence[Standing], answers: Answers, width: int) -> list[tuple[str, Content]]:
        rows: list[tuple[str, Content]] = []
        group = -1
        for one in standings:
            if group_of(one) != group:
                group = group_of(one)
                mine = [other for other in standings if group_of(other) == group]
                left = sum(answers.is_open(other) for other in mine)
                count = f"{left} of {len(mine)} open" if group < 2 else str(len(mine))
                if rows:
                    rows.append((f"\0above {group}", Content("")))
                rows.append((f"\0{group}", self._heading(_GROUPS[group], count, width)))
            rows.append((one.subject.id, self._row(one, answers, width)))
        return rows

    def _heading(self, title: str, count: str, width: int) -> Content:
        return row([(title, "bold $muted")], [(f" {count}", "$muted")], width, ascii_only=self.ascii_only)

    def _row(self, one: Standing, answers: Answers, width: int) -> Content:
        look = look_of(one, answers)
        mark = look.mark(self.ascii_only)
        quiet = not one.pending or one.subject.id in answers.given
        left: list[Piece] = [
            (f"{mark.ljust(3 if self.ascii_only else 1)} ", look.colour),
            (answers.role(one).ljust(ROLE_WIDTH), "$muted" if quiet else "$foreground"),
            (one.subject.title, "$muted" if quiet else ""),
        ]
        right: list[Piece] = (
            [(f" {HARM.mark(self.ascii_only)}", HARM.colour)] if one.subject.destroys(answers.role(one)) else []
        )
        return row(left, [*right, (f" {one.subject.line:>4}", "$muted")], width, grow=2, ascii_only=self.ascii_only)

    def on_click(self, event: Click) -> None:
        """A click only looks; two of them accept. (OptionList's own handler would take a single one for Enter.)"""
        event.prevent_default()
        place = event.style.meta.get("option")
        if place is None or self.get_option_at_index(place).disabled:
            return
        self.highlighted = place
        if event.chain == 2:
            self.action_select()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if event.option_id is not None:
            self.post_message(self.Moved(event.option_id))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id is not None:
            self.post_message(self.Chosen(event.option_id))


def group_of(one: Standing) -> int:
    """Which heading it stands under; it stays there when it is answered."""
    if one.pending:
        return 0 if doubtful(one) else 1
    return {"broken": 2, "reviewed": 3}.get(one.state, 4)


def look_of(one: Standing, answers: Answers) -> Role:
    """Its mark, word and colour."""
    if one.subject.id in answers.given:
        return REVIEW["answered"]
    if one.state == "new" and one.subject.sure == "unsure":
        return REVIEW["unsure"]
    return REVIEW[one.state]
