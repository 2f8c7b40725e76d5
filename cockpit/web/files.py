"""What the page is made of: ours, and the terminal of textual-serve. Read once; nothing else of the disk is served."""

from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import quote

from textual.theme import Theme


@dataclass(frozen=True)
class File:
    content_type: str
    data: bytes


OURS = {"page.css": "text/css", "page.js": "text/javascript"}
THEIRS = {
    "textual.js": ("js/textual.js", "text/javascript"),
    "xterm.css": ("css/xterm.css", "text/css"),
    "mono.ttf": ("fonts/RobotoMono-VariableFont_wght.ttf", "font/ttf"),
    "mono-italic.ttf": ("fonts/RobotoMono-Italic-VariableFont_wght.ttf", "font/ttf"),
}


def static_files(theme: Theme, token: str) -> dict[str, File]:
    """By name. The style sheet names the fonts, so it carries the token too."""
    ours, theirs = files("cockpit.web") / "page", files("textual_serve") / "static"
    found = {name: File(kind, (ours / name).read_bytes()) for name, kind in OURS.items()}
    found |= {name: File(kind, (theirs / path).read_bytes()) for name, (path, kind) in THEIRS.items()}
    sheet = Template(found["page.css"].data.decode()).substitute(
        token=quote(token),
        scheme="dark" if theme.dark else "light",
        background=theme.background,
        foreground=theme.foreground,
        panel=theme.panel,
        accent=theme.primary,
        muted=theme.variables["muted"],
        rule=theme.variables["rule"],
    )
    found["page.css"] = File("text/css", sheet.encode())
    return found


def page(title: str, deploy: str, token: str) -> bytes:
    """The HTML. `title` and `deploy` may hold anything."""
    text = (files("cockpit.web") / "page" / "page.html").read_text(encoding="utf-8")
    return Template(text).substitute(title=escape(title), deploy=escape(deploy), token=escape(quote(token))).encode()
