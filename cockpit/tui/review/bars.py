"""The lines above and below the panes of a review: which runbook, how much is left, what to do, the keys."""

from typing import TYPE_CHECKING

from textual.content import Content

from cockpit.deploy.actions import expand
from cockpit.runbook.review.answers import CALLED
from cockpit.settings.keymap import REVIEW_KEYS
from widgets.bars import KeyBar, NextBar
from widgets.rows import Panel, Piece, row

if TYPE_CHECKING:
    from cockpit.tui.review.app import ReviewApp

ROOMY = 90
"""Columns from which on the bar has every key."""
BAR = ("accept", "all", "role", "next", "undo", "filter", "quit")


def draw_bars(app: "ReviewApp") -> None:
    """The lines above and below the panes."""
    reading, width = app.review.reading, app.base.size.width
    left = len(app.answers.open)
    said = "all reviewed" if not left else f"{left} to review"
    root = app.review.layout.root.resolve()
    here = str(reading.runbook.relative_to(root)) if reading.runbook.is_relative_to(root) else reading.runbook.name
    bar: list[Piece] = [(" REVIEW ", "bold reverse $accent"), ("  ", ""), (here, "bold")]
    right: list[Piece] = [(f"{said}  ", "bold" if left else "bold $ok"), (f"{app.answers.by} ", "$muted")]
    app.base.query_one("#review-bar", Panel).put(row(bar, right, width, ascii_only=app.ascii_only))
    app.base.query_one("#review-counts", Panel).put(row([(_counts(app), "$muted")], [], width))
    small = "the screen is too small for a review: 60 x 16 at least"
    app.base.query_one("#too-small", Panel).put(Content(small))
    app.base.query_one(NextBar).show(*_next_words(app))
    app.base.query_one(KeyBar).show(
        [(_first_key(app, name), _word(app, name)) for name in BAR if width >= ROOMY or name not in ("undo", "filter")]
    )


def _counts(app: "ReviewApp") -> str:
    """`5 run forward · 2 rollback · 3 at hand · 4 not commands`"""
    roles = [app.answers.role(one) for one in app.ordered]
    groups = (
        ("forward", ("step", "optional", "alternative")), ("rollback", ("rollback",)),
        ("at hand", ("contingency", "setup", "reference")), ("not run", ("content", "remote")),
        ("cannot run", ("broken",)),
    )  # fmt: skip
    counted = ((words, sum(role in of for role in roles)) for words, of in groups)
    between = " | " if app.ascii_only else " · "
    return " " + between.join(f"{count} {words}" for words, count in counted if count)


def _next_words(app: "ReviewApp") -> tuple[str, str]:
    """What to do, and why the last key was refused."""
    one = app.selected
    if app.refusal:
        return "", app.refusal
    if not app.answers.open:
        end = "open the deploy" if app.opens else "leave; the answers are kept"
        return expand(f"all scripts are reviewed: ⟦review.accept⟧ to {end}", app.keys.of), ""
    if one is None or not app.answers.is_open(one):
        return expand("⟦review.next⟧ goes to the next script that is not reviewed", app.keys.of), ""
    role = CALLED[app.answers.role(one)]
    words = f"read it, then ⟦review.accept⟧ accepts it as {role}; ⟦review.role⟧ sets another role"
    return expand(words, app.keys.of), ""


def _first_key(app: "ReviewApp", name: str) -> str:
    bound = app.bound_keys.get(f"review.{name}")
    return (bound or next(key.key for key in REVIEW_KEYS if key.id == f"review.{name}")).split(",")[0]


def _word(app: "ReviewApp", name: str) -> str:
    if name == "accept" and not app.answers.open:
        return "open deploy" if app.opens else "finish"
    if name == "filter" and app.only_open:
        return "all"
    return next(key.word for key in REVIEW_KEYS if key.id == f"review.{name}")
