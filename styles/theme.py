"""Themes from the Okabe-Ito palette, which people with any colour vision tell apart; light, dark and mono.

Text has a contrast of 4.5 to 1 at least on everything that it stands on, what else carries meaning 3 to 1 (WCAG AA;
`tests/ui/test_contrast.py` computes it).
"""

from rich.terminal_theme import TerminalTheme
from textual.color import Color
from textual.theme import Theme

DARK = Theme(
    name="cockpit-dark",
    primary="#56B4E9",
    secondary="#CC79A7",
    success="#2FBF94",
    warning="#E69F00",
    error="#FF7A45",
    accent="#56B4E9",
    foreground="#D8DEE6",
    background="#0E1318",
    surface="#151C23",
    panel="#1D2630",
    dark=True,
    variables={
        "ok": "#2FBF94",
        "watching": "#F0E442",
        "alert": "#E69F00",
        "breach": "#FF7A45",
        "running": "#56B4E9",
        "waiting": "#9CA8B6",
        "muted": "#92A0AF",
        "rule": "#33404D",
        "waived": "#D9A0C0",
        "unknown": "#D9A0C0",
        "bright": "#FFFFFF",
        "cursor": "#26333F",
        "cursor-dim": "#1B242D",
        "breach-back": "#5A2412",
        "border-focus": "#56B4E9",
        "footer-key-foreground": "#F0E442",
        "scrollbar": "#6F8294",
        "scrollbar-hover": "#56B4E9",
        "scrollbar-active": "#56B4E9",
        "scrollbar-background": "#1D2630",
        "scrollbar-background-hover": "#1D2630",
        "scrollbar-background-active": "#1D2630",
        "scrollbar-corner-color": "#1D2630",
    },
)

LIGHT = Theme(
    name="cockpit-light",
    primary="#00588A",
    secondary="#8F3F6C",
    success="#00664A",
    warning="#8A5200",
    error="#A63C00",
    accent="#00588A",
    foreground="#1B232B",
    background="#FBFBF9",
    surface="#F3F3EF",
    panel="#E7E7E1",
    dark=False,
    variables={
        "ok": "#00664A",
        "watching": "#6B5E00",
        "alert": "#8A5200",
        "breach": "#A63C00",
        "running": "#00588A",
        "waiting": "#55606B",
        "muted": "#59636D",
        "rule": "#C2C6C4",
        "waived": "#8F3F6C",
        "unknown": "#8F3F6C",
        "bright": "#000000",
        "cursor": "#D9E6EE",
        "cursor-dim": "#E9EDEE",
        "breach-back": "#FFD9C6",
        "border-focus": "#00588A",
        "footer-key-foreground": "#00588A",
        "scrollbar": "#75818C",
        "scrollbar-hover": "#00588A",
        "scrollbar-active": "#00588A",
        "scrollbar-background": "#E7E7E1",
        "scrollbar-background-hover": "#E7E7E1",
        "scrollbar-background-active": "#E7E7E1",
        "scrollbar-corner-color": "#E7E7E1",
    },
)

_GREY = {
    "ok": "#E4E4E4",
    "watching": "#E4E4E4",
    "alert": "#FFFFFF",
    "breach": "#FFFFFF",
    "running": "#FFFFFF",
    "waiting": "#B4B4B4",
    "muted": "#A8A8A8",
    "rule": "#404040",
    "waived": "#C0C0C0",
    "unknown": "#FFFFFF",
    "bright": "#FFFFFF",
    "cursor": "#333333",
    "cursor-dim": "#222222",
    "breach-back": "#444444",
    "border-focus": "#FFFFFF",
    "footer-key-foreground": "#FFFFFF",
    "scrollbar": "#8A8A8A",
    "scrollbar-hover": "#FFFFFF",
    "scrollbar-active": "#FFFFFF",
    "scrollbar-background": "#202020",
    "scrollbar-background-hover": "#202020",
    "scrollbar-background-active": "#202020",
    "scrollbar-corner-color": "#202020",
}
MONO = Theme(
    name="cockpit-mono",
    primary="#FFFFFF",
    secondary="#C0C0C0",
    success="#E4E4E4",
    warning="#FFFFFF",
    error="#FFFFFF",
    accent="#FFFFFF",
    foreground="#D8D8D8",
    background="#101010",
    surface="#161616",
    panel="#202020",
    dark=True,
    variables=_GREY,
)

THEMES = {"dark": DARK, "light": LIGHT, "mono": MONO}


def _ansi(theme: Theme, normal: str, bright: str) -> TerminalTheme:
    """The sixteen colours that a child process may name, as they are drawn on the theme's background."""
    named = [[Color.parse(f"#{one}").rgb for one in colours.split()] for colours in (normal, bright)]
    assert theme.background is not None
    assert theme.foreground is not None
    return TerminalTheme(Color.parse(theme.background).rgb, Color.parse(theme.foreground).rgb, *named)


#            black  red    green  yellow blue   magenta cyan  white
ANSI_DARK = _ansi(
    DARK,
    "919EAC FF6B68 2FBF94 E69F00 6CB2F5 D9A0C0 4CC3D9 C5CDD6",
    "A4AFBB FF8F7A 5AD8B0 F0E442 8CC8FF E8B8D4 7FDDEC FFFFFF",
)
ANSI_LIGHT = _ansi(
    LIGHT,
    "1B232B B3261E 00664A 7A5200 00588A 8F3F6C 00626E 4C555E",
    "55606B A63C00 00704F 6B5E00 0A62A8 9A4478 006A78 39424A",
)
"""A child's black, and on light its white, would not be seen: they are greys."""
