"""What bash reads before the runbook's script, through BASH_ENV: the script file itself stays byte for byte.

It sets `-euo pipefail`, brings back the variables, functions and folder that earlier steps left, notes the running
command, and saves the state at the end. Line numbers in bash's own messages stay those of the script.
"""

import shlex
from collections.abc import Iterable, Sequence

from cockpit.runbook.model import Command
from cockpit.runner import files

_SKIP = (
    "_|BASH*|EUID|PPID|UID|SHELLOPTS|DIRSTACK|GROUPS|FUNCNAME|LINENO|RANDOM|SRANDOM|SECONDS|EPOCHSECONDS|EPOCHREALTIME"
    "|PIPESTATUS|HISTCMD|COMP_*|OPTIND|OPTERR|OPTARG|IFS|PS4|SHLVL|OLDPWD|PWD|COCKPIT_*|__cockpit_*"
)

_SAVE = """__cockpit_save() {
  local __cockpit_name
  for __cockpit_name in $(compgen -v); do
    case $__cockpit_name in %(skip)s) continue ;; %(secret)s) continue ;; esac
    declare -p "$__cockpit_name" 2>/dev/null || :
  done
  declare -f
  printf 'cd -- %%q 2>/dev/null || :\\n' "$PWD"
}
__cockpit_exit() {
  trap - DEBUG
  set +eu
  ( umask 077; __cockpit_save >%(state)s.new && mv -f %(state)s.new %(state)s ) 2>/dev/null
  { printf '%%s\\n' "$PWD"; compgen -v; } >%(exports)s 2>/dev/null
}
trap __cockpit_exit EXIT
"""


def prelude(
    directory: str,
    commands: Sequence[Command],
    body_line: int,
    *,
    state: str = "",
    cwd: str = "",
    secret_names: Iterable[str] = (),
) -> str:
    """The text of the prelude. `state` is the file that carries the shell's state, empty for a run that has none.

    The DEBUG trap writes `time index` to the progress file whenever another top-level command is reached; bash does not
    run it inside functions, so a busy loop writes one line per round at most where it spans several commands.
    """
    parts = ["unset BASH_ENV ENV"]
    if state:
        quoted = shlex.quote(state)
        secret = "|".join(sorted(set(secret_names))) or "__cockpit_none"
        parts.append(f"[ -r {quoted} ] && . {quoted} 2>/dev/null")
        exports = shlex.quote(f"{directory}/{files.EXPORTS}")
        parts.append(_SAVE % {"skip": _SKIP, "secret": secret, "state": quoted, "exports": exports})
    if cwd:
        parts.append(f"cd -- {shlex.quote(cwd)}")
    parts.append("__cockpit_now=-1")
    parts.append(f"__cockpit_map=({_line_map(commands, body_line)})")
    parts.append("set -euo pipefail")
    # Top-level commands only ever go forward: what looks like a step back is the EXIT trap's own call on "line 1".
    parts.append(
        "trap 'if (( ${__cockpit_map[LINENO]:--1} > __cockpit_now )); then __cockpit_now=${__cockpit_map[LINENO]}; "
        f'printf "%s %s\\n" "$EPOCHREALTIME" "$__cockpit_now" >&{files.PROGRESS_FD}; fi\' DEBUG'
    )
    return "\n".join(parts) + "\n"


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
    lines = body.splitlines(keepends=True)
    cut = min(from_line - body_line, len(lines))
    return "\n" * cut + "".join(lines[cut:])
