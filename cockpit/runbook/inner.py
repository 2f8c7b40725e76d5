"""The command that really works, through what carries it there: `kubectl exec db-0 -- pg_dump` is pg_dump."""

import re
import shlex
from collections.abc import Callable, Sequence

from cockpit.runbook.wrappers import wrapped

Words = tuple[str, ...]
_DEEP = 5
"""Carriers within carriers."""
_CONTAINER_VALUES = frozenset({
    "-e", "--env", "--env-file", "-u", "--user", "-w", "--workdir", "-f", "--file", "-p", "--publish", "--profile",
    "--index", "-v", "--volume", "--name", "--network", "--entrypoint", "--mount", "-l", "--label", "--platform",
    "--add-host", "-m", "--memory", "--cpus", "--project-name", "--context",
})  # fmt: skip
_SSH_VALUES = frozenset({
    "-b", "-c", "-D", "-E", "-e", "-F", "-I", "-i", "-J", "-L", "-l", "-m", "-O", "-o", "-p", "-R", "-S", "-W", "-w",
})  # fmt: skip
_RUNNERS: dict[Words, frozenset[str]] = {
    ("bundle", "exec"): frozenset(),
    ("poetry", "run"): frozenset(),
    ("pipenv", "run"): frozenset(),
    ("uv", "run"): frozenset({"--with", "--project", "--directory", "-p", "--python", "--env-file", "--group"}),
    ("pdm", "run"): frozenset(),
    ("hatch", "run"): frozenset(),
    ("rye", "run"): frozenset(),
    ("pnpm", "exec"): frozenset(),
    ("pnpm", "dlx"): frozenset(),
    ("pnpm",): frozenset({"--filter", "-F", "-C", "--dir"}),
    ("yarn", "run"): frozenset(),
    ("yarn", "exec"): frozenset(),
    ("yarn", "dlx"): frozenset(),
    ("yarn",): frozenset({"--cwd"}),
    ("npm", "exec"): frozenset({"-p", "--package", "-w", "--workspace"}),
    ("bunx",): frozenset(),
    ("bun", "x"): frozenset(),
    ("doppler", "run"): frozenset({"-p", "--project", "-c", "--config"}),
    ("op", "run"): frozenset({"--env-file", "--account"}),
    ("infisical", "run"): frozenset({"--env", "--path", "--projectId"}),
    ("aws-vault", "exec"): frozenset(),
    ("dotenv",): frozenset({"-f", "-e"}),
    ("direnv", "exec"): frozenset(),
    ("heroku", "run"): frozenset({"-a", "--app", "-s", "--size", "-r", "--remote"}),
    ("dokku", "run"): frozenset(),
    ("railway", "run"): frozenset({"-s", "--service", "-e", "--environment"}),
    ("chroot",): frozenset(),
    ("xargs",): frozenset({"-n", "-P", "-I", "-L", "-d", "-a", "-s"}),
    ("caffeinate",): frozenset({"-t", "-w"}),
    ("flock",): frozenset({"-w", "-E"}),
    ("setsid",): frozenset(),
    ("ionice",): frozenset({"-c", "-n"}),
}  # fmt: skip
"""First words -> options that take the next word. What follows the options runs."""
_PLACES = dict.fromkeys([("aws-vault", "exec"), ("direnv", "exec"), ("dokku", "run"), ("chroot",), ("flock",)], 1)
"""How many words name a place before the command."""
_OWN = frozenset({
    "add", "install", "remove", "upgrade", "update", "outdated", "audit", "publish", "pack", "link", "unlink", "init",
    "create", "config", "cache", "info", "why", "list", "login", "logout", "set", "import", "patch", "prune", "rebuild",
    "root", "store", "up", "ci", "start", "test", "build", "dev", "serve", "watch", "run", "migrate", "db:migrate",
})  # fmt: skip
"""Words behind `yarn` and `pnpm` that are commands or scripts of theirs, not programs."""
_ALSO: dict[str, Words] = {
    "docker-compose": ("docker", "compose"),
    "podman-compose": ("podman", "compose"),
    "flyctl": ("fly",),
    "rake": ("rails",),
}


def inner(words: Sequence[str]) -> tuple[Words, ...]:
    """The innermost commands, their names without a path; `words` themselves where nothing carries them. Several where
    another shell is told a line: `su -c "cd app && rake db:migrate"`."""
    found, done = [tuple(words)], list[Words]()
    for _ in range(_DEEP):
        deeper: list[Words] = []
        for one in found:
            one = one[_before(one) :]
            within = _within(one)
            (deeper if within else done).extend(within or [one])
        found = deeper
    return tuple(_named(one) for one in (*done, *found) if one)


