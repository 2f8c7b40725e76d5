"""Is a script known to change nothing? Read from the shell's tree, never run. Unknown is: it may change something."""

import re
import shlex

from tree_sitter import Node

from cockpit.runbook.grammar import is_suspicious, parse_script, text_of, walk, words_of
from cockpit.runbook.read_only_table import ALWAYS, CLOUD, DRY, HARMLESS, NOT_WITH, READS, SAME_AS, SHORT, WRITING
from cockpit.runbook.wrappers import wrapped

_DEPTH = 4
_LOOKS = re.compile(r"\s*(?:select|show|table|\\(?:d|l|z|conninfo|timing|x|q))", re.I)
_WRITES = re.compile(
    r"\binto\b|\bpg_(?:terminate|cancel|reload|switch|promote|create|drop|rotate|logical_emit)\w*|\b(?:set|next)val\b"
    r"|\blo_\w+|\bdblink|\bfor\s+update\b|\\(?:copy|!|i|o|g|w)\b",
    re.I,
)
_SAFE_PLACES = ("/dev/", "/tmp/", "/var/tmp/", "/backup", "/var/backup", "&")  # noqa: S108 - read, never written
_GH_API_WRITES = ("-X", "--method", "-f", "-F", "--field", "--raw-field", "--input")
_GLOBAL_VALUES = frozenset({
    "-n", "--namespace", "--context", "--kubeconfig", "--cluster", "-C", "-f", "--file", "-p", "--project-name",
    "--profile", "--region", "-d", "--destination", "-a", "--app", "-h", "-H", "--host", "-R", "--repo", "-chdir",
    "--schema", "-c", "--config",
})  # fmt: skip
"""Options before the words of a command, whose value is a word of its own."""


def why_changes(script: str, depth: int = 0) -> str:
    """The first command that is not known to only look (`kubectl apply -f x`); empty where all of them are known."""
    data = script.encode("utf-8", "surrogateescape")
    root = parse_script(data)
    if is_suspicious(root, data) or depth > _DEPTH:
        return first_line(script)
    own = {
        text_of(name, data)
        for node in walk(root)
        if node.type == "function_definition" and (name := node.child_by_field_name("name")) is not None
    }
    for node in walk(root):
        if node.type == "file_redirect" and _writes_elsewhere(node, data):
            return first_line(text_of(node.parent or node, data))
        if node.type == "command" and not _only_looks(words_of(node, data), own, depth):
            return first_line(text_of(node, data))
    return ""


def first_line(text: str) -> str:
    lines = text.strip().splitlines()
    line = lines[0].strip() if lines else ""
    return line if len(line) <= 60 else f"{line[:57]}..."


def _writes_elsewhere(node: Node, data: bytes) -> bool:
    """True for a redirection into a file with an absolute path, or one that cannot be read."""
    text = text_of(node, data).lstrip("0123456789")
    if text.startswith("<") and not text.startswith("<>"):
        return False
    target = text.lstrip("<>&|").strip().strip("\"'")
    return target.startswith(("/", "~", "..")) and not target.startswith(_SAFE_PLACES)


def _only_looks(words: list[str], own: set[str], depth: int) -> bool:
    while words and (before := wrapped(words)):
        words = words[before:]
    if not words:
        return True
    name, rest = words[0], words[1:]
    if name.startswith(("/bin/", "/usr/bin/", "/usr/local/bin/", "/sbin/", "/usr/sbin/")):
        name = name.rpartition("/")[2]
    name = SAME_AS.get(name, name)
    if rest in (["--version"], ["--help"], ["-V"]) and "/" not in name and "$" not in name:
        return True
    if name in own or name in ("command", "sudo", "env", "time"):
        # A function's own commands are looked at where it is defined; what is left of a wrapper runs nothing.
        return name in own or not rest or rest[0] in ("-v", "-V", "-l", "--list")
    inner = _inner(name, rest)
    if inner is not None:
        return bool(inner.strip()) and not why_changes(inner, depth + 1)
    return _known(name, rest)


def _inner(name: str, rest: list[str]) -> str | None:
    """The command that this one runs: of `bash -c`, `ssh host`, `xargs`; None where it runs none."""
    if name in ("bash", "sh", "zsh", "dash"):
        return rest[rest.index("-c") + 1] if "-c" in rest[:-1] else ""
    if name == "ssh":
        at = 0
        while at < len(rest) and rest[at].startswith("-"):
            at += 2 if rest[at] in ("-i", "-p", "-l", "-o", "-F", "-J", "-L", "-R", "-D", "-b", "-c", "-E") else 1
        return " ".join(rest[at + 1 :])
    if name == "xargs":
        at = 0
        while at < len(rest) and rest[at].startswith("-"):
            at += 2 if rest[at] in ("-n", "-I", "-P", "-L", "-d", "-s", "-a", "-E") else 1
        return " ".join(map(shlex.quote, rest[at:])) or "echo"
    return None


