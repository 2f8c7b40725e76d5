"""Every key of the cockpit in one table: it feeds the bindings, the key bar, the help, the palette and the keymap.

A replay has a table of its own, made of that one."""

from collections.abc import Iterable
from typing import NamedTuple

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
    """`id` is what `[keys]` of cockpit.toml names; `acts` keys do not exist in a read-only cockpit."""

    id: str
    key: str
    action: str
    word: str
    tooltip: str
    group: str
    acts: bool = True
    priority: bool = False
    """Goes before the same key of the focused pane."""


KEYS: tuple[Key, ...] = (
    Key("run", "enter", "run", "run", "run the step or check under the cursor; when done, open its log", "Do"),
    Key("tick", "space", "tick", "tick", "tick the item under the cursor, or take the tick back", "Do"),
    Key("checks", "a", "checks", "run checks", "run every automatic check of this phase that is open", "Do"),
    Key("retry", "r", "retry", "retry", "run a failed step again: from the failed line, all, or edited", "Do"),
    Key("skip", "s", "skip", "skip", "pass over a step, with a reason", "Do"),
    Key("waive", "w", "waive", "waive", "let an item go without a pass, with a reason", "Do"),
    Key("fail", "F", "fail", "not so", "say that an item is not so, with a reason", "Do"),
    Key("accept", "A", "accept", "accept", "take a failed or unknown step as done, with a reason", "Do"),
    Key("confirm", "V", "confirm", "confirm", "confirm a step as the second person that it needs", "Do"),
    Key("cancel", "x", "cancel", "cancel", "end the running script and everything that it started", "Do"),
    Key(
        "rollback",
        "R",
        "rollback",
        "roll back",
        "choose a way back; nothing happens until you type the name",
        "Deploy",
    ),
    Key(
        "now",
        "N",
        "now",
        "roll back now",
        "during a countdown: take the way back without waiting",
        "Deploy",
        priority=True,
    ),
    Key("flag.advance", "greater_than_sign", "flag_advance", "advance", "set the next stage", "Rollout"),
    Key("flag.back", "less_than_sign", "flag_back", "back", "back to the percentage before, at once", "Rollout"),
    Key("flag.off", "O", "flag_off", "off", "set the flag off, at once and from anywhere", "Rollout", priority=True),
    Key("hold", "H", "hold", "hold", "put the deploy on hold with a reason, or release it", "Deploy"),
    Key("move-time", "T", "move_time", "move T", "move T, the planned time, with a reason", "Deploy"),
    Key(
        "take-over",
        "K",
        "take_over",
        "take over",
        "own a deploy whose machine is gone, or that was handed to you, with a reason",
        "Deploy",
    ),
    Key("hand-over", "P", "hand_over", "pass on", "pass the deploy on to a teammate on another machine", "Deploy"),
    Key("note", "i", "note", "note", "write a line into the deploy log", "Deploy"),
    Key(
        "notices",
        "c",
        "notices",
        "notices",
        "messages to people, filled in: change, copy, send",
        "Deploy",
        acts=False,
    ),
    Key("export", "e", "export", "export", "write the record: Markdown, JSON, SVG", "Deploy", acts=False),
    Key("close", "C", "close", "close", "close the deploy: done, failed or aborted", "Deploy"),
    Key("next", "n", "next", "next open", "go to the next thing that needs a person", "Go", acts=False),
    Key("phase.back", "left_square_bracket", "phase(-1)", "phase back", "look at the phase before", "Go", acts=False),
    Key(
        "phase.on",
        "right_square_bracket",
        "phase(1)",
        "phase on",
        "look at the next phase, or enter it",
        "Go",
        acts=False,
    ),
    Key("pane.tasks", "1", "pane('tasks')", "steps", "to the check list and steps", "Go", acts=False),
    Key("pane.runner", "2", "pane('runner')", "log", "to the script and its log", "Go", acts=False),
    Key("pane.metrics", "3", "pane('metrics')", "metrics", "to the metrics", "Go", acts=False),
    Key("zoom", "z", "zoom", "zoom", "one pane on the whole screen, and back", "View", acts=False),
    Key(
        "filter",
        "slash",
        "filter",
        "filter",
        "show only the log lines with this text; /a.b/ is a pattern",
        "View",
        acts=False,
    ),
    Key("chart", "m", "chart", "chart", "one metric, large, with its thresholds and marks", "View", acts=False),
    Key("docs", "d", "docs", "runbook", "read the runbook", "View", acts=False),
    Key("story", "l", "story", "story", "what happened so far, line by line", "View", acts=False),
    Key("help", "question_mark", "keys", "help", "all keys", "View", acts=False),
    Key("palette", "colon,ctrl+p", "command_palette", "palette", "every action by name", "View", acts=False),
    Key("quit", "q", "leave", "quit", "leave the screen; asks what becomes of the deploy", "View", acts=False),
)


def _replay(name: str, key: str, action: str, word: str, tooltip: str) -> Key:
    return Key(f"replay.{name}", key, f"replay_{action}", word, tooltip, "Replay", acts=False, priority=True)


_REPLAY: tuple[Key, ...] = (
    _replay("pause", "space", "pause", "pause", "stop the replay, or go on"),
    _replay("event-on", "full_stop", "step(1)", "event on", "to the next event of the story, and stop there"),
    _replay("event-back", "comma", "step(-1)", "event back", "to the event of the story before, and stop there"),
    _replay("back", "left", "scrub(-10)", "10 s back", "10 seconds back"),
    _replay("on", "right", "scrub(10)", "10 s on", "10 seconds on"),
    _replay("minute-back", "shift+left", "scrub(-60)", "1 min back", "a minute back"),
    _replay("minute-on", "shift+right", "scrub(60)", "1 min on", "a minute on"),
    _replay("faster", "plus", "speed(2)", "faster", "twice as fast, up to x1024"),
    _replay("slower", "minus", "speed(0.5)", "slower", "half as fast, down to x0.125"),
    _replay("start", "home", "jump('start')", "start", "to the start of the deploy"),
    _replay("end", "end", "jump('end')", "end", "to the end of the deploy, or of what there is of it"),
    Key(
        "replay.log", "enter", "pane('runner')", "log", "to the log of the step under the cursor", "Replay", acts=False
    ),
    Key("next", "n", "next", "follow", "to what happens now, and follow it from there", "Go", acts=False),
    Key("phase.on", "right_square_bracket", "phase(1)", "phase on", "look at the next phase", "Go", acts=False),
    Key("quit", "q", "leave", "quit", "leave the replay", "View", acts=False),
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
