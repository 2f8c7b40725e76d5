"""Writes docs/keys.md from the table of keys. `--check`: exit 1 where it is not up to date."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from textual.binding import Binding

from cockpit.settings.keymap import KEYS, REPLAY_KEYS, REVIEW_KEYS, Key
from widgets.log_keys import BINDINGS

FILE = Path(__file__).resolve().parents[1] / "docs" / "keys.md"
HEAD = """\
# Keys

Made from the cockpit's own table by `tools/keys_doc.py`. On the screen `?` shows the same, `:` finds an action by its
name, and the bar at the bottom has what makes sense now. A key is changed by its id:

```toml
[keys]
rollback = "ctrl+r"
"phase.on" = "f5"
```

*Acts*: the key changes something; it does not exist in `cockpit watch` and in a replay.

With the mouse: a click on a task puts the cursor there and starts nothing, a double click is `enter`; a click on a
phase looks at it; on a key of the bar at the bottom is that key; on `FOLLOW`, `PAUSED` or `END` in the edge of the log
goes to its end; on a stage of a rollout shows everything that is known of it, and once more hides it (by key: `up`,
`down`).

The first deploy that a machine shows explains each pane in one line. That it did is remembered in
`$XDG_STATE_HOME/deploy-cockpit/` (`~/.local/state/deploy-cockpit/`); without that folder it happens again.
"""
LOG = """
## In the log

While the log has the focus (`2`); they go before the others.
"""
REPLAY = """
## In a replay

Its own keys; those that only look, above, are there as well.
"""
REVIEW = """
## In a review

`cockpit review`, and the review that stands before the deploy of a runbook with scripts that were not reviewed.
"""
GROUPS = {
    "Do": "Do",
    "Deploy": "The deploy",
    "Rollout": "In a rollout",
    "Go": "Go",
    "View": "View",
}
NAMES = {
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "slash": "/",
    "question_mark": "?",
    "colon": ":",
    "full_stop": ".",
    "comma": ",",
    "plus": "+",
    "minus": "-",
}


def shown(key: str) -> str:
    """As it stands on the keyboard."""
    return " or ".join(f"`{NAMES.get(one, one)}`" for one in key.split(","))


def table(keys: Iterable[Key], *, acts: bool = True) -> Iterator[str]:
    yield "| key | word in the bar | does | id |" + (" acts |" if acts else "")
    yield "| --- | --- | --- | --- |" + (" --- |" if acts else "")
    for key in keys:
        row = f"| {shown(key.key)} | {key.word} | {key.tooltip} | `{key.id}` |"
        yield row + ((" yes |" if key.acts else "  |") if acts else "")


def log_table() -> Iterator[str]:
    yield "| key | does | id |"
    yield "| --- | --- | --- |"
    for one in BINDINGS:
        assert isinstance(one, Binding)
        yield f"| {shown(one.key)} | {one.tooltip[0].lower()}{one.tooltip[1:]} | `{one.id}` |"


def text() -> str:
    """The whole page."""
    parts = [HEAD.rstrip("\n")]
    for group, title in GROUPS.items():
        parts += ["", f"## {title}", "", *table(key for key in KEYS if key.group == group)]
    parts += [LOG, *log_table()]
    known = {(key.id, key.tooltip) for key in KEYS}
    own = [key for key in REPLAY_KEYS if (key.id, key.tooltip) not in known]
    parts += [REPLAY, *table(own, acts=False)]
    parts += [REVIEW, *table(REVIEW_KEYS, acts=False)]
    return "\n".join(parts).rstrip() + "\n"


def main(argument: str) -> int:
    if argument == "--check":
        return 0 if FILE.exists() and FILE.read_text(encoding="utf-8") == text() else 1
    FILE.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
