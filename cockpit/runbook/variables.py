"""Variables that a script takes from outside: used, and set by nobody in it."""

import re

from tree_sitter import Node

from cockpit.runbook.grammar import text_of, walk, words_of

# Set by the shell, the login or the machine wherever a script runs.
_AMBIENT = frozenset({
    "HOME", "PATH", "USER", "PWD", "OLDPWD", "SHELL", "TERM", "LANG", "LOGNAME", "HOSTNAME", "UID", "EUID",
    "GROUPS", "PPID", "RANDOM", "SRANDOM", "SECONDS", "LINENO", "IFS", "OPTARG", "OPTIND", "OPTERR", "REPLY",
    "PIPESTATUS", "FUNCNAME", "DIRSTACK", "EPOCHSECONDS", "EPOCHREALTIME", "HOSTTYPE", "OSTYPE", "MACHTYPE",
    "SHLVL", "SHELLOPTS", "COLUMNS", "LINES", "MAPFILE", "PS1", "PS2", "PS4", "PAGER",
})  # fmt: skip
_AMBIENT_PREFIX = ("BASH", "LC_", "COMP_")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SETTERS = frozenset({"read", "mapfile", "readarray", "getopts"})
_DEFAULTS = frozenset({"-", ":-", "=", ":=", "+", ":+"})


def outside_variables(root: Node, script: bytes) -> tuple[str, ...]:
    """Names in the order of their first use. `${X:-default}` needs nobody; positional and special ones are the shell's.

    `FOO=1 cmd $FOO` does not set FOO for its own expansion, so that one counts as outside.
    """
    if b"$" not in script and b"((" not in script:
        return ()
    used: dict[str, None] = {}
    given: set[str] = set()
    for node in walk(root):
        match node.type:
            case "variable_assignment":
                if node.parent is None or node.parent.type != "command":
                    given |= _name_of(node.child_by_field_name("name"), script)
            case "for_statement":
                given |= _name_of(node.child_by_field_name("variable"), script)
            case "command":
                given |= _given_by(words_of(node, script))
            case "variable_name":
                if _is_use(node):
                    used.setdefault(text_of(node, script), None)
    return tuple(name for name in used if name not in given and not _is_ambient(name))


def _is_use(name: Node) -> bool:
    parent = name.parent
    if parent is None or parent.type in {
        "variable_assignment",
        "for_statement",
        "declaration_command",
        "unset_command",
    }:
        return False
    if parent.type == "subscript":
        parent = parent.parent or parent
        if parent.type == "variable_assignment":
            return False
    return not (parent.type == "expansion" and any(child.type in _DEFAULTS for child in parent.children))


def _name_of(node: Node | None, script: bytes) -> set[str]:
    match = _NAME.match(text_of(node, script)) if node is not None else None
    return {match[0]} if match else set()


def _given_by(words: list[str]) -> set[str]:
    if words[:1] == ["printf"] and words[1:2] == ["-v"]:
        return set(words[2:3])
    if words and words[0] in _SETTERS:
        return {word for word in words[1:] if _NAME.fullmatch(word)}
    if words[:1] == ["let"]:
        return {word.split("=")[0] for word in words[1:] if "=" in word}
    return set()


def _is_ambient(name: str) -> bool:
    return name in _AMBIENT or name.startswith(_AMBIENT_PREFIX) or _NAME.fullmatch(name) is None