def _known(name: str, rest: list[str]) -> bool:
    if name in DRY and any(word in DRY[name] for word in rest):
        return True
    if name in ("source", "."):
        return len(rest) == 1 and rest[0].rpartition("/")[2].startswith(".env")
    if name in ("psql", "mysql"):
        return _only_asks(rest)
    if name in ("awk", "gawk", "mawk"):
        return not any("system(" in word or ">" in word or "|" in word for word in rest)
    if any(word.startswith(bad) for word in rest for bad in _bad_words(name, rest)) or _short_writes(name, rest):
        return False
    if name in ("gzip", "gunzip", "zstd", "xz", "bzip2"):
        return all(word.startswith("-") for word in rest)
    if name in ALWAYS or name in HARMLESS:
        return True
    if name == "trap":
        return len(rest) < 1 or rest[0] in ("-", "-p", "-l", "")
    if name == "gh" and rest[:1] == ["api"]:
        return not any(word.startswith(_GH_API_WRITES) for word in rest)
    if name in CLOUD:
        verbs = CLOUD[name]
        heads = [word.partition("-")[0] for word in rest if not word.startswith("-")][:4]
        return any(word in verbs for word in heads[1:]) and not WRITING & set(heads[2 if name == "gcloud" else 1 :])
    if name in ("python", "python3") and len(rest) > 1 and rest[0].endswith("manage.py"):
        shown = rest[1] in ("showmigrations", "check", "sqlmigrate")
        return shown or (rest[1] == "migrate" and bool({"--plan", "--check"} & set(rest)))
    if name == "npx":
        return _known(rest[0], rest[1:]) if rest and not rest[0].startswith("-") else False
    if name == "bundle" and rest[:1] == ["exec"]:
        return len(rest) > 1 and _known(rest[1], rest[2:])
    if name in ("git",) and rest in (["branch"], ["tag"], ["remote"]):
        return True
    if name in ("hostname", "env"):
        return not rest
    if name == "service":
        return rest[1:] == ["status"]
    return name in READS and any(_begins(rest, wanted) for wanted in READS[name])


def _short_writes(name: str, rest: list[str]) -> bool:
    """True for a letter of `SHORT` among the short options; `curl -X GET` is none."""
    letters = SHORT.get(name, "")
    for at, word in enumerate(rest):
        if not letters or word.startswith("--") or not re.match(rf"-[A-Za-z]*[{letters}]", word):
            continue
        method = re.sub(r"-[A-Za-z]*?X", "", word, count=1) or "".join(rest[at + 1 : at + 2])
        if name != "curl" or "X" not in word or method not in ("GET", "HEAD"):
            return True
    return False


def _bad_words(name: str, rest: list[str]) -> tuple[str, ...]:
    """Beginnings of arguments that make the command one that may change something."""
    if name == "git" and rest[:1] in (["log"], ["diff"], ["show"], ["fetch"], ["rev-list"]):
        return ("--output", "--force")
    return NOT_WITH.get(name, ())


def _begins(rest: list[str], wanted: tuple[str, ...]) -> bool:
    """The words of the command behind its global options."""
    found: list[str] = []
    at = 0
    while at < len(rest) and len(found) < len(wanted):
        if rest[at].startswith("-") and rest[at] != wanted[len(found)]:
            at += 2 if rest[at] in _GLOBAL_VALUES else 1
        else:
            found.append(rest[at])
            at += 1
    return tuple(found) == wanted


def _only_asks(rest: list[str]) -> bool:
    """`psql -c "SELECT ..."`: every statement of every command is known to only ask."""
    commands = []
    for at, word in enumerate(rest):
        if re.fullmatch(r"-[a-zA-Z]*[ce]|--command|--execute", word):
            commands.append(rest[at + 1] if at + 1 < len(rest) else "")
        elif word.startswith(("--command=", "--execute=")):
            commands.append(word.partition("=")[2])
        elif word in ("-f", "--file") or word.startswith("--file="):
            return False
    statements = [one for sql in commands for one in sql.strip("\"'").split(";") if one.strip()]
    return bool(statements) and all(_LOOKS.match(one) and not _WRITES.search(one) for one in statements)
