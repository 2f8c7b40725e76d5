"""Commands that open another shell or client: what stands below them was meant for that, not for this machine."""

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from tree_sitter import Node

from cockpit.runbook.grammar import above, first_row, walk, words_of
from cockpit.runbook.interactive import is_fed, operands
from cockpit.runbook.wrappers import wrapped

Where = Literal["shell", "client"]


class Opens(NamedTuple):
    """What a command opens, in words, and of which kind: a shell takes programs, a client its own language."""

    where: Where
    words: str


class Session(NamedTuple):
    """The first session that a script opens. Rows are 0-based."""

    row: int
    end_row: int
    """The last row of the command that opens it."""
    opens: Opens
    inside: tuple[int, int] | None
    """First and last row of what is typed in it; None where nothing is below."""
    closed: bool
    resumes: bool
    """Lines for this machine follow in the same script."""
    nested: bool
    """Inside a loop, a condition or a function: the script cannot simply end there."""


_HINT = re.compile(
    rb"\b(?:ssh|mosh|kubectl|oc|docker|podman|docker-compose|compose|su|sudo|psql|mysql|mariadb|sqlite3|mongo|mongosh|"
    rb"redis-cli|fly|flyctl|heroku|rails|aws|gcloud|vagrant|chroot|machinectl|lxc|nsenter|cqlsh|sqlcmd|sqlplus|"
    rb"clickhouse-client|gitlab-psql|gitlab-rails|bash|sh|zsh|cockroach|az)\b"
)
_SHELLS = frozenset({"bash", "sh", "zsh", "ash", "fish", "ksh", "dash"})
_CLIENTS: dict[str, tuple[str, ...]] = {
    "psql": ("-c", "--command", "-f", "--file", "-l", "--list", "-V", "--version"),
    "gitlab-psql": ("-c", "--command", "-f", "--file", "-l"),
    "mysql": ("-e", "--execute", "-V", "--version"),
    "mariadb": ("-e", "--execute", "-V", "--version"),
    "mongosh": ("--eval", "-f", "--file", "--version"),
    "mongo": ("--eval", "--version"),
    "cqlsh": ("-e", "-f", "--execute", "--file", "--version"),
    "sqlcmd": ("-Q", "-q", "-i"),
    "clickhouse-client": ("-q", "--query", "--queries-file"),
}
_SSH_VALUES = frozenset({
    "-b", "-c", "-D", "-E", "-e", "-F", "-I", "-i", "-J", "-L", "-l", "-m", "-O", "-o", "-p", "-R", "-S", "-W", "-w",
})  # fmt: skip
_EXEC_VALUES = frozenset({
    "-n", "--namespace", "-c", "--container", "--context", "--kubeconfig", "-u", "--user", "-e", "--env", "-w",
    "--workdir", "--index", "-f", "--file", "-p", "--project-name", "-l", "--selector", "--name", "-v", "--volume",
    "--network", "--entrypoint",
})  # fmt: skip
_CLOSES = re.compile(r"\s*(?:[^\s#$%>]*[$#>%]\s+)?(?:exit|logout|\\q|quit)(?:\(\))?\s*;?\s*(?:#.*)?$")
_COMMENT = re.compile(r"\s*(?:#.*)?$")


def session_of(root: Node, script: bytes) -> Session | None:
    """The first command of the script that opens a session, and what of the script is typed into it."""
    if not _HINT.search(script):
        return None
    for node in walk(root):
        if node.type == "command" and (found := opens(words_of(node, script), node)) is not None:
            return _session(node, found, script)
    return None


def closes(body: str) -> bool:
    """True where the last line of a script leaves the session that it is typed into."""
    lines = [line for line in body.split("\n") if not _COMMENT.match(line)]
    return bool(lines) and _CLOSES.match(lines[-1]) is not None


