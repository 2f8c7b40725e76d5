"""The actions by which people agree: on another time, and on a step that takes two of them."""

from cockpit.deploy import commands as c
from cockpit.runbook.placeholders import fill_placeholders
from cockpit.text.sanitize import visible
from cockpit.text.times import parse_time
from cockpit.tui.actions.navigation import Looking
from widgets import dialogs


class Agreeing(Looking):
    """On top of looking: T, and the second person."""

    def action_move_time(self) -> None:
        if self.state.plan is None or self.state.closed is not None:
            self.refuse("this deploy is over: T stays as it was. Start a new one with `cockpit run`")
            return

        def answer(wanted: tuple[float, str] | None) -> None:
            if wanted is not None:
                self._later(c.MoveTime(planned_at=wanted[0], reason=wanted[1]))

        self.push_screen(dialogs.MoveTimeDialog(self.state.planned_at, self.clock, parse_time), answer)

    def action_confirm(self) -> None:
        task = self.selected
        if task is None or task.script is None or not task.second_person:
            self.refuse("⟦confirm⟧ confirms a step that needs a second person: this one needs none, ⟦run⟧ runs it")
            return
        attempt = self.state.of(task.id).attempt + 1
        try:
            body = visible(fill_placeholders(task.script.body, self.state.values).rstrip())
        except ValueError as error:
            self.refuse(str(error))
            return
        question = f"As {self.session.by}, you have read it, and somebody else starts it. It runs:\n\n{body}"
        options = [("as-shown", "confirm what is shown")]
        if attempt > 1:
            options.append(("edited", f"confirm a script that is edited for attempt {attempt}: you have read that one"))

        def answer(chosen: str | None) -> None:
            if chosen:
                self._later(c.ConfirmTask(task=task.id, attempt=attempt, edited=chosen == "edited"))

        self.push_screen(dialogs.Choose(f"Confirm as {self.session.by}", question, options, careful=True), answer)
