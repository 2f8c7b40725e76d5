"""Asking installed tools for their commands: `TOOL --help`, `TOOL COMMAND --help`; never anything else.

Only tools of a fixed list, whose help is known to look at nothing; 3 s each, each question once per run.
"""

import os
import re
import shutil
import subprocess

from cockpit.runbook.lint.context import Call, Context
from cockpit.runbook.lint.rules_tools import TAKES_VALUE, subcommands

SECONDS = 3.0
MOST_QUESTIONS = 60
_HEADING = re.compile(r"\S.*\bcommands\b.*|\S.*\bcommands:?", re.I)
_COMMAND = re.compile(r" {1,8}([a-z][a-z0-9-]*)\*?(?::|,|\s{2,}|\s*$)")


class Tools:
    """What the tools said, remembered for the run."""

    def __init__(self, *, most: int = MOST_QUESTIONS) -> None:
        self.known: dict[tuple[str, ...], frozenset[str]] = {}
        self._answers: dict[tuple[str, ...], tuple[int, str] | None] = {}
        self._left = most

    def ask_about(self, context: Context) -> dict[tuple[str, ...], frozenset[str]]:
        """The commands of every tool that a script calls, as deep as it goes: words so far -> what may follow."""
        for script in context.scripts:
            for call in script.calls:
                if call.name in TAKES_VALUE and shutil.which(call.name) is not None:
                    self._follow(call)
        return self.known

    def _follow(self, call: Call) -> None:
        path: tuple[str, ...] = (call.name,)
        for place in subcommands(call)[1:]:
            listed = self._commands(path)
            if not listed:
                return
            word = call.words[place]
            if word not in listed:
                if not self._exists(path, word):
                    return
                # An alias, or one that the help does not list.
                self.known[path] = self.known[path] | {word}
            path = (*path, word)

    def _commands(self, path: tuple[str, ...]) -> frozenset[str]:
        if path in self.known:
            return self.known[path]
        if path[0] == "git":
            answer = self._run(("git", "--list-cmds=main,others,alias")) if len(path) == 1 else None
            found = frozenset(answer[1].split()) if answer and answer[0] == 0 else frozenset()
        else:
            answer = self._run((*path, "--help"))
            found = listed(answer[1]) if answer and answer[0] == 0 else frozenset()
        if found:
            self.known[path] = found
        return found

    def _exists(self, path: tuple[str, ...], word: str) -> bool:
        """True where its help is another one than that of the command above it. When in doubt: it exists."""
        if path[0] == "git":
            return False
        above, answer = self._run((*path, "--help")), self._run((*path, word, "--help"))
        return above is None or answer is None or (answer[0] == 0 and answer[1] != above[1])

    def _run(self, words: tuple[str, ...]) -> tuple[int, str] | None:
        if words in self._answers:
            return self._answers[words]
        self._answers[words] = None
        if self._left > 0:
            self._left -= 1
            self._answers[words] = _help(words)
        return self._answers[words]


def listed(text: str) -> frozenset[str]:
    """The commands in a help text: the first words of the indented lines below a heading that says "commands"."""
    found: set[str] = set()
    inside = False
    for line in text.splitlines():
        if line[:1].strip():
            inside = _HEADING.fullmatch(line.rstrip()) is not None and "usage" not in line.lower()
        elif inside and (match := _COMMAND.match(line)):
            found.add(match[1])
    return frozenset(found)


def _help(words: tuple[str, ...]) -> tuple[int, str] | None:
    """(exit status, output); None where it could not be asked. Help needs nothing of the caller's environment."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    quiet = {"NO_COLOR": "1", "PAGER": "cat", "TERM": "dumb", "GH_NO_UPDATE_NOTIFIER": "1", "DO_NOT_TRACK": "1"}
    try:
        done = subprocess.run(
            list(words), stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False, env=keep | quiet
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.returncode, done.stdout.decode("utf-8", "replace")
