"""What stands on the screen of a review, and what its widgets ask for."""

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen

from widgets.bars import KeyBar, NextBar
from widgets.review_list import ReviewList
from widgets.review_script import ReviewScript
from widgets.rows import Panel

if TYPE_CHECKING:
    from cockpit.tui.review.app import ReviewApp


class ReviewScreen(Screen[None]):
    """The list, and the script under its cursor: side by side, or one above the other where there is little room."""

    @property
    def review(self) -> "ReviewApp":
        return cast("ReviewApp", self.app)

    def compose(self) -> ComposeResult:
        yield Panel(id="review-bar")
        yield Panel(id="review-counts")
        with Horizontal(id="panes", classes="review"):
            yield ReviewList(id="scripts")
            yield ReviewScript(id="script")
        yield Panel(id="too-small")
        yield NextBar()
        yield KeyBar()

    def on_mount(self) -> None:
        for widget in self.query("ReviewList, ReviewScript, Panel"):
            widget.ascii_only = self.review.ascii_only  # type: ignore[attr-defined]
        self.query_one(ReviewList).focus()
        self.review.begin()

    def on_resize(self) -> None:
        self.call_after_refresh(self.review.refresh_view)

    def on_review_list_moved(self, message: ReviewList.Moved) -> None:
        message.stop()
        self.review.looked()

    def on_review_list_chosen(self, message: ReviewList.Chosen) -> None:
        message.stop()
        self.review.do("review.accept")

    def on_review_script_scrolled(self, message: ReviewScript.Scrolled) -> None:
        message.stop()
        self.review.saw()

    async def on_key_bar_picked(self, message: KeyBar.Picked) -> None:
        message.stop()
        self.review.picked(message.key)
