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


OVER_DIALOGS = ("now", "hold")
"""Actions whose keys work under every dialog while a rollback counts down; where somebody types, by the one that is no
letter."""

KEYS: tuple[Key, ...] = (
    Key("run", "enter", "run", "run the step or check under the cursor; when done, open its log", "Do", where="deploy"),
    Key(
        "tick",
        "space",
        "tick",
        "tick or untick the item under the cursor",
        "Do",
        rollout="confirm the value of a flag that cannot be read",
    ),
    Key("checks", "a", "run checks", "run all open checks of this phase", "Do", where="deploy"),
    Key("retry", "r", "retry", "run a failed step again: from the failed line, all, or edited", "Do", where="deploy"),
    Key("skip", "s", "skip", "skip a step, with a reason", "Do", where="deploy"),
    Key("waive", "w", "waive", "waive an item or check, with a reason", "Do", where="deploy"),
    Key("fail", "F", "mark failed", "mark an item as failed, with a reason", "Do", where="deploy"),
    Key("accept", "A", "accept", "accept a failed or unknown step as done, with a reason", "Do", where="deploy"),
    Key("at-hand", "h", "at hand", "run a script for trouble, setup or reference, by name", "Do", where="deploy"),
    Key("confirm", "V", "confirm", "approve a step that needs a second person", "Do", where="deploy"),
    Key("cancel", "x", "cancel", "cancel the running script and everything it started", "Do", where="deploy"),
    Key(
        "rollback",
        "R",
        "roll back",
        "choose a rollback option; nothing runs until you type the environment name",
        "Deploy",
        where="deploy",
    ),
    Key(
        "now",
        "N,f9",
        "roll back now",
        "skip the countdown and roll back now",
        "Deploy",
        priority=True,
        where="deploy",
    ),
    Key("flag.advance", "greater_than_sign", "advance", "set the next stage", "Rollout", where="rollout"),
    Key("flag.back", "less_than_sign", "back", "back to the previous stage, immediately", "Rollout", where="rollout"),
    Key(
        "flag.off", "O", "off", "turn the flag off immediately, in any state", "Rollout", priority=True, where="rollout"
    ),
    Key(
        "hold",
        "H,f8",
        "hold",
        "hold the deploy, with a reason, or resume it",
        "Deploy",
        rollout="hold the rollout, with a reason, or resume it",
    ),
    Key("move-time", "T", "move T", "reschedule T (the planned start), with a reason", "Deploy", where="deploy"),
    Key(
        "take-over",
        "K",
        "take over",
        "take over a lost or handed-over deploy, with a reason",
        "Deploy",
    ),
    Key("hand-over", "P", "hand over", "hand the deploy over to a teammate", "Deploy"),
    Key("note", "i", "note", "add a note to the deploy log", "Deploy", rollout="add a note to the log"),
    Key(
        "notices",
        "c",
        "notices",
        "notices, prefilled: edit, copy, send",
        "Deploy",
        acts=False,
        where="deploy",
    ),
    Key("export", "e", "export", "export the deploy log: Markdown, JSON, SVG", "Deploy", acts=False),
    Key(
        "close",
        "C",
        "close",
        "close the deploy: done, failed or aborted",
        "Deploy",
        rollout="close the rollout: done, rolled back, failed or aborted",
    ),
    Key("next", "n", "next open", "go to the next task that needs you", "Go", acts=False, where="deploy"),
    Key(
        "phase.back",
        "left_square_bracket",
        "previous phase",
        "view the previous phase",
        "Go",
        acts=False,
        where="deploy",
    ),
    Key(
        "phase.on",
        "right_square_bracket",
        "next phase",
        "view the next phase, or enter it",
        "Go",
        acts=False,
        where="deploy",
    ),
    Key("pane.tasks", "1", "steps", "focus the checklist and steps", "Go", acts=False, rollout="to the stages"),
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
    Key("zoom", "z", "zoom", "zoom the pane, or restore it", "View", acts=False),
    Key(
        "filter",
        "slash",
        "filter",
        "filter the log: plain text, or /regex/",
        "View",
        acts=False,
        where="deploy",
    ),
    Key("chart", "m", "chart", "one metric, large, with its thresholds and marks", "View", acts=False),
    Key("docs", "d", "runbook", "read the runbook", "View", acts=False, where="deploy"),
    Key("story", "l", "story", "what has happened so far", "View", acts=False),
    Key("help", "question_mark", "help", "all keys", "View", acts=False),
    Key("palette", "colon,ctrl+p", "palette", "every action by name", "View", acts=False),
    Key(
        "quit",
        "q",
        "quit",
        "quit; asks whether to keep the deploy open",
        "View",
        acts=False,
        rollout="quit; the rollout keeps running",
    ),
)


