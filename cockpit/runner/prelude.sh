# Read by bash through BASH_ENV before the runbook's script; `prelude.py` puts this run's values in front. The script
# lies under another name until the last lines here: a shell that does not read this, or does not get to its end, finds
# no script to run. The names are prefixed because the script's own variables must stay visible beside them.

__cockpit_refuse() {
  (builtin umask 077 && builtin printf '%s\n' "$1" >|"$__cockpit_run/refused")
  builtin printf 'cockpit: %s\n' "$1" >&2
  builtin exit 126
}
case ${BASH_VERSINFO[0]:-0}.${BASH_VERSINFO[1]:-0} in
  [0-3].* | 4.[0-3]) __cockpit_refuse "bash $BASH_VERSION is too old: steps need bash 4.4 or later, first on the PATH" ;;
esac

# The system's own first: a script may leave a PATH without one.
__cockpit_mv() { command -p mv -f -- "$1" "$2" 2>/dev/null || command mv -f -- "$1" "$2"; }

# True for names that belong to the shell or to the cockpit.
__cockpit_is_ours() {
  case $1 in
    _ | BASH* | EUID | PPID | UID | SHELLOPTS | DIRSTACK | GROUPS | FUNCNAME | LINENO | RANDOM | SRANDOM | SECONDS) ;;
    EPOCHSECONDS | EPOCHREALTIME | PIPESTATUS | HISTCMD | COMP_* | OPTIND | OPTERR | OPTARG | IFS | PS4 | SHLVL) ;;
    OLDPWD | PWD | COCKPIT_* | __cockpit_*) ;;
    *) return 1 ;;
  esac
}

# `readonly` is not carried: a step that is tried again would fail at its own assignment.
__cockpit_print_variable() {
  local __cockpit_text __cockpit_flags
  __cockpit_text=$(builtin declare -p "$1" 2>/dev/null) || return 0
  __cockpit_flags=${__cockpit_text#declare -}
  __cockpit_flags=${__cockpit_flags%% *}
  if [[ $__cockpit_flags == *r* ]]; then
    __cockpit_flags=${__cockpit_flags//r/}
    __cockpit_text="declare -${__cockpit_flags:--} ${__cockpit_text#declare -* }"
  fi
  builtin printf '%s || __cockpit_lost %s\n' "$__cockpit_text" "$1"
}

__cockpit_print_variables() {
  local __cockpit_name __cockpit_given
  for __cockpit_name in $(builtin compgen -v); do
    __cockpit_is_ours "$__cockpit_name" && continue
    # What the cockpit gives anew to each step is kept only where the script has changed it.
    __cockpit_given=__cockpit_given_$__cockpit_name
    [[ -n ${!__cockpit_given+set} && ${!__cockpit_given} == "${!__cockpit_name-}" ]] && continue
    __cockpit_print_variable "$__cockpit_name"
  done
  for __cockpit_name in $__cockpit_environment; do
    __cockpit_is_ours "$__cockpit_name" && continue
    builtin declare -p "$__cockpit_name" >/dev/null 2>&1 && continue
    builtin printf 'unset -v %s || __cockpit_lost %s\n' "$__cockpit_name" "$__cockpit_name"
  done
}

__cockpit_print_functions() {
  local __cockpit_line __cockpit_name
  for __cockpit_line in $(builtin declare -F); do
    __cockpit_name=${__cockpit_line##* }
    case $__cockpit_name in __cockpit_* | trap) continue ;; esac
    builtin declare -f "$__cockpit_name"
    case $__cockpit_line in 'declare -'*x*' '*) builtin printf 'export -f %q\n' "$__cockpit_name" ;; esac
  done
  for __cockpit_name in $__cockpit_functions; do
    builtin declare -F "$__cockpit_name" >/dev/null || builtin printf 'unset -f %q\n' "$__cockpit_name"
  done
}

# Each step begins with -euo pipefail, and -n, -t, -p or job control would keep it from running as others do.
__cockpit_print_options() {
  local __cockpit_line
  for __cockpit_line in $1; do
    case ${__cockpit_line##* } in
      errexit | nounset | pipefail | xtrace | verbose | noexec | onecmd | privileged | monitor | notify) ;;
      history | histexpand | emacs | vi | ignoreeof | interactive-comments | nolog) ;;
      *) builtin printf '%s\n' "$__cockpit_line" ;;
    esac
  done
}

