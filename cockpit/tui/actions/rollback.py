"""The actions of the way back: R with its dialog, N within a countdown."""

import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from cockpit.deploy import commands as c
from cockpit.deploy.plan import Plan
from cockpit.external import git
from cockpit.external.listing import backups, short
from cockpit.runbook.model import Placeholder
from cockpit.runbook.placeholders import fill_placeholders
from cockpit.tui.actions.navigation import Looking
from widgets import dialogs
from widgets.dialogs.base import Dialog

if TYPE_CHECKING:
    from widgets.dialogs import RollbackDialog, Wanted

OFFERED = 10
"""Files that a dialog offers."""
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
            self.refuse("no countdown is running: R chooses a way back")
        elif not self.is_repeat("now", HELD_RUN_SECONDS):
            self._later(c.RollBackNow(due_at=countdown.due_at))

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

    def choices(self, hole: Placeholder) -> Sequence[tuple[str, str]]:
        """What could stand in the hole: commits with the last good one on top, files that match, the given words."""
        plan = self.state.plan
        if plan is None:
            return ()
        root = self.session.layout.root
        if hole.kind == "choice":
            return [(word, word) for word in hole.choices]
        if hole.kind == "commit":
            return _commits(root, plan)
        if hole.kind == "backup" or hole.pattern:
            found = backups(root, hole.pattern or "backups/*")
            return [(_backup_value(hole, path, root), short(root, path)) for path in islice(found, OFFERED)]
        return ()


def _commits(root: Path, plan: Plan) -> list[tuple[str, str]]:
    """The log of the commit that was deployed; on top the last good deploy, then what ran before this one."""
    found = {one.sha: f"{one.sha[:10]} {one.subject}" for one in git.log(root, plan.commit or "HEAD")}
    bad = {one.commit: one for one in plan.bad_releases}
    first: list[tuple[str, str]] = []
    for sha, words in ((plan.last_good, "last good deploy"), (plan.current_commit, "ran before this deploy")):
        if sha and sha not in [one for one, _ in first]:
            first.append((sha, f"{found.pop(sha, sha[:10])}  ({words})"))
    marks = {sha: f"  (taken back by {one.deploy})" for sha, one in bad.items()}
    marks[plan.commit] = "  (is being deployed)"
    return [*first, *((sha, label + marks.get(sha, "")) for sha, label in found.items())]


def _backup_value(hole: Placeholder, path: Path, root: Path) -> str:
    """What the hole stands for in the file's name: `backups/pre-deploy-<hole>.sql`."""
    name = short(root, path)
    before, star, after = (hole.pattern or "*").partition("*")
    if before.startswith("~"):
        before = os.path.expanduser(before)  # noqa: PTH111 - a part of a name may stand behind it
    if star and name.startswith(before) and name.endswith(after):
        return name[len(before) : len(name) - len(after) or None]
    return name
