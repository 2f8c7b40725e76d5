"""Untrusted text made harmless, and nothing else taken from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cockpit.text.sanitize import coloured, markdown, one_line, plain

ESC = "\x1b"
PLAIN = [
    ("", ""),
    ("plain text, ä 漢字 🚀", "plain text, ä 漢字 🚀"),
    ("tab\tand\nnewline", "tab\tand\nnewline"),
    (f"{ESC}[31mred{ESC}[0m", "red"),
    (f"{ESC}[38;2;1;2;3mred{ESC}[m", "red"),
    (f"{ESC}[2J{ESC}[Hcleared", "cleared"),
    (f"{ESC}[?1049hscreen", "screen"),
    (f"{ESC}]0;title\x07after", "after"),
    (f"{ESC}]0;title{ESC}\\after", "after"),
    (f"{ESC}]8;;http://evil{ESC}\\link{ESC}]8;;{ESC}\\", "link"),
    (f"{ESC}]52;c;ZXZpbA==\x07paste", "paste"),
    (f"{ESC}P1$r0m{ESC}\\dcs", "dcs"),
    (f"{ESC}_apc{ESC}\\x", "x"),
    (f"{ESC}^pm{ESC}\\x", "x"),
    (f"{ESC}Xsos{ESC}\\x", "x"),
    ("\x9b31mred", "red"),
    ("\x9d0;title\x9cafter", "0;titleafter"),
    ("\x90dcs\x9c", "dcs"),
    ("\x85next", "next"),
    ("a\x00b\x07c\x08d\x7fe", "abcde"),
    ("carriage\rreturn", "carriagereturn"),
    (f"{ESC}c reset", " reset"),
    (f"{ESC}(0lines", "lines"),
    (f"{ESC}7save{ESC}8", "save"),
    (f"end{ESC}", "end"),
    (f"end{ESC}[", "end"),
    ("user\u202etxt.exe", "usertxt.exe"),
    ("\u2066iso\u2069 \u200e\u200f\u061c", "iso "),
]


@pytest.mark.parametrize(("text", "expected"), PLAIN)
def test_nothing_that_drives_a_terminal_is_left(text: str, expected: str) -> None:
    assert plain(text) == expected


hostile = st.text(
    st.sampled_from(list(f"{ESC}[]();?0123456789mHJPX^_\\\x07\x9b\x9c\x9d\x90\u202e\r\n\tab ")), max_size=60
)


@given(hostile | st.text())
def test_whatever_comes_no_control_is_left(text: str) -> None:
    for clean in (plain(text), one_line(text)):
        assert not any((ord(c) < 32 and c not in "\t\n") or 0x7F <= ord(c) <= 0x9F for c in clean)
        assert not set(clean) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
        assert plain(clean) == clean
    assert "\n" not in one_line(text)


@given(hostile)
def test_colours_stay_and_nothing_else_does(text: str) -> None:
    import re

    clean = coloured(text)
    assert ESC not in re.sub(r"\x1b\[[0-9;:]*m", "", clean)
    assert plain(clean) == plain(plain(clean))


def test_colours_stay() -> None:
    assert coloured(f"{ESC}[1;31mred{ESC}[0m{ESC}[2J!") == f"{ESC}[1;31mred{ESC}[0m!"


MARKUP = [
    "plain words",
    "*bold* _it_ `code` ~~gone~~",
    "<script>alert(1)</script>",
    "&lt;b&gt; &amp; &#60;",
    "[link](http://evil) ![image](x)",
    "# heading",
    "- list",
    "+ list",
    "1. one",
    "12) twelve",
    "> quote",
    "a | b",
    "back\\slash",
    "<!-- deploy x -->",
    "===",
]


@pytest.mark.parametrize("text", MARKUP)
@pytest.mark.parametrize("before", ["", "- "])
def test_markdown_renders_as_the_text_itself(text: str, before: str) -> None:
    tokens = MarkdownIt("commonmark").enable("strikethrough").parse(before + markdown(text))
    kinds = {token.type for token in tokens} - {
        *("paragraph_open", "paragraph_close", "inline"),
        *({"bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"} if before else set()),
    }
    assert kinds == set()
    assert sum(token.type == "list_item_open" for token in tokens) == (1 if before else 0)
    inline = next(token for token in tokens if token.type == "inline")
    children = inline.children or []
    assert {child.type for child in children} <= {"text", "text_special"}
    assert "".join(child.content for child in children) == text


def test_a_row_of_a_table_stays_one_row() -> None:
    html = MarkdownIt("commonmark").enable("table").render(f"| a | b |\n| - | - |\n| {markdown('x | y')} | z |\n")
    assert html.count("<td>") == 2
