"""The notices' dialog: filled in, changed, copied, sent. In a read-only cockpit they are read and copied."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.state import State
from cockpit.external.terminal_programs import edited
from cockpit.text.sanitize import plain
from widgets import dialogs

if TYPE_CHECKING:
    from cockpit.report.notices import Notice
    from cockpit.tui.app import CockpitApp
    from widgets.dialogs import Choice, Written


class NoticeActions:
    def __init__(self, app: "CockpitApp") -> None:
        self._app = app
        self.drafts: dict[str, str] = {}
        """Notices that were changed and not sent, by id; for as long as the screen lives."""
        self.handlers = {"notices": self.open}

    def open(self) -> None:
        # The texts and what fills them take 25 ms to import: only who opens the dialog pays.
        from cockpit.report.notices import due, notices

        app, plan = self._app, self._app.state.plan
        if plan is None:
            return
        found = notices(app.state, app.now)
        # A text is kept until it is wherever it was sent: neither a refusal nor a failure costs it.
        self.drafts = {name: text for name, text in self.drafts.items() if not _arrived(app.state, text)}
        kind = due(app.state)
        chosen = next((number for number, one in enumerate(found) if one.kind == kind), 0)

        def answered(written: "Written | None") -> None:
            if written is None:
                return
            self.drafts = written.drafts
            if written.send:
                one = next(one for one in found if one.id == written.id)
                app.desk.later(c.SendNotice(kind=one.kind, title=one.title, text=written.text, to=written.to))

        dialog = dialogs.NoticeDialog(
            [_choice(app.state, one) for one in found],
            plan.destinations,
            chosen=chosen,
            drafts=self.drafts,
            read_only=app.read_only,
            edit=self._edited,
            copy=self._copied if app.can_copy else None,
        )
        app.push_screen(dialog, answered)

    def _edited(self, text: str) -> str | None:
        """The text after `$EDITOR` had it; None where it failed, or this terminal cannot be lent."""
        try:
            with self._app.suspend():
                changed = edited(text, suffix=".txt", prefix="cockpit-notice-")
        except (SuspendNotSupported, OSError, UnicodeDecodeError):
            changed = None
        self._app.refresh()
        return plain(changed) if changed is not None else None

    def _copied(self, text: str) -> None:
        self._app.copy_to_clipboard(text)
        self._app.notify("copied to the clipboard (OSC 52)", markup=False)

    def tell(self, event: e.Event) -> None:
        """A word where the eye is: what was sent, or what was not and why."""
        app, body = self._app, event.body
        if isinstance(body, e.NoticeSent):
            app.notify(f"sent to {body.to}: {body.title}" + (f"\n{body.detail}" if body.detail else ""), markup=False)
        elif isinstance(body, e.NoticeFailed):
            app.notify(f"not sent to {body.to}: {body.reason}", severity="error", timeout=20, markup=False)


def _choice(state: State, one: "Notice") -> "Choice":
    have = [past for past in state.notices if past.kind == one.kind]
    return dialogs.Choice(
        id=one.id,
        title=one.title,
        kind=one.kind,
        text=one.text,
        missing=one.missing,
        built_in=one.built_in,
        told="; ".join(_told(state, one.kind)[-2:]),
        sent_to=tuple(past.to for past in have if past.status != "failed"),
    )


def _arrived(state: State, text: str) -> bool:
    """True where this text was sent, and the last try at each of its places went well."""
    last = {one.to: one.status for one in state.notices if one.text == text.strip()}
    return bool(last) and all(status == "sent" for status in last.values())


def _told(state: State, kind: str) -> Sequence[str]:
    """The last word about each destination that has been tried: `sent to team 14:55`."""
    last = {past.to: past for past in state.notices if past.kind == kind}
    words = {"sent": "sent to", "failed": "NOT sent to", "sending": "sending to"}
    return [f"{words[one.status]} {one.to} {datetime.fromtimestamp(one.at, UTC):%H:%M}" for one in last.values()]
