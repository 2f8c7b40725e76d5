"""What bash reads before the runbook's script, through BASH_ENV: the script file itself stays byte for byte.

It sets `-euo pipefail`, brings back the variables, functions, options and folder that earlier steps left, notes the
running command, and saves the state at the end. Line numbers in bash's own messages stay those of the script. Only when
all of that is done does the script get the name under which bash will look for it: a shell that does not read the
prelude (too old, in POSIX mode, no bash at all) or cannot bring the state back runs nothing.
"""

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from cockpit.runbook.model import Command
from cockpit.text.credentials import names_secret
from cockpit.text.sanitize import one_line

OLDEST = (4, 4)
"""The oldest bash that runs steps: it has `${name@a}` and `local -`. 3.2 (macOS) cannot parse the prelude."""

_TRACES = re.compile(r"xtrace|\bset\b[^\n]*-\w*x|\bbash\b[^\n]*-\w*x|\bsource\b|(?:^|[;&|\s])\.\s|\beval\b", re.M)
"""Scripts that may switch `set -x` on: their DEBUG trap hides itself from the trace, for 20 us a command."""


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ANSWERED = re.compile(rf"(?<!\w)({_NAME.pattern})\+?=[\"']?(?:\$\(|`)")


class Carried(Struct, frozen=True, kw_only=True):
    """The shell's state, handed from script to script of one deploy in a private file."""

    state: str
    task: str
    title: str = ""
    expected: bool = False
    """An earlier script of this deploy has left a state: that there is no file means that it was lost."""
    partial: bool = False
    """The script begins after its first line, with what its first part did not hand on."""
    fresh: bool = False
    """A person goes on without what could not be brought back."""
    lenient: bool = False
    """A rollback does not wait for a person where the shell of the step before it is gone: variables that it lacks stop
    it by `set -u`, and the repository's root is where it is expected to begin."""
    given: Iterable[str] = ()
    """Names whose values the cockpit gives to each script anew, secrets: kept only where a script has changed them."""
    handed_on: Iterable[str] = ()
    """Variables that steps wrote to `$COCKPIT_ENV`: their values are in the environment and win over the state's."""


def prelude(
    directory: str,
    commands: Sequence[Command],
    body_line: int,
    *,
    body: str = "",
    cwd: str = "",
    carried: Carried | None = None,
    posix: str | None = None,
) -> str:
    """The text of the prelude for a run in `directory`; `carried` is None for a run that has no state.
    `posix`: the value of `POSIXLY_CORRECT`, with which bash would not have read this.

    The DEBUG trap writes `time index` to the progress file whenever another top-level command is reached; bash does not
    run it inside functions, so a busy loop writes one line per round at most where it spans several commands.
    """
    values = [
        "unset BASH_ENV ENV",
        "__cockpit_environment=$(builtin compgen -e) __cockpit_functions=$(builtin compgen -A function)",
        _assign("run", directory),
        _assign("cwd", cwd),
        _assign("traces", "yes" if _TRACES.search(body) else ""),
        f"__cockpit_now=-1 __cockpit_map=({_line_map(commands, body_line)})",
        _assign("state", carried.state if carried else ""),
    ]
    if carried is not None:
        values += [
            _assign("task", carried.task),
            _assign("title", one_line(carried.title)),
            *(_assign(name, "yes" if getattr(carried, name) else "") for name in _FLAGS),
            f"__cockpit_given=({_words(carried.given)})",
            f"__cockpit_handed=({_words(carried.handed_on)})",
            f"__cockpit_watched=({_words(_watched(body))})",
        ]
    if posix is not None:
        values.append(_assign("posix", posix))
    return "\n".join(values) + "\n" + _TEXT


def _watched(body: str) -> Iterator[str]:
    """Variables that may hold a secret once the script has set them: what it calls so, and what a command answers."""
    yield from (name for name in _NAME.findall(body) if names_secret(name))
    yield from _ANSWERED.findall(body)


_FLAGS = ("expected", "partial", "fresh", "lenient")
_TEXT = Path(__file__).with_name("prelude.sh").read_text(encoding="utf-8")


def _assign(name: str, value: str) -> str:
    return f"__cockpit_{name}={shlex.quote(value)}"


def _words(names: Iterable[str]) -> str:
    return " ".join(sorted({name for name in names if _NAME.fullmatch(name)}))


def _line_map(commands: Sequence[Command], body_line: int) -> str:
    """Line of the script -> index of the top-level command on it."""
    entries = [
        f"[{line - body_line + 1}]={index}"
        for index, command in enumerate(commands)
        for line in range(command.line, command.end_line + 1)
    ]
    return " ".join(entries)


def blank_before(body: str, body_line: int, from_line: int) -> str:
    """The script with every line before `from_line` (of the file) emptied: line numbers stay, what ran does not run."""
    if from_line <= body_line:
        return body
    lines = body.split("\n")
    cut = min(from_line - body_line, len(lines) - 1)
    return "\n" * cut + "\n".join(lines[cut:])
