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

# `readonly` is not carried: a step that is tried again would fail at its own assignment. A script's own EXIT trap runs
# after the state is saved, and does not take its place.
_SAVE = """__cockpit_save() {
  local IFS=$'\\n' __cockpit_name __cockpit_text __cockpit_flags
  for __cockpit_name in $(compgen -v); do
    case $__cockpit_name in %(skip)s) continue ;; %(secret)s) continue ;; esac
    case ${!__cockpit_name@a} in *r*) ;; *) declare -p "$__cockpit_name" 2>/dev/null || :; continue ;; esac
    __cockpit_text=$(declare -p "$__cockpit_name")
    __cockpit_flags=${__cockpit_text#declare -}
    __cockpit_flags=${__cockpit_flags%%%% *}
    __cockpit_flags=${__cockpit_flags//r/}
    printf 'declare -%%s %%s\\n' "${__cockpit_flags:--}" "${__cockpit_text#declare -* }"
  done
  declare -f
  printf 'cd -- %%q 2>/dev/null || :\\n' "$PWD"
}
__cockpit_exit() {
  local __cockpit_status=$?
  builtin trap - DEBUG
  ( set +eu; umask 077; __cockpit_save >%(state)s.new && command mv -f %(state)s.new %(state)s ) 2>/dev/null || :
  ( set +eu; { printf '%%s\\n' "$PWD"; compgen -v; } >%(exports)s ) 2>/dev/null || :
  [ "$__cockpit_status" = 0 ] || set +e
  [ -n "${__cockpit_theirs:-}" ] || return "$__cockpit_status"
  ( exit "$__cockpit_status" )
  eval "$__cockpit_theirs"
}
trap() {
  builtin trap "$@" || return
  if [ "$BASHPID" = "$$" ] && [[ " $* " == *" "@(EXIT|0)" "* ]]; then
    local __cockpit_word
    __cockpit_word=$(builtin trap -p EXIT)
    case $__cockpit_word in *__cockpit_exit*) return 0 ;; esac
    __cockpit_word=${__cockpit_word#trap -- }
    eval "__cockpit_theirs=${__cockpit_word%% EXIT}"
    builtin trap __cockpit_exit EXIT
  fi
}
builtin trap __cockpit_exit EXIT
"""


def prelude(
    directory: str,
    commands: Sequence[Command],
    body_line: int,
    *,
    state: str = "",
    cwd: str = "",
    secret_names: Iterable[str] = (),
    handed_on: Iterable[str] = (),
) -> str:
    """The text of the prelude. `state` is the file that carries the shell's state, empty for a run that has none.

    `handed_on` are the variables that steps wrote to `$COCKPIT_ENV`: their values are in the environment and win over
    what the state file has of them.

    The DEBUG trap writes `time index` to the progress file whenever another top-level command is reached; bash does not
    run it inside functions, so a busy loop writes one line per round at most where it spans several commands.
    """
    parts = ["unset BASH_ENV ENV"]
    if state:
        quoted = shlex.quote(state)
        secret = "|".join(sorted(set(secret_names))) or "__cockpit_none"
        parts += [f"__cockpit_new_{name}=${{{name}-}}" for name in handed_on]
        parts.append(f"[ -r {quoted} ] && . {quoted} 2>/dev/null")
        parts += [f"export {name}=$__cockpit_new_{name}" for name in handed_on]
        exports = shlex.quote(f"{directory}/{files.EXPORTS}")
        parts.append(_SAVE % {"skip": _SKIP, "secret": secret, "state": quoted, "exports": exports})
    if cwd:
        parts.append(f"cd -- {shlex.quote(cwd)}")
    parts.append("__cockpit_now=-1")
    parts.append(f"__cockpit_map=({_line_map(commands, body_line)})")
    parts.append("set -euo pipefail")
    # Top-level commands only ever go forward: what looks like a step back is the EXIT trap's own call on "line 1".
    parts.append(
        "builtin trap 'if (( ${__cockpit_map[LINENO]:--1} > __cockpit_now )); then "
        "__cockpit_now=${__cockpit_map[LINENO]}; "
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
    lines = body.split("\n")
    cut = min(from_line - body_line, len(lines) - 1)
    return "\n" * cut + "\n".join(lines[cut:])