# In a subshell: what brings this shell back. $1: its options (`$-`).
__cockpit_print_state() {
  local __cockpit_line __cockpit_options __cockpit_shopt __cockpit_ifs=${IFS-none}
  __cockpit_options=$(builtin set +o)
  __cockpit_shopt=$(builtin shopt -p)
  # From here on as bash is by default, whatever the script has set.
  builtin set +euf +o posix
  builtin shopt -u nocasematch nullglob failglob extdebug
  IFS=$'\n'
  # Before the functions: their text may need extglob.
  for __cockpit_line in $__cockpit_shopt; do
    # extdebug starts a debugger.
    case $__cockpit_line in *login_shell | *restricted_shell | *extdebug) ;; *) builtin printf '%s\n' "$__cockpit_line" ;; esac
  done
  __cockpit_print_variables
  __cockpit_print_functions
  builtin alias -p
  __cockpit_print_options "$__cockpit_options"
  [[ $1 != *x* ]] || builtin printf '__cockpit_trace=yes\n'
  builtin umask -p
  builtin printf '__cockpit_folder=%q __cockpit_before=%q\n' "$PWD" "${OLDPWD-}"
  if [[ $__cockpit_ifs == none ]]; then builtin printf 'unset IFS\n'; else builtin printf 'IFS=%q\n' "$__cockpit_ifs"; fi
  builtin printf '__cockpit_whole=yes\n'
}

__cockpit_save() {
  local __cockpit_text
  # `return` alone would give the status from before the EXIT trap.
  __cockpit_text=$(__cockpit_print_state "$1") || return 1
  [[ $__cockpit_text == *__cockpit_whole=yes ]] || return 1
  (builtin umask 077 && builtin printf '%s\n' "$__cockpit_text" >|"$__cockpit_state.new") || return 1
  __cockpit_mv "$__cockpit_state.new" "$__cockpit_state" && : >|"$__cockpit_state.open" || return 1
  # What the engine keeps in its memory is this script's, and whole.
  (builtin umask 077 && : >|"$__cockpit_run/saved") || return 1
}

# $1: the exit status of the script; $2: its options.
__cockpit_exit() {
  builtin trap - DEBUG
  { __cockpit_save "$2" || builtin printf 'cockpit: the state of this shell was not kept for later steps\n' >&3; } \
    3>&2 2>/dev/null || :
  { (builtin set +eu; { builtin printf '%s\n' "$PWD"; builtin compgen -v; } >|"$__cockpit_run/exports") || :; } 2>/dev/null
  [ "$1" = 0 ] || builtin set +e
  [ -n "${__cockpit_theirs-}" ] || return "$1"
  case $2 in *x*) __cockpit_trace='set -x;' ;; *) __cockpit_trace= ;; esac
  eval "{ $__cockpit_trace (exit $1); } 2>/dev/null; $__cockpit_theirs"
}
__cockpit_on_exit() {
  builtin trap '{ __cockpit_status=$? __cockpit_flags=$-; set +x; } 2>/dev/null
    __cockpit_exit "$__cockpit_status" "$__cockpit_flags"' EXIT
}

# A script's own EXIT trap runs after the state is saved, and does not take its place.
__cockpit_wrap_trap() {
  trap() {
    { local -; set +x; } 2>/dev/null
    builtin trap "$@" || return
    if [[ $BASHPID == "$$" && " $* " == *" "@([Ee][Xx][Ii][Tt]|SIGEXIT|0)" "* ]]; then
      local __cockpit_word
      __cockpit_word=$(builtin trap -p EXIT)
      case $__cockpit_word in *__cockpit_exit*) return 0 ;; esac
      __cockpit_word=${__cockpit_word#trap -- }
      eval "__cockpit_theirs=${__cockpit_word% EXIT}"
      __cockpit_on_exit
    fi
  }
}

# What the script has set since its last command and may be a secret, for the supervisor, before anything can say it.
__cockpit_tell_watched() {
  local __cockpit_name
  for __cockpit_name in "${__cockpit_watched[@]}"; do
    [ "${!__cockpit_name-}" != "${__cockpit_seen[$__cockpit_name]-}" ] || continue
    __cockpit_seen[$__cockpit_name]=${!__cockpit_name-}
    __cockpit_print_variable "$__cockpit_name" >>"$__cockpit_state.seen"
  done
}

__cockpit_lost() { __cockpit_missing+=${__cockpit_missing:+, }$1; }
__cockpit_kept="what earlier steps left in the shell (variables, functions, folder)"
__cockpit_refuse_state() {
  __cockpit_refuse "$1. Nothing of the script ran; the next attempt starts in a fresh shell in $PWD"
}

# True where there is a state to bring back. Refuses where there should be one, and is not.
__cockpit_has_state() {
  if [ -n "$__cockpit_lenient" ]; then
    [ -e "$__cockpit_state" ] || [ -z "$__cockpit_expected" ] ||
      builtin printf 'cockpit: %s is gone: this starts in a fresh shell in %s\n' "$__cockpit_kept" "$PWD" >&2
  elif [ -s "$__cockpit_state.open" ]; then
    local __cockpit_owner __cockpit_title
    { builtin read -r __cockpit_owner; builtin read -r __cockpit_title; } <"$__cockpit_state.open"
    # Its own next attempt needs only what the whole script began with.
    if [ "$__cockpit_owner" != "$__cockpit_task" ] || [ -n "$__cockpit_partial" ]; then
      __cockpit_refuse_state "$__cockpit_kept is incomplete: \"$__cockpit_title\" ended without handing on its shell"
    fi
  elif [ -n "$__cockpit_expected" ] && [ ! -e "$__cockpit_state" ]; then
    __cockpit_refuse_state "$__cockpit_kept is gone: the machine was restarted, or they ran on another machine"
  fi
  [ -e "$__cockpit_state" ]
}

