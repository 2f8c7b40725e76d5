"""A notice: which one, its text to read and change, what is not known yet, where it goes, and sent by hand."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.events import DescendantFocus
from textual.widgets import Button, OptionList, Static, TextArea
from textual.widgets.option_list import Option

from cockpit.deploy.plan import Destination
from cockpit.runbook.model import TemplateField
from widgets.dialogs.base import Dialog, text
from widgets.dialogs.notice_text import NoticeText
from widgets.tick import Tick

_KEYS = "s send · y copy · e editor · f refill · tab next field · esc close"
_IN_TEXT = "tab next field · ctrl+s send · ctrl+e editor · esc close"

HELD_SECONDS = 0.7
"""Longer than the pause before a held key repeats (0.66 s at most on the usual systems): it confirms nothing."""

Edit = Callable[[str], str | None]


class Choice(Struct, frozen=True, kw_only=True):
    """A notice that may be chosen. `told`: what became of it so far, in words."""

    id: str
    title: str
    kind: str
    text: str
    missing: tuple[TemplateField, ...] = ()
    told: str = ""
    sent_to: tuple[str, ...] = ()
    """Destinations that have one of this kind."""
    built_in: bool = False
    """The runbook has none of this kind."""


class Written(Struct, frozen=True):
    """What the person leaves: the texts that they changed, and what is to be sent, if anything."""

    drafts: dict[str, str]
    send: bool = False
    id: str = ""
    text: str = ""
    to: tuple[str, ...] = ()


class NoticeDialog(Dialog[Written]):
    """In the list: `e` the editor, `y` copy, `f` fill in anew, `s` send. Enter never sends; a field that is not known
    takes a second press. Without `copy` there is nowhere to copy to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+e", "editor", "Editor", priority=True, tooltip="edit the text in $EDITOR"),
        Binding("ctrl+s", "send", "Send", priority=True, tooltip="send the text"),
        Binding("e", "editor", "Editor"),
        Binding("y", "copy", "Copy"),
        Binding("f", "fill", "Refill"),
        Binding("s", "send", "Send"),
    ]

    def __init__(
        self,
        choices: Sequence[Choice],
        destinations: Sequence[Destination],
        *,
        chosen: int = 0,
        drafts: Mapping[str, str] = {},
        read_only: bool = False,
        edit: Edit,
        copy: Callable[[str], None] | None,
    ) -> None:
        super().__init__()
        self.title_text = "Notices"
        closing = "y copy · esc close" if copy is not None else "esc close"
        self.footer_text = closing if read_only else _KEYS
        self._choices = tuple(choices)
        self._destinations = () if read_only else tuple(destinations)
        self._chosen = chosen
        self._drafts = dict(drafts)
        self._read_only = read_only
        self._edit = edit
        self._copy = copy
        self._warned: tuple[str, ...] = ()
        self._pressed = float("-inf")
        self.add_class("wide")

    @property
    def choice(self) -> Choice:
        return self._choices[self._chosen]

    def rows(self) -> ComposeResult:
        yield OptionList(
            *(Option(self._label(one), id=one.id) for one in self._choices),
            id="which",
            classes="first",
            markup=False,
        )
        yield NoticeText(self._text, id="text", read_only=self._read_only)
        yield Static("", id="open", markup=False)
        if self._destinations:
            with Horizontal(id="places"):
                for number, one in enumerate(self._destinations):
                    yield Tick(_place(one), value=self._wants(one), id=f"place-{number}")
        yield text("", "complaint")
        with Horizontal(id="buttons"):
            yield Button("Close", id="cancel")
            if self._copy is not None:
                yield Button("Copy", id="copy")
            if not self._read_only:
                yield Button("Editor", id="editor")
            if self._destinations:
                yield Button("Send", id="go")

    @staticmethod
    def _label(one: Choice) -> Content:
        kind = "built in" if one.built_in else one.kind.replace("_", "-")
        return Content.assemble(
            one.title, (f"  {kind}", "$muted"), (f"  {one.told}" if one.told else "", "bold $watching")
        )

    @property
    def _text(self) -> str:
        return self._drafts.get(self.choice.id, self.choice.text)

    def _wants(self, place: Destination) -> bool:
        return place.wants(self.choice.kind) and place.name not in self.choice.sent_to

    @property
    def open_fields(self) -> tuple[str, ...]:
        """Names of the fields whose token still stands in the text."""
        words = self.query_one(NoticeText).text
        return tuple(dict.fromkeys(one.name for one in self.choice.missing if one.token in words))

    def ready(self) -> None:
        self.query_one("#which", OptionList).highlighted = self._chosen
        self._show()

    def _show(self) -> None:
        """What is not known, in words; why nothing can be sent."""
        area = self.query_one(NoticeText)
        area.mark(tuple(one.token for one in self.choice.missing))
        names = self.open_fields
        line = self.query_one("#open", Static)
        if names:
            many = "fields are" if len(names) > 1 else "field is"
            line.update(Content.styled(f"{len(names)} {many} missing: {', '.join(names)}", "$alert"))
        else:
            line.update(Content.styled("all fields filled in", "$muted"))
        if not self._destinations and not self._read_only:
            self.complain("no destination: no [notices.NAME] in cockpit.toml; the text can be copied")

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """In the text a letter is a letter."""
        if not self._read_only:
            words = _IN_TEXT if isinstance(event.widget, NoticeText) else _KEYS
            self.query_one("#dialog").border_subtitle = self.footer(words)

    def _keep(self) -> None:
        """The text as it stands is the draft, where it was changed."""
        words = self.query_one(NoticeText).text
        if words != self.choice.text:
            self._drafts[self.choice.id] = words
        else:
            self._drafts.pop(self.choice.id, None)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if event.option_index == self._chosen or not self.armed:
            return
        self._keep()
        self._chosen = event.option_index
        self._load()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.query_one(NoticeText).focus()

    def _load(self) -> None:
        self.query_one(NoticeText).load_text(self._text)
        for number, one in enumerate(self._destinations):
            self.query_one(f"#place-{number}", Tick).value = self._wants(one)
        self._warned = ()
        self.complain("")
        self._show()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._warned = ()
        if self.armed:
            self._show()

    def on_tick_changed(self, event: Tick.Changed) -> None:
        event.stop()
        self.complain("")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        actions = {"go": self.action_send, "copy": self.action_copy, "editor": self.action_editor}
        actions.get(event.button.id or "", self.action_cancel)()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys count once the dialog is armed; a read-only one copies and no more."""
        if action in ("editor", "send", "fill", "copy") and not self.armed:
            return False
        if action == "copy" and self._copy is None:
            return False
        return not (self._read_only and action in ("editor", "send", "fill"))

    def action_copy(self) -> None:
        if self._copy is not None:
            self._copy(self.query_one(NoticeText).text)

    def action_fill(self) -> None:
        """The template again, with what is known now; what was typed is gone."""
        self._drafts.pop(self.choice.id, None)
        self._load()

    def action_editor(self) -> None:
        changed = self._edit(self.query_one(NoticeText).text)
        if changed is None:
            self.complain("The editor failed; the text is unchanged.")
        else:
            self.query_one(NoticeText).load_text(changed)
            self.complain("")
        self._show()

    def action_send(self) -> None:
        before, self._pressed = self._pressed, time.monotonic()
        if self._pressed - before < HELD_SECONDS:
            return
        to = self._to
        words = self.query_one(NoticeText).text
        if not self._destinations:
            return
        if not words.strip():
            self.complain("The notice is empty.")
        elif not to:
            self.complain("Choose a destination with space.")
        elif self.open_fields and self._warned != (*to, *self.open_fields):
            self._warned = (*to, *self.open_fields)
            self.complain(f"Missing: {', '.join(self.open_fields)}. Press send again to send anyway.")
        else:
            self._keep()
            self.dismiss(Written(self._drafts, send=True, id=self.choice.id, text=words, to=to))

    @property
    def _to(self) -> tuple[str, ...]:
        boxes = [(self.query_one(f"#place-{number}", Tick), one) for number, one in enumerate(self._destinations)]
        return tuple(one.name for box, one in boxes if box.value)

    def action_cancel(self) -> None:
        self._keep()
        self.dismiss(Written(self._drafts))


def _place(one: Destination) -> Content:
    where = one.where or one.type
    return Content(f"{one.name} ({where})")
