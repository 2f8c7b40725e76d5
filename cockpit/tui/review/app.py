"""The app of a review: what its keys do to the answers. Nothing is started, and nothing of the repository is run."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from cockpit.errors import DONE
from cockpit.opening.review import Review
from cockpit.runbook.review.answers import Answers, in_order
from cockpit.runbook.review.model import Standing
from cockpit.settings.keymap import REVIEW_KEYS
from cockpit.settings.keymap import Key as KeyOf
from cockpit.tui import clean
from cockpit.tui.bindings import bindings
from cockpit.tui.review.actions import LOOK_SECONDS, ReviewActions
from cockpit.tui.review.bars import draw_bars
from cockpit.tui.review.screen import ReviewScreen
from cockpit.tui.signals import orderly, said_goodbye
from styles import SHEET
from styles.theme import ANSI_DARK, ANSI_LIGHT, THEMES
from widgets import guard
from widgets.bars import key_word
from widgets.guard import in_words
from widgets.review_list import ReviewList
from widgets.review_script import ReviewScript

clean.install()
guard.install()


class ReviewKeys:
    """What the actions are reached by on this screen."""

    def __init__(self, bound: Callable[[], Mapping[str, str]], *, ascii_only: bool) -> None:
        self._bound, self._ascii_only = bound, ascii_only
        self._table = {key.id: key for key in REVIEW_KEYS}

    def all_of(self, key: KeyOf) -> list[str]:
        """Every key that is bound to it, as people call them."""
        bound = self._bound().get(key.id, key.key)
        return [key_word(one.strip(), self._ascii_only) for one in bound.split(",")]

    def of(self, action: str) -> str:
        """The first key of the action."""
        return self.all_of(self._table[action])[0] if action in self._table else action


class ReviewApp(App[int]):
    """A review on the screen. Ends with DONE once everything is reviewed, with FAILED where it is left before."""

    CSS_PATH = SHEET
    TITLE = "cockpit"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-too-thin"), (60, "-narrow"), (100, "-medium"), (140, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-too-short"), (16, "-short"), (30, "-tall")]  # noqa: RUF012 - Textual declares it so
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(REVIEW_KEYS), Binding("ctrl+c", "do('review.quit')", "Leave", show=False, priority=True),
    ]  # fmt: skip

    def __init__(
        self,
        review: Review,
        answers: Answers,
        *,
        ascii_only: bool = False,
        opens: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.review, self.answers = review, answers
        self.ascii_only, self.opens = ascii_only, opens
        self.clock = clock
        self.keys = ReviewKeys(lambda: self._keymap, ascii_only=ascii_only)
        self.ordered = in_order(answers.standings, review.reading.running)
        self.only_open = False
        self.refusal = ""
        self.seen: set[str] = set()
        """Ids of the scripts that were on the screen to their end."""
        self.before: dict[str, str | None] = {}
        """By id: the text that was reviewed, as far as it was looked for."""
        self.looked_at: tuple[str, float] = ("", clock())
        for theme in THEMES.values():
            self.register_theme(theme)
        self.ansi_theme_dark, self.ansi_theme_light = ANSI_DARK, ANSI_LIGHT
        theme_name = "mono" if os.environ.get("NO_COLOR") else review.settings.theme
        self.theme = THEMES.get(theme_name, THEMES["dark"]).name
        self.actions = ReviewActions(self)

    # -- what is there

    @property
    def base(self) -> Screen[Any]:
        return self.screen_stack[0]

    @property
    def script_list(self) -> ReviewList:
        return self.base.query_one(ReviewList)

    @property
    def script_view(self) -> ReviewScript:
        return self.base.query_one(ReviewScript)

    @property
    def selected(self) -> Standing | None:
        """The script under the cursor."""
        name = self.script_list.script
        return next((one for one in self.ordered if one.subject.id == name), None)

    @property
    def shown(self) -> list[Standing]:
        """Those in the list."""
        return [one for one in self.ordered if not self.only_open or one.pending]

    @property
    def bound_keys(self) -> Mapping[str, str]:
        """By action: the keys that the settings bind it to, where those are others."""
        return self._keymap

    def get_default_screen(self) -> Screen[Any]:
        return ReviewScreen(id="_default")

    def begin(self) -> None:
        """The screen is there."""
        self.set_class(self.ascii_only, "ascii")
        known = {key.id for key in REVIEW_KEYS}
        self.set_keymap({name: key for name, key in self.review.settings.keys.items() if name in known})
        self.call_after_refresh(self.refresh_view)

    # -- keys

    def action_do(self, action: str) -> None:
        self.do(action)

    def do(self, action: str) -> None:
        """An action, by its id."""
        if len(self.screen_stack) > 1 and action != "review.quit":
            return
        self.refusal = ""
        self.actions.handlers[action.removeprefix("review.")]()
        self.refresh_view()

    def picked(self, shown: str) -> None:
        """A click on a key and its word is the key."""
        key = next((key for key in REVIEW_KEYS if shown in self.keys.all_of(key)), None)
        if key is not None:
            self.do(key.id)

    # -- what was looked at

    def looked(self) -> None:
        """The cursor is on another script."""
        one = self.selected
        if one is not None and one.subject.id != self.looked_at[0]:
            self.looked_at = (one.subject.id, self.clock())
            self.refusal = ""
        self.refresh_view()

    def saw(self) -> None:
        """A part of the script came on the screen: perhaps its end."""
        name, since = self.looked_at
        if name and self.script_view.at_end and self.clock() - since >= LOOK_SECONDS:
            self.seen.add(name)

    def _find_before(self, one: Standing) -> bool:
        """Look for the text that was reviewed, aside; True while that goes on."""
        name = one.subject.id
        if one.state != "changed" or name in self.before:
            return False

        async def find() -> None:
            self.before[name] = await asyncio.to_thread(self.review.before, one)
            self.refresh_view()

        if not any(worker.group == f"before {name}" for worker in self.workers):
            self.run_worker(find(), group=f"before {name}")
        return True

    # -- what is shown

    def refresh_view(self) -> None:
        """Everything as it is now."""
        if not self.is_running or not self.base.is_mounted:
            return
        self.script_list.show(self.shown, self.answers)
        one = self.selected
        looking = one is not None and self._find_before(one)
        before = self.before.get(one.subject.id) if one is not None else None
        self.script_view.show(one, self.answers, before, looking=looking)
        draw_bars(self)

    # -- its life

    def refuse(self, reason: str) -> None:
        """Show why something did not work."""
        self.refusal = reason
        draw_bars(self)

    def went_wrong(self, error: Exception) -> None:
        """What nobody foresaw ends no screen: it is said."""
        if not self.is_running:
            raise error
        self.log.error(error)
        self.refuse(f"that did not work: {in_words(error)}; press the key again")


def run_review(review: Review, answers: Answers, *, ascii_only: bool, opens: bool) -> bool:
    """Show the review until it is left; True where everything was reviewed. `opens`: a deploy is opened then."""
    app = ReviewApp(review, answers, ascii_only=ascii_only, opens=opens)
    asyncio.run(_until_left(app))
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    said_goodbye()
    return app.return_value == DONE and not answers.open


async def _until_left(app: ReviewApp) -> None:
    with orderly(app):
        await app.run_async()