# Names alone: what bash says of an assignment may hold its value.
__cockpit_check_restored() {
  [ -z "$__cockpit_missing" ] || __cockpit_refuse_state "$__cockpit_kept did not come back: $__cockpit_missing"
  [ "${__cockpit_whole-}" = yes ] || __cockpit_refuse_state "$__cockpit_kept did not come back whole"
}

__cockpit_enter_folder() {
  if [ -n "$__cockpit_cwd" ]; then
    builtin cd -- "$__cockpit_cwd" 2>/dev/null || __cockpit_refuse "the folder of this step, $__cockpit_cwd, cannot be entered"
  elif [ -n "${__cockpit_folder-}" ]; then
    builtin cd -- "$__cockpit_folder" 2>/dev/null ||
      __cockpit_refuse_state "the folder in which the steps before this one ended cannot be entered: $__cockpit_folder"
    OLDPWD=$__cockpit_before
  fi
}

if [ -n "$__cockpit_state" ]; then
  for __cockpit_name in "${__cockpit_given[@]}" "${__cockpit_handed[@]}"; do
    [ -z "${!__cockpit_name+set}" ] || builtin printf -v "__cockpit_given_$__cockpit_name" %s "${!__cockpit_name}"
  done
  __cockpit_missing= __cockpit_whole=
  # Before the state: POSIX mode has no functions with this name.
  __cockpit_wrap_trap
  if [ -z "$__cockpit_fresh" ] && __cockpit_has_state; then
    # At the top level: in a function, `declare` would make locals.
    builtin . "$__cockpit_state" 2>/dev/null
    __cockpit_check_restored
  fi
  for __cockpit_name in "${__cockpit_handed[@]}"; do
    __cockpit_value=__cockpit_given_$__cockpit_name
    builtin export "$__cockpit_name=${!__cockpit_value-}"
    builtin unset "$__cockpit_value"
  done
fi
__cockpit_enter_folder
if [ -n "$__cockpit_state" ]; then
  (builtin umask 077 && builtin printf '%s\n' "$__cockpit_task" "$__cockpit_title" >|"$__cockpit_state.open") ||
    __cockpit_refuse "the shell's state cannot be kept: ${__cockpit_state%/*} takes no file"
fi
__cockpit_mv "$__cockpit_run/script.held" "$__cockpit_run/script.sh" ||
  __cockpit_refuse "the script could not be put in its place: no mv on the PATH, or $__cockpit_run takes no file"
[ -z "$__cockpit_state" ] || __cockpit_on_exit
# Top-level commands only ever go forward: what looks like a step back is the EXIT trap's own call on "line 1". Written
# by path, not through an open descriptor: every child of the script would inherit that. One line, for LINENO's sake.
__cockpit_stamp='"%s %s\n" "$EPOCHREALTIME"'
[ -n "${EPOCHREALTIME-}" ] || __cockpit_stamp='"%(%s)T %s\n" -1'
__cockpit_note='if (( ${__cockpit_map[LINENO]:--1} > __cockpit_now )); then __cockpit_now=${__cockpit_map[LINENO]}; { builtin printf '$__cockpit_stamp' "$__cockpit_now" >>"$__cockpit_run/progress"; } 2>/dev/null || :; fi'
if [ -n "${__cockpit_watched+some}" ]; then
  declare -A __cockpit_seen=()
  for __cockpit_name in "${__cockpit_watched[@]}"; do __cockpit_seen[$__cockpit_name]=${!__cockpit_name-}; done
  (builtin umask 077 && : >>"$__cockpit_state.seen") || __cockpit_refuse "${__cockpit_state%/*} takes no file"
  __cockpit_note="{ __cockpit_tell_watched; } 2>/dev/null || :; $__cockpit_note"
fi
if [ -n "${__cockpit_trace-}${__cockpit_traces-}" ]; then
  __cockpit_note="{ __cockpit_debug=\$-; set +x; } 2>/dev/null; $__cockpit_note; case \$__cockpit_debug in *x*) set -x ;; esac"
fi
set -euo pipefail
[ -z "${__cockpit_trace-}" ] || set -x
{ [ -z "${__cockpit_posix+set}" ] || export POSIXLY_CORRECT=$__cockpit_posix
  builtin trap "$__cockpit_note" DEBUG; } 2>/dev/null
