"""Every key of the cockpit in one table: it feeds the bindings, the key bar, the help, the palette and the keymap.

A replay has a table of its own, made of that one."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

CHARACTERS = {
    "enter": "\r",
    "space": " ",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "question_mark": "?",
    "slash": "/",
}
"""What a terminal sends for a key that has a name; a letter or digit is itself."""


def character(key: str) -> str:
    """What a terminal sends for the first of these keys; empty where that is no single character."""
    first = key.split(",")[0].strip()
    return CHARACTERS.get(first, first if len(first) == 1 else "")


class Key(NamedTuple):
    """An action and its key. `id`: named by `[keys]` of cockpit.toml and by `cockpit act`. `acts`: does not exist in a
    read-only cockpit."""

    id: str
    key: str
    word: str
    """One or two words: the key bar."""
    tooltip: str
    """What it does: help, palette, `cockpit act`."""
    group: str
    acts: bool = True
    priority: bool = False
    """Goes before the same key of the focused pane."""
    where: Literal["both", "deploy", "rollout"] = "both"
    """Where it has something to do."""
    rollout: str = ""
    """What it does in a rollout, where that is another thing."""

    @property
    def action(self) -> str:
        """As Textual runs it."""
        return "command_palette" if self.id == "palette" else f"do('{self.id}')"

    def words(self, *, rollout: bool) -> str:
        """What it does on this screen."""
        return self.rollout or self.tooltip if rollout else self.tooltip


KEYS: tuple[Key, ...] = (
    Key("run", "enter", "run", "run the step or check under the cursor; when done, open its log", "Do", where="deploy"),
    Key(
        "tick",
        "space",
        "tick",
        "tick the item under the cursor, or take the tick back",
        "Do",
        rollout="say that a flag that cannot be read back is what was set",
    ),
    Key("checks", "a", "run checks", "run every automatic check of this phase that is open", "Do", where="deploy"),
    Key("retry", "r", "retry", "run a failed step again: from the failed line, all, or edited", "Do", where="deploy"),
    Key("skip", "s", "skip", "pass over a step, with a reason", "Do", where="deploy"),
    Key("waive", "w", "waive", "let an item go without a pass, with a reason", "Do", where="deploy"),
    Key("fail", "F", "not so", "say that an item is not so, with a reason", "Do", where="deploy"),
    Key("accept", "A", "accept", "take a failed or unknown step as done, with a reason", "Do", where="deploy"),
    Key("confirm", "V", "confirm", "confirm a step as the second person that it needs", "Do", where="deploy"),
    Key("cancel", "x", "cancel", "end the running script and everything that it started", "Do", where="deploy"),
    Key(
        "rollback",
        "R",
        "roll back",
        "choose a way back; nothing happens until you type the name",
        "Deploy",
        where="deploy",
    ),
    Key(
        "now",
        "N",
        "roll back now",
        "during a countdown: take the way back without waiting",
        "Deploy",
        priority=True,
        where="deploy",
    ),
    Key("flag.advance", "greater_than_sign", "advance", "set the next stage", "Rollout", where="rollout"),
    Key("flag.back", "less_than_sign", "back", "back to the percentage before, at once", "Rollout", where="rollout"),
    Key(
        "flag.off", "O", "off", "set the flag off, at once and from anywhere", "Rollout", priority=True, where="rollout"
    ),
    Key(
        "hold",
        "H",
        "hold",
        "put the deploy on hold with a reason, or release it",
        "Deploy",
        rollout="put the rollout on hold with a reason, or release it",
    ),
    Key("move-time", "T", "move T", "move T, the planned time, with a reason", "Deploy", where="deploy"),
    Key(
        "take-over",
        "K",
        "take over",
        "own a deploy whose machine is gone, or that was handed to you, with a reason",
        "Deploy",
    ),
    Key("hand-over", "P", "pass on", "pass the deploy on to a teammate on another machine", "Deploy"),
    Key("note", "i", "note", "write a line into the deploy log", "Deploy", rollout="write a line into the log"),
    Key(
        "notices",
        "c",
        "notices",
        "messages to people, filled in: change, copy, send",
        "Deploy",
        acts=False,
        where="deploy",
    ),
    Key("export", "e", "export", "write the record: Markdown, JSON, SVG", "Deploy", acts=False),
    Key(
        "close",
        "C",
        "close",
        "close the deploy: done, failed or aborted",
        "Deploy",
        rollout="close the rollout: done, rolled back, failed or aborted",
    ),
    Key("next", "n", "next open", "go to the next thing that needs a person", "Go", acts=False, where="deploy"),
    Key(
        "phase.back", "left_square_bracket", "phase back", "look at the phase before", "Go", acts=False, where="deploy"
    ),
    Key(
        "phase.on",
        "right_square_bracket",
        "phase on",
        "look at the next phase, or enter it",
        "Go",
        acts=False,
        where="deploy",
    ),
    Key("pane.tasks", "1", "steps", "to the check list and steps", "Go", acts=False, rollout="to the stages"),
    Key(
        "pane.runner",
        "2",
        "log",
        "to the script and its log",
        "Go",
        acts=False,
        rollout="to the flag, its judge and its changes",
    ),
    Key("pane.metrics", "3", "metrics", "to the metrics", "Go", acts=False),
    Key("zoom", "z", "zoom", "one pane on the whole screen, and back", "View", acts=False),
    Key(
        "filter",
        "slash",
        "filter",
        "show only the log lines with this text; /a.b/ is a pattern",
        "View",
        acts=False,
        where="deploy",
    ),
    Key("chart", "m", "chart", "one metric, large, with its thresholds and marks", "View", acts=False),
    Key("docs", "d", "runbook", "read the runbook", "View", acts=False, where="deploy"),
    Key("story", "l", "story", "what happened so far, line by line", "View", acts=False),
    Key("help", "question_mark", "help", "all keys", "View", acts=False),
    Key("palette", "colon,ctrl+p", "palette", "every action by name", "View", acts=False),
    Key(
        "quit",
        "q",
        "quit",
        "leave the screen; asks what becomes of the deploy",
        "View",
        acts=False,
        rollout="leave the screen; the rollout goes on",
    ),
)


def _replay(name: str, key: str, word: str, tooltip: str) -> Key:
    return Key(f"replay.{name}", key, word, tooltip, "Replay", acts=False, priority=True)


_REPLAY: tuple[Key, ...] = (
    _replay("pause", "space", "pause", "stop the replay, or go on"),
    _replay("event-on", "full_stop", "event on", "to the next event of the story, and stop there"),
    _replay("event-back", "comma", "event back", "to the event of the story before, and stop there"),
    _replay("back", "left", "10 s back", "10 seconds back"),
    _replay("on", "right", "10 s on", "10 seconds on"),
    _replay("minute-back", "shift+left", "1 min back", "a minute back"),
    _replay("minute-on", "shift+right", "1 min on", "a minute on"),
    _replay("faster", "plus", "faster", "twice as fast, up to x1024"),
    _replay("slower", "minus", "slower", "half as fast, down to x0.125"),
    _replay("start", "home", "start", "to the start of the deploy"),
    _replay("end", "end", "end", "to the end of the deploy, or of what there is of it"),
    Key("replay.log", "enter", "log", "to the log of the step under the cursor", "Replay", acts=False),
    Key("next", "n", "follow", "to what happens now, and follow it from there", "Go", acts=False),
    Key("phase.on", "right_square_bracket", "phase on", "look at the next phase", "Go", acts=False),
    Key("quit", "q", "quit", "leave the replay", "View", acts=False),
)
_OWN = {key.id: key for key in _REPLAY}
REPLAY_KEYS = (
    *(key for key in _REPLAY if key.group == "Replay"),
    *(_OWN.get(key.id, key) for key in KEYS if not key.acts and key.id != "export"),
)
"""Keys of the replay: its own, and those of the cockpit that only look; nothing is written."""

BY_ID = {key.id: key for key in (*_REPLAY, *KEYS)}


_LOG = """
follow times wrap copy-line copy-pane pager next-match previous-match context up down page-up page-down start end left
right
"""
LOG_IDS = tuple(f"log.{name}" for name in _LOG.split())
"""Ids of the keys of the log pane, which has a table of its own (`widgets/log_keys.py`)."""
IDS = (*BY_ID, *LOG_IDS)


def unknown_ids(keymap: Iterable[str]) -> list[str]:
    """Ids of `[keys]` that no key has."""
    return [one for one in keymap if one not in IDS]
