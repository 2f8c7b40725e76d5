"""The page and its files: nothing in them makes a browser ask anybody but this server."""

import re
from html.parser import HTMLParser

import pytest

from cockpit.web.files import THEIRS, page, static_files
from styles.theme import THEMES

TOKEN = "t0k-en_"
FILES = static_files(THEMES["dark"], TOKEN)
FETCHING = {"src", "href", "srcset", "data", "poster", "action", "formaction", "background", "manifest", "ping"}
MENTIONS = {"https://github.com/chjj/term.js", "http://bellard.org/jslinux/", "http://www.w3.org/"}
"""Addresses in the comments and names of xterm.js: nothing fetches them."""


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in FETCHING]
        self.inline += [name for name, _ in attrs if name.startswith("on") or name == "style"]
        if tag == "script" and not any(name == "src" for name, _ in attrs):
            self.inline.append(tag)
        if tag in ("style", "base", "iframe", "object", "embed"):
            self.inline.append(tag)


def _links(html: bytes) -> _Links:
    read = _Links()
    read.feed(html.decode())
    return read


def test_the_page_asks_for_its_own_files_alone_and_each_with_the_token() -> None:
    found = _links(page("shop", "20261122-145548-3fa", TOKEN)).found
    assert "data:," in found
    names = [one for one in found if one != "data:,"]
    assert all(re.fullmatch(r"static/[a-z.]+\?token=" + TOKEN, one) for one in names)
    assert {one.partition("?")[0].removeprefix("static/") for one in names} <= set(FILES)


def test_no_script_stands_in_the_page_itself() -> None:
    assert _links(page("shop", "1", TOKEN)).inline == []


def test_a_title_is_text_whatever_it_says() -> None:
    html = page('</title><script>alert("x")</script>$token ${x}', '"><img src=//evil.example>', TOKEN)
    assert _links(html).inline == []
    assert not any("evil" in one for one in _links(html).found)
    assert b"&lt;script&gt;" in html


@pytest.mark.parametrize("name", sorted(FILES))
def test_no_file_names_another_place_to_fetch_from(name: str) -> None:
    text = FILES[name].data.decode("latin-1")
    if name.endswith(".ttf"):
        # Fonts carry their licence's address as text, and no browser follows it.
        return
    for address in re.findall(r"https?://[\w.-]+\.[a-z]{2,}[^\s\"'`)*]*", text):
        assert any(address.startswith(one) for one in MENTIONS), address
    assert not re.findall(r"""(?:url\(|@import\s+|src\s*[:=]\s*)\s*["']?(?:https?:)?//""", text)
    assert "importScripts" not in text
    assert "sendBeacon" not in text


def test_the_style_sheets_load_fonts_of_this_server_and_nothing_else() -> None:
    found = re.findall(r"url\(([^)]*)\)", FILES["page.css"].data.decode() + FILES["xterm.css"].data.decode())
    assert found == [f'"mono.ttf?token={TOKEN}"', f'"mono-italic.ttf?token={TOKEN}"']
    assert {"mono.ttf", "mono-italic.ttf"} <= set(FILES)


@pytest.mark.parametrize("name", sorted(THEMES))
def test_the_page_has_the_colours_of_the_theme(name: str) -> None:
    theme = THEMES[name]
    sheet = static_files(theme, TOKEN)["page.css"].data.decode()
    assert f"background: {theme.background};" in sheet
    assert f"color-scheme: {'dark' if theme.dark else 'light'};" in sheet
    assert "$" not in sheet


def test_what_comes_from_textual_serve_is_where_it_is_looked_for() -> None:
    assert all(len(FILES[name].data) > 1000 for name in THEIRS)
