"""Commands that are known to ask a question: a step with one of them gets a terminal that a person is attached to."""

import re
from collections.abc import Callable

from tree_sitter import Node

from cockpit.runbook.grammar import above, first_row, walk, words_of
from cockpit.runbook.known_commands import known_as, names_of
from cockpit.runbook.wrappers import wrapped

SSH = "ssh opens a shell"

_HINT = re.compile(
    rb"\b(?:gh|ssh|mosh|read|select|login|supabase|terraform|tofu|psql|mysql|kubectl|oc|docker|podman|aws|gcloud|az|git|npm|"
    rb"vim?|nano|emacs|less|more|top|htop|passwd|visudo|crontab|su|sudo|irb|python3?|node|ed)\b"
)
_LOGINS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("gh", "auth", "login"): ("--with-token",),
    ("docker", "login"): ("--password-stdin", "-p", "--password"),
    ("podman", "login"): ("--password-stdin", "-p", "--password"),
    ("az", "login"): ("--service-principal", "--identity"),
    ("gcloud", "auth", "login"): ("--cred-file",),
    ("aws", "configure"): ("set", "get", "list", "import", "export-credentials"),
    ("aws", "sso", "login"): (),
    ("npm", "login"): (),
    ("npm", "adduser"): (),
    ("heroku", "login"): (),
    ("vercel", "login"): (),
    ("supabase", "login"): ("--token",),
    ("firebase", "login"): (),
    ("fly", "auth", "login"): (),
    ("terraform", "login"): (),
    ("terraform", "apply"): ("-auto-approve", "--auto-approve"),
    ("terraform", "destroy"): ("-auto-approve", "--auto-approve"),
    ("tofu", "apply"): ("-auto-approve", "--auto-approve"),
    ("supabase", "db", "push"): ("--yes", "--dry-run"),
    ("supabase", "db", "reset"): ("--yes",),
    ("kubectl", "edit"): (),
    ("crontab", "-e"): (),
    ("git", "rebase", "-i"): (),
    ("git", "add", "-p"): (),
    ("gh", "pr", "create"): ("--title", "-t", "--fill", "-f", "--fill-first", "--web", "-w"),
    ("gh", "issue", "create"): ("--title", "-t", "--web", "-w"),
}
_SCREENS = frozenset({
    "vi", "vim", "nano", "emacs", "less", "more", "top", "htop", "passwd", "visudo", "su", "ed",
})  # fmt: skip
_SSH_TAKES_VALUE = frozenset({
    "-b", "-c", "-D", "-E", "-e", "-F", "-I", "-i", "-J", "-L", "-l", "-m", "-O", "-o", "-p", "-R", "-S", "-W",
    "-w",
})  # fmt: skip


def questions(root: Node, script: bytes) -> list[tuple[int, str]]:
    """(0-based row, reason) of every command that will ask a person, in the order of the script."""
    return [(first_row(node), reason) for node, reason in asking(root, script)]


def asking(root: Node, script: bytes) -> list[tuple[Node, str]]:
    """(the command, reason) of every command that will ask a person, in the order of the script."""
    if not _HINT.search(script) and not any(name in script for name in names_of("asks", "asks_terminal")):
        return []
    found = []
    for node in walk(root):
        if node.type == "command" and (reason := _reason(_unwrapped(words_of(node, script)), node, script)):
            found.append((node, reason))
    return found


def _unwrapped(words: list[str]) -> list[str]:
    """The words without `sudo` and its like in front."""
    while before := wrapped(words):
        words = words[before:]
    return words


def _reason(words: list[str], node: Node, script: bytes) -> str:
    if not words:
        return ""
    name = words[0].rsplit("/", 1)[-1]
    special = _SPECIAL.get(name)
    if special is not None and (reason := special(words, node)):
        return reason
    fed = is_fed(node)
    if name in _SCREENS and not fed:
        return f"{name} takes over the terminal"
    for start, quiet in _LOGINS.items():
        if _begins(words, start) and not any(word.split("=")[0] in quiet for word in words):
            return f"{' '.join(start)} prompts for input"
    if name in {"kubectl", "docker", "podman", "oc"} and _wants_terminal(words):
        return f"{name} is told to use a terminal"
    if asks := known_as("asks_terminal", words):
        return f"`{asks}` asks for a password"
    if not fed and (asks := known_as("asks", words)):
        return f"`{asks}` asks a question"
    return ""


def _wants_terminal(words: list[str]) -> bool:
    """Alone, `-t` is a tag in `docker build`."""
    return {"-i", "-t"} <= set(words) or any(re.fullmatch(r"-(it|ti)|--tty(=true)?", word) for word in words)


def _begins(words: list[str], start: tuple[str, ...]) -> bool:
    if start[-1].startswith("-"):
        return words[: len(start) - 1] == list(start[:-1]) and start[-1] in words
    return words[: len(start)] == list(start)


def is_fed(node: Node) -> bool:
    """True where something else than the terminal is the command's input or output."""
    if any(child.type == "herestring_redirect" for child in node.children):
        return True
    parent = node.parent
    while parent is not None and parent.type == "list" and parent.named_children[-1] == node:
        # The grammar hangs the redirection of the last command of `a && b < file` on the whole list.
        node, parent = parent, parent.parent
        if parent is not None and parent.type != "list":
            return parent.type == "redirected_statement"
    return parent is not None and parent.type in {"pipeline", "redirected_statement", "command_substitution"}


def _watch(words: list[str], node: Node) -> str:
    if words[1:3] == ["run", "watch"] and not operands(words[3:], frozenset({"-i", "--interval", "-R", "--repo"})):
        return "gh run watch asks which run"
    return ""


def operands(words: list[str], take_value: frozenset[str]) -> list[str]:
    """The words that are neither options nor the values of those in `take_value`."""
    rest, skip = [], False
    for word in words:
        if skip or word.startswith("-"):
            skip = not skip and word in take_value
        else:
            rest.append(word)
    return rest


def _ssh(words: list[str], node: Node) -> str:
    rest = operands(words[1:], _SSH_TAKES_VALUE)
    flags = {word for word in words if word.startswith("-")}
    fed = is_fed(node)
    return f"{SSH} on {rest[0]}" if len(rest) == 1 and not fed and not flags & {"-N", "-f", "-G", "-V", "-O"} else ""


def _read(words: list[str], node: Node) -> str:
    if is_fed(node) or any(around.type in {"pipeline", "redirected_statement"} for around in above(node)):
        return ""
    return "read waits for an answer" if "-u" not in words else ""


def _psql(words: list[str], node: Node) -> str:
    quiet = any(re.match(r"-[a-zA-Z0-9]*[cflV]|--(command|file|list|version)", word) for word in words[1:])
    return "" if quiet or is_fed(node) else "psql opens a session"


def _git(words: list[str], node: Node) -> str:
    if words[1:2] == ["commit"] and not any(
        re.match(r"-[a-zA-Z]*[mFC]|--(message|file|no-edit|fixup)", w) for w in words
    ):
        return "git commit opens an editor"
    return ""


def _bare(words: list[str], node: Node) -> str:
    return f"{words[0]} without arguments opens a session" if len(words) == 1 and not is_fed(node) else ""


_SPECIAL: dict[str, Callable[[list[str], Node], str]] = {
    "gh": _watch,
    "ssh": _ssh,
    "mosh": _ssh,
    "read": _read,
    "psql": _psql,
    "git": _git,
    "python": _bare,
    "python3": _bare,
    "node": _bare,
    "irb": _bare,
}
