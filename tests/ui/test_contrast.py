"""What is read can be read: WCAG AA contrast of the themes, computed, and a glyph and a word for every state."""

import re
from itertools import product

import pytest
from textual.color import Color
from textual.theme import Theme

from styles import SHEET, roles
from styles.roles import Role
from styles.theme import ANSI_DARK, ANSI_LIGHT, DARK, LIGHT, THEMES

TEXT, MARK = 4.5, 3.0
"""The least contrast of text, and of what else carries meaning: a border that shows the focus, a scrollbar."""
GROUNDS = ("background", "surface", "panel", "cursor", "cursor-dim")
"""Screen, dialogs and the line with the next key, bars and fields, the row under the cursor with and without focus."""
INKS = ("foreground", "bright", "muted")
"""Text variables that the style sheet uses besides those of the roles."""
PAIRS = (
    ("bright", "breach-back"),
    ("foreground", "breach-back"),
    ("background", "border-focus"),
    ("background", "breach"),
    ("background", "alert"),
)
"""Countdown, the button that rolls back, a focused button, that one focused, a match in the log."""
MARKS = (
    *product(("border-focus", "breach"), ("background", "surface")),
    ("scrollbar", "scrollbar-background"),
    ("scrollbar", "background"),
    ("border-focus", "rule"),
)


def _tables() -> dict[str, dict[str, Role]]:
    return {
        name: {name: value} if isinstance(value, Role) else value
        for name, value in vars(roles).items()
        if name.isupper() and isinstance(value, Role | dict)
    }


ROLES = {f"{name}.{key}": role for name, table in _tables().items() for key, role in table.items()}


def _hex(theme: Theme, name: str) -> str:
    found = theme.variables.get(name) or getattr(theme, name)
    assert isinstance(found, str), name
    return found


def _luminance(colour: Color) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(_luminance(Color.parse(colour)) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def _variable(style: str) -> str:
    return style.rpartition("$")[2]


def test_the_contrast_is_computed_as_wcag_says() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
def test_every_state_can_be_read_on_everything_that_it_stands_on(theme: Theme, ground: str) -> None:
    inks = {_variable(role.colour) for role in ROLES.values()} | set(INKS)
    poor = {ink: round(contrast(_hex(theme, ink), _hex(theme, ground)), 2) for ink in sorted(inks)}
    assert {ink: ratio for ink, ratio in poor.items() if ratio < TEXT} == {}


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_on_a_coloured_ground_can_be_read(theme: Theme, ink: str, ground: str) -> None:
    assert contrast(_hex(theme, ink), _hex(theme, ground)) >= TEXT


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize(("mark", "ground"), MARKS)
def test_the_focus_and_the_scrollbar_can_be_seen(theme: Theme, mark: str, ground: str) -> None:
    assert contrast(_hex(theme, mark), _hex(theme, ground)) >= MARK


@pytest.mark.parametrize(
    ("theme", "colours"), [(DARK, ANSI_DARK), (LIGHT, ANSI_LIGHT)], ids=lambda one: getattr(one, "name", "")
)
@pytest.mark.parametrize("number", range(16))
def test_a_colour_that_a_script_prints_can_be_read(theme: Theme, colours: object, number: int) -> None:
    printed = Color(*colours.ansi_colors[number]).hex  # type: ignore[attr-defined]
    for ground in ("background", "cursor"):
        assert contrast(printed, _hex(theme, ground)) >= TEXT


def test_every_text_colour_of_the_style_sheet_is_one_that_is_computed_here() -> None:
    used = set(
        re.findall(r"(?<![\w-])(?:color|border-title-color|border-subtitle-color): \$([\w-]+)", SHEET.read_text())
    )
    assert used <= {*INKS, "alert", "background"}


@pytest.mark.parametrize("role", ROLES.values(), ids=ROLES)
def test_a_state_has_a_glyph_and_a_word_and_never_only_a_colour(role: Role) -> None:
    assert role.glyph.strip()
    assert len(role.glyph) == 1, "one column"
    assert role.word.strip()
    assert role.ascii.isascii()


@pytest.mark.parametrize("name", ["STATUS", "STAGE", "OUTCOME"])
@pytest.mark.parametrize("form", ["glyph", "ascii"])
def test_states_that_are_not_the_same_do_not_look_the_same_without_colour(name: str, form: str) -> None:
    seen: dict[str, set[str]] = {}
    for role in _tables()[name].values():
        seen.setdefault(getattr(role, form), set()).add(role.word)
    twice = {mark: words for mark, words in seen.items() if len(words) > 1}
    assert twice in ({}, {roles.STAGE["setting"].glyph: {"setting", "soaking"}}, {"[>]": {"setting", "soaking"}})