def _replay(name: str, key: str, word: str, tooltip: str) -> Key:
    return Key(f"replay.{name}", key, word, tooltip, "Replay", acts=False, priority=True)


_REPLAY: tuple[Key, ...] = (
    _replay("pause", "space", "pause", "pause or resume the replay"),
    _replay("event-on", "full_stop", "next event", "to the next event of the story, paused"),
    _replay("event-back", "comma", "previous event", "to the previous event of the story, paused"),
    _replay("back", "left", "10 s back", "10 seconds back"),
    _replay("on", "right", "10 s forward", "10 seconds forward"),
    _replay("minute-back", "shift+left", "1 min back", "a minute back"),
    _replay("minute-on", "shift+right", "1 min forward", "a minute forward"),
    _replay("faster", "plus", "faster", "twice as fast, up to x1024"),
    _replay("slower", "minus", "slower", "half as fast, down to x0.125"),
    _replay("start", "home", "start", "to the start of the deploy"),
    _replay("end", "end", "end", "to the end of the deploy, or of what is recorded"),
    Key("replay.log", "enter", "log", "to the log of the step under the cursor", "Replay", acts=False),
    Key("next", "n", "follow", "to the present, and follow it", "Go", acts=False),
    Key("phase.on", "right_square_bracket", "next phase", "view the next phase", "Go", acts=False),
    Key("quit", "q", "quit", "quit the replay", "View", acts=False),
)
_OWN = {key.id: key for key in _REPLAY}
REPLAY_KEYS = (
    *(key for key in _REPLAY if key.group == "Replay"),
    *(_OWN.get(key.id, key) for key in KEYS if not key.acts and key.id != "export"),
)
"""Keys of the replay: its own, and those of the cockpit that only look; nothing is written."""


def _review(name: str, key: str, word: str, tooltip: str) -> Key:
    return Key(f"review.{name}", key, word, tooltip, "Review")


REVIEW_KEYS: tuple[Key, ...] = (
    _review("accept", "enter", "accept", "accept the script as it is read and go to the next; with none left, finish"),
    _review("all", "A", "accept all sure", "accept all new scripts that are clear: no rollback, nothing that destroys"),
    _review("role", "space", "set role", "choose what the script is for"),
    _review("next", "n", "next open", "go to the next script that is not reviewed"),
    _review("undo", "u,backspace", "undo", "take back what you said of the script"),
    _review("filter", "f", "only open", "show only what is not reviewed, or everything"),
    _review("step", "S", "step", "it runs, in its order"),
    _review("optional", "O", "optional", "it is offered in its place and may be left out"),
    _review("rollback", "B", "rollback", "it is a rollback option"),
    _review("contingency", "T", "contingency", "it is for trouble only"),
    _review("setup", "I", "setup", "it is done once, not in each deploy"),
    _review("reference", "R", "reference", "it is a useful command to look up"),
    _review("content", "X", "not commands", "it is no script: output, configuration, a message"),
    _review("list", "1", "list", "focus the list"),
    _review("script", "2", "script", "focus the script, to scroll it"),
    _review("help", "question_mark", "help", "all keys"),
    _review("quit", "q", "leave", "leave; what you answered is kept"),
)
"""Keys of `cockpit review`, and of the review that stands before a deploy."""

BY_ID = {key.id: key for key in (*_REPLAY, *REVIEW_KEYS, *KEYS)}


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
