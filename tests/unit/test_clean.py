"""What a stranger's runbook says reaches a terminal without anything that drives it."""

import io
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console
from rich.segment import Segment
from textual.strip import Strip

from cockpit.text.sanitize import visible, xml
from cockpit.tui import clean

CLIPBOARD = "\x1b]52;c;cm0gLXJmIC8=\x07"
HOSTILE = [CLIPBOARD, "\x1b[2J\x1b[H", "\x9b31m", "\x07", "\r", "\x1bP+q\x1b\\", "\u202e", "\x7f", "\x00"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_line_of_the_screen_has_none_of_it(text: str) -> None:
    clean.install()
    drawn = Strip([Segment(f"before {text} after")]).render(Console(file=io.StringIO(), color_system=None))
    assert not set(text) & set(drawn) & set("\x1b\x9b\x07\r\u202e\x7f\x00")
    assert drawn.startswith("before ")
    assert drawn.endswith(" after")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", "a\u241b[2Jb"),
        ("a\rb", "a\u240db"),
        ("a\u202eb", "a\ufffdb"),
        ("a\tb\nc", "a\tb\nc"),
        ("ä€", "ä€"),
    ],
)
def test_a_script_shows_what_it_hides(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_picture_stays_xml() -> None:
    assert ElementTree.fromstring(f"<a>{xml('x' + CLIPBOARD + chr(0) + chr(0xFFFE) + 'ä')}</a>").text


RUNBOOK = f"""\
# Title {CLIPBOARD}

## Deploy {CLIPBOARD}

- [ ] item {CLIPBOARD} <!-- {CLIPBOARD} -->

```bash {{name=x{CLIPBOARD}}}
echo "{CLIPBOARD}" # {CLIPBOARD}
```

## Rollback {CLIPBOARD}

```bash
echo back {CLIPBOARD}
```
"""
COMMANDS = [("outline",), ("check",), ("run", "--dry-run", "--headless", "--yes"), ("run", "--headless", "--yes")]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_command_lets_a_runbook_write_to_the_terminal(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "deploy.md").write_text(RUNBOOK)
    name, *options = words
    done = subprocess.run(
        [sys.executable, "-m", "cockpit", name, "deploy.md", *options],
        cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert said.strip()
    assert b"\x1b" not in said
    assert b"\x07" not in said
