"""The actions of the way back: R with its dialog, N within a countdown."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cockpit.client.choices import choices
from cockpit.deploy import commands as c
from cockpit.runbook.model import Placeholder
from cockpit.runbook.placeholders import fill_placeholders
from cockpit.tui.actions.navigation import Looking
from widgets import dialogs
from widgets.dialogs.base import Dialog

if TYPE_CHECKING:
    from widgets.dialogs import RollbackDialog, Wanted

HELD_RUN_SECONDS = 0.7
"""Longer than the pause before a held key repeats (0.66 s at most on the usual systems)."""


class GoingBack(Looking):
    """On top of looking: what takes the deploy back."""

    def action_rollback(self) -> None:
        plan = self.state.plan
        if plan is None or self.state.closed is not None:
            self.refuse("this deploy is over: nothing to roll back. Deploy the release before with `cockpit run --ref`")
            return
        if not plan.rollback:
            self.refuse(
                f"{plan.runbook_path} has no rollback section: go back by hand, and add one (its title says rollback)"
            )
            return
        if self.state.rolling_back:
            self.refuse("a rollback is under way already: wait for its end")
            return
        dialog = dialogs.RollbackDialog(self.state, choices=self.choices, fill=fill_placeholders)
        self.push_screen(dialog, self._roll_back)

    def on_rollback_dialog_asked(self, message: "RollbackDialog.Asked") -> None:
        """The dialog wants to know where a way leads."""
        message.stop()
        if self.client is not None:  # without an engine there is nobody to look, and the next line says so already
            self._later(c.CheckTarget(option=message.option, values=message.values))

    def renew_dialog(self) -> None:
        """The state has changed: an open dialog shows what is true now."""
        if isinstance(self.screen, Dialog):
            self.screen.renew(self.state)

    def action_now(self) -> None:
        """The trigger has decided already, and its command is on the screen: one key takes it before its time."""
        countdown = self.state.countdown
        if countdown is None:
            self.refuse("no countdown is running: ⟦rollback⟧ chooses a way back")
        elif not self.is_repeat("now", HELD_RUN_SECONDS):
            self._later(c.RollBackNow(due_at=countdown.due_at))

    def choices(self, hole: Placeholder) -> Sequence[tuple[str, str]]:
        return choices(self.session.layout.root, self.state.plan, hole)

    def _roll_back(self, wanted: "Wanted | None") -> None:
        if wanted is not None:
            self._later(
                c.StartRollback(
                    option=wanted.option,
                    confirmation=wanted.confirmation,
                    reason=wanted.reason or "asked for on the screen",
                    values=wanted.values,
                    despite=wanted.despite,
                )
            )