def opens(words: list[str], node: Node | None = None) -> Opens | None:
    """What a command opens; None where it runs to its end by itself."""
    root = False
    while before := wrapped(words):
        words = words[before:]
    if not words or (node is not None and is_fed(node)):
        return None
    name, rest = words[0].rsplit("/", 1)[-1], words[1:]
    if name == "sudo":
        root = any(re.fullmatch(r"-[a-zA-Z]*[is]|--login|--shell", word) for word in rest)
        return Opens("shell", "sudo opens another user's shell") if root else None
    if name in _CLIENTS:
        return _client(name, rest)
    reader = _READERS.get(name)
    return reader(name, rest) if reader is not None else None


def _client(name: str, rest: list[str]) -> Opens | None:
    quiet = any(word.split("=")[0] in _CLIENTS[name] or _short(word, _CLIENTS[name]) for word in rest)
    return None if quiet else Opens("client", f"{name} opens a session")


def _short(word: str, quiet: tuple[str, ...]) -> bool:
    """`-Atc` holds `-c`."""
    letters = {one[1] for one in quiet if len(one) == 2}
    return bool(re.fullmatch(r"-[a-zA-Z0-9]{2,}", word)) and any(letter in letters for letter in word[1:])


def _ssh(name: str, rest: list[str]) -> Opens | None:
    hosts = operands(rest, _SSH_VALUES)
    if len(hosts) != 1 or {"-N", "-f", "-G", "-V", "-O"} & set(rest):
        return None
    return Opens("shell", f"{name} opens a shell on {hosts[0]}")


def _container(name: str, rest: list[str]) -> Opens | None:
    verbs = operands(rest, _EXEC_VALUES)
    if verbs[:1] == ["compose"]:
        verbs = verbs[1:]
    if not verbs or verbs[0] not in {"exec", "run", "rsh", "debug", "attach", "psql"}:
        return None
    if verbs[0] in {"rsh", "debug"} and name in {"oc", "kubectl"}:
        command = _behind(rest, verbs[0], 1)
        return None if command and not _is_session(command) else Opens("shell", f"{name} {verbs[0]} opens a shell")
    asks = any(re.fullmatch(r"-(?:it|ti|i|t)|--tty(?:=true)?|--interactive", word) for word in rest)
    command = _behind(rest, verbs[0], 1)
    if not command or not (asks or name in {"docker-compose"} or "compose" in rest):
        return None
    if not _is_session(command):
        return None
    inner = command[0].rsplit("/", 1)[-1]
    where: Where = "client" if inner in _CLIENTS or inner in {"redis-cli", "sqlite3"} else "shell"
    return Opens(where, f"{name} {verbs[0]} opens {'a session of ' + inner if where == 'client' else 'a shell'}")


def _behind(rest: list[str], verb: str, operands_before: int) -> list[str]:
    """The words of the command that runs inside: after `--`, or after the verb's own operands."""
    if "--" in rest:
        return rest[rest.index("--") + 1 :]
    found, at, seen = rest.index(verb) + 1 if verb in rest else 0, 0, 0
    at = found
    while at < len(rest) and seen < operands_before:
        if rest[at].startswith("-"):
            at += 2 if rest[at] in _EXEC_VALUES else 1
        else:
            seen += 1
            at += 1
    return rest[at:]


def _is_session(command: list[str]) -> bool:
    """True where the command is a shell or client that waits for lines."""
    while before := wrapped(command):
        command = command[before:]
    name = command[0].rsplit("/", 1)[-1]
    if name in _SHELLS:
        return not any(re.fullmatch(r"-[a-z]*c", word) for word in command[1:]) and not operands(
            command[1:], frozenset({"-o"})
        )
    return opens(command) is not None


def _su(name: str, rest: list[str]) -> Opens | None:
    quiet = any(word in {"-c", "--command"} or word.startswith("--command=") for word in rest)
    return None if quiet else Opens("shell", "su opens another user's shell")


