"""The screen as a browser shows it: read-only, and without what belongs to the terminal of the machine it runs on."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import ClassVar

from msgspec import structs
from textual.binding import Binding, BindingType
from textual.driver import Driver

from cockpit.client.session import Session
from cockpit.deploy import commands as c
from cockpit.deploy.recommend import Recommendation
from cockpit.engine.ipc.client import Client
from cockpit.settings.keymap import KEYS
from cockpit.tui.app import CockpitApp
from cockpit.tui.bindings import bindings
from cockpit.tui.drawing import Drawing
from cockpit.tui.hints import Hints, KeyHints
from cockpit.web.driver import BrowserDriver
from cockpit.web.feed import ONLY_LOOKS, LookingLine, look
from widgets.log_view import LogView

HERE = {
    "phase.on": "view the next phase",
    "notices": "notices, prefilled, read-only",
    "quit": "close the screen; the deploy keeps running",
}
"""What keys do here, where that is less than elsewhere."""
BROWSER_KEYS = tuple(
    key._replace(tooltip=HERE.get(key.id, key.tooltip)) for key in KEYS if not key.acts and key.id != "export"
)
"""Those that look. An export would be written on the machine of the deploy, not on that of the browser."""
NOT_HERE = ("export", "suspend_process", "screenshot")
LOG_NOT_HERE = ("y", "Y", "o")
"""Keys of the log for a terminal of one's own: copy, pager."""
WORDS_NOT_HERE = ("copy", "pager", "export")

NO_COPY = "Copying is not available here. Select with shift and the mouse (not on a Mac) and copy from the menu."


class BrowserDrawing(Drawing):
    def bottom_line(self) -> tuple[str, Recommendation]:
        """What comes next, without the key by which somebody else does it."""
        lead, next_ = super().bottom_line()
        return lead, structs.replace(next_, action="")


class BrowserHints(KeyHints):
    def shown(self) -> Hints:
        return [(key, word) for key, word in super().shown() if word not in WORDS_NOT_HERE]


class BrowserApp(CockpitApp):
    """The screen of one deploy for one browser."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(BROWSER_KEYS)]
    key_table = BROWSER_KEYS
    can_copy = False
    can_lend = False
    log_keys: ClassVar[list[BindingType]] = [
        one for one in LogView.BINDINGS if not (isinstance(one, Binding) and one.key in LOG_NOT_HERE)
    ]

    def __init__(
        self,
        session: Session,
        *,
        connect: Callable[[], Awaitable[Client]] | None = None,
        ascii_only: bool = False,
    ) -> None:
        super().__init__(session, ascii_only=ascii_only, read_only=True)
        self.line = LookingLine(session, connect or partial(look, session))
        self.drawing, self.hinting = BrowserDrawing(self), BrowserHints(self)

    def get_driver_class(self) -> type[Driver]:
        return BrowserDriver

    async def ask(self, command: c.Command) -> c.Refusal | None:
        """Whatever asked: nothing leaves this process for the engine."""
        self.refuse(ONLY_LOOKS)
        return c.Refusal(ONLY_LOOKS)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        named = str(parameters[0]) if action == "do" and parameters else action
        return False if named in NOT_HERE else super().check_action(action, parameters)

    # -- what belongs to a terminal

    def copy_to_clipboard(self, text: str) -> None:
        self.notify(NO_COPY, severity="warning", markup=False)

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """An address in a log or a runbook is not followed from here."""
        self.refuse("Links cannot be opened from here.")
