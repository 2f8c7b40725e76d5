"""Which programs a script calls: what must be there before anyone relies on it."""

import shlex

from tree_sitter import Node

from cockpit.runbook.grammar import parse_script, text_of, walk, words_of
from cockpit.runbook.wrappers import wrapped

BUILTINS = frozenset({
    ".", ":", "[", "[[", "alias", "bg", "break", "builtin", "caller", "cd", "command", "compgen", "continue", "declare",
    "dirs", "disown", "echo", "enable", "eval", "exec", "exit", "export", "false", "fc", "fg", "getopts", "hash",
    "help", "history", "jobs", "kill", "let", "local", "logout", "mapfile", "popd", "printf", "pushd", "pwd", "read",
    "readarray", "readonly", "return", "set", "shift", "shopt", "source", "suspend", "test", "time", "times", "trap",
    "true", "type", "typeset", "ulimit", "umask", "unalias", "unset", "wait",
})  # fmt: skip


def calls(script: str) -> list[list[str]]:
    """The words of every simple command, in order, without assignments and redirections; quotes are kept out."""
    data = script.encode("utf-8", "surrogateescape")
    return _calls(parse_script(data), data)


def _calls(root: Node, data: bytes) -> list[list[str]]:
    return [words for node in walk(root) if node.type == "command" and (words := words_of(node, data))]


def programs(script: str) -> tuple[str, ...]:
    """Names and paths of the programs, each once, in the order of their first call. What is built in, defined by the
    script itself, or known only when it runs (`$TOOL`) is left out."""
    data = script.encode("utf-8", "surrogateescape")
    root = parse_script(data)
    own = {
        text_of(name, data)
        for node in walk(root)
        if node.type == "function_definition" and (name := node.child_by_field_name("name")) is not None
    }
    found: dict[str, None] = {}
    for words in _calls(root, data):
        for word in _named(words):
            if word not in own and word not in BUILTINS and not set(word) & set("$`*?{}()<>|&;="):
                found.setdefault(word)
    return tuple(found)


def _named(words: list[str]) -> list[str]:
    """The program, and the one that it runs where it only wraps another (`sudo systemctl`)."""
    found = words[:1]
    # What npx runs it fetches itself.
    while words[0] != "npx" and (before := wrapped(words)):
        words = words[before:]
        found.append(words[0])
    return found


def arguments(script: str, *program: str) -> list[list[str]]:
    """What follows these words in every command that begins with them: `arguments(body, "gh", "workflow", "run")`."""
    return [words[len(program) :] for words in calls(script) if tuple(words[: len(program)]) == program]


def option(words: list[str], *names: str) -> str:
    """Value of the option in `--name value` or `--name=value`; empty where it is not given."""
    for place, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in names:
            return _bare(value) if equals else _bare(words[place + 1]) if place + 1 < len(words) else ""
    return ""


def _bare(word: str) -> str:
    try:
        return " ".join(shlex.split(word)) or word
    except ValueError:
        return word