def _named(words: Words) -> Words:
    """By one name where a command has several, without its path."""
    name = words[0].rsplit("/", 1)[-1]
    return (*_ALSO.get(name, (name,)), *words[1:])


def _before(words: Words) -> int:
    at = 0
    while before := wrapped(words[at:]):
        at += before
    return at


def _within(words: Words) -> list[Words]:
    if not words:
        return []
    name = words[0].rsplit("/", 1)[-1]
    special = _CARRIERS.get(name)
    if special is not None:
        return [one for one in special((name, *words[1:])) if one]
    for start in ((name, *words[1:2]), (name,)):
        takes = _RUNNERS.get(start)
        if takes is not None:
            rest = _operands(words[len(start) :], takes)[_PLACES.get(start, 0) :]
            rest = rest[1:] if rest[:1] == ("--",) else rest
            is_own = start in {("yarn",), ("pnpm",)} and rest[:1] and rest[0] in _OWN
            return [rest] if rest and not is_own else []
    return []


def _operands(words: Sequence[str], takes: frozenset[str]) -> Words:
    """The words from the first one that is neither an option nor the value of one."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        if words[at] == "--":
            return tuple(words[at + 1 :])
        at += 2 if words[at] in takes else 1
    return tuple(words[at:])


def _container(words: Words) -> list[Words]:
    """`docker [compose] exec|run [options] NAME command`, and `docker-compose`, `podman`, `nerdctl` alike."""
    rest = _operands(words[1:], _CONTAINER_VALUES)
    if rest[:1] == ("compose",):
        rest = _operands(rest[1:], _CONTAINER_VALUES)
    if rest[:1] not in {("exec",), ("run",)}:
        return []
    return [_operands(rest[1:], _CONTAINER_VALUES)[1:]]


def _cluster(words: Words) -> list[Words]:
    """`kubectl exec POD -- command`."""
    if not {"exec", "run", "debug"} & {*words[:4]} or "--" not in words:
        return []
    return [words[words.index("--") + 1 :]]


def _host(words: Words) -> list[Words]:
    return _commands(" ".join(_operands(words[1:], _SSH_VALUES)[1:]))


def _user(words: Words) -> list[Words]:
    return _told(words, "-c", "--command")


def _shell(words: Words) -> list[Words]:
    at = next((at for at, word in enumerate(words[1:], 1) if re.fullmatch(r"-[a-z]*c", word)), 0)
    return _commands(words[at + 1]) if at and at + 1 < len(words) else []


def _fly(words: Words) -> list[Words]:
    return _told(words, "-C", "--command") if words[1:3] == ("ssh", "console") else []


def _script(words: Words) -> list[Words]:
    """`php artisan`, `python manage.py`, `node ace`: the script; and `python -m http.server`."""
    rest = words[1:]
    while rest and rest[0].startswith("-") and rest[0] != "-m":
        if rest[0] in {"-c", "-r", "-e"}:
            return []
        rest = rest[1:]
    return [rest[1:] if rest[:1] == ("-m",) else rest]


def _told(words: Words, *names: str) -> list[Words]:
    for at, word in enumerate(words[1:], 1):
        name, equals, value = word.partition("=")
        if name in names and (equals or at + 1 < len(words)):
            return _commands(value if equals else words[at + 1])
    return []


def _commands(text: str) -> list[Words]:
    """The commands of a line that another shell reads."""
    try:
        words = shlex.split(re.sub(r"&&|\|\||[;|&]", r" \g<0> ", text), comments=True)
    except ValueError:
        words = text.split()
    found: list[list[str]] = [[]]
    for word in words:
        if word in {"&&", "||", ";", "|", "&"}:
            found.append([])
        else:
            found[-1].append(word)
    return [tuple(one) for one in found if one]


_CARRIERS: dict[str, Callable[[Words], list[Words]]] = {
    "docker": _container,
    "docker-compose": _container,
    "podman": _container,
    "podman-compose": _container,
    "nerdctl": _container,
    "kubectl": _cluster,
    "oc": _cluster,
    "k3s": _cluster,
    "ssh": _host,
    "su": _user,
    "runuser": _user,
    "bash": _shell,
    "sh": _shell,
    "zsh": _shell,
    "php": _script,
    "python": _script,
    "python3": _script,
    "node": _script,
    "ruby": _script,
    "fly": _fly,
    "flyctl": _fly,
}