def _last_two(words: tuple[str, ...], where: Where, what: str, *quiet: str) -> Callable[[str, list[str]], Opens | None]:
    def read(name: str, rest: list[str]) -> Opens | None:
        if rest[: len(words)] != list(words) or any(word.split("=")[0] in quiet for word in rest):
            return None
        return Opens(where, f"{name} {' '.join(words)} opens {what}".replace("  ", " "))

    return read


def _first(*readers: Callable[[str, list[str]], Opens | None]) -> Callable[[str, list[str]], Opens | None]:
    def read(name: str, rest: list[str]) -> Opens | None:
        return next((found for one in readers if (found := one(name, rest)) is not None), None)

    return read


def _bare_shell(name: str, rest: list[str]) -> Opens | None:
    return Opens("shell", f"{name} opens another shell") if not rest or rest in (["-l"], ["--login"], ["-i"]) else None


def _redis(name: str, rest: list[str]) -> Opens | None:
    free = operands(rest, frozenset({"-h", "-p", "-u", "-a", "-n", "-s", "--user", "--pass"}))
    return Opens("client", "redis-cli opens a session") if not free and "--version" not in rest else None


def _sqlite(name: str, rest: list[str]) -> Opens | None:
    return Opens("client", "sqlite3 opens a session") if len(operands(rest, frozenset({"-cmd"}))) == 1 else None


_FLY = _first(
    _last_two(("ssh", "console"), "shell", "a shell on the machine", "-C", "--command"),
    _last_two(("postgres", "connect"), "client", "a session of psql"),
    _last_two(("pg", "connect"), "client", "a session of psql"),
    _last_two(("mpg", "connect"), "client", "a session of psql"),
)
_READERS: dict[str, Callable[[str, list[str]], Opens | None]] = {
    "ssh": _ssh,
    "mosh": _ssh,
    "su": _su,
    "redis-cli": _redis,
    "sqlite3": _sqlite,
    "fly": _FLY,
    "flyctl": _FLY,
    "heroku": _first(
        _last_two(("pg:psql",), "client", "a session of psql", "-c", "--command"),
        _last_two(("run", "bash"), "shell", "a shell on the dyno"),
        _last_two(("ps:exec",), "shell", "a shell on the dyno"),
    ),
    "rails": _first(_last_two(("console",), "client", "a console"), _last_two(("c",), "client", "a console")),
    "gitlab-rails": _last_two(("console",), "client", "a console"),
    "aws": _last_two(("ssm", "start-session"), "shell", "a shell on the instance", "--document-name"),
    "gcloud": _last_two(("compute", "ssh"), "shell", "a shell on the instance", "--command"),
    "az": _last_two(("ssh", "vm"), "shell", "a shell on the machine"),
    "vagrant": _last_two(("ssh",), "shell", "a shell on the machine", "-c", "--command"),
    "cockroach": _last_two(("sql",), "client", "a session", "-e", "--execute", "-f"),
} | dict.fromkeys(("kubectl", "oc", "docker", "podman", "docker-compose"), _container) | dict.fromkeys(
    ("bash", "sh", "zsh"), _bare_shell
)  # fmt: skip


_FLAT = frozenset({"program", "list", "redirected_statement", "command", "ERROR"})


def _session(node: Node, found: Opens, script: bytes) -> Session | None:
    row = end = first_row(node)
    lines = script.decode("utf-8", "replace").split("\n")
    while end + 1 < len(lines) and lines[end].endswith("\\"):
        # Not the node's end: to the grammar a `\q` on the next line is one more word.
        end += 1
    nested = any(around.type not in _FLAT for around in above(node))
    inside: list[int] = []
    closed, after = False, False
    for at in range(end + 1, len(lines)):
        if closed:
            after = after or not _COMMENT.match(lines[at])
        elif _CLOSES.match(lines[at]):
            inside.append(at)
            closed = True
        elif not _COMMENT.match(lines[at]):
            inside.append(at)
    span = (inside[0], inside[-1]) if inside else None
    return Session(row, end, found, span, closed, after, nested)
