"""What git says of the repository. Read-only; where there is no git, everything is empty and nothing fails."""

import os
import re
import shlex
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from cockpit.text.sanitize import one_line

SECONDS = 10.0
MOST_CHANGES = 30
MOST_TIMES = 5000
_SHA = re.compile(r"[0-9a-f]{7,64}")
_MIGRATION = re.compile(r"(^|/)(migrations?|migrate)/.*\.(sql|py|rb|ts|js)$", re.I)


_HARMLESS = (
    "--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null",
    "-c", "protocol.ext.allow=never", "-c", "submodule.recurse=false", "-c", "log.showSignature=false",
)  # fmt: skip
"""What a repository's own configuration could have git start, when it is only asked something."""


class Commit(Struct, frozen=True):
    sha: str
    subject: str
    at: float = 0.0


_ALONE = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1"}
"""No remote: one that an object is missing from would be asked by the programs that the repository names for it."""
_FILTERS = r"^filter\..*\.(clean|smudge|process|required)$"


def git(root: Path, *arguments: str, given: str = "", seconds: float = SECONDS, remote: bool = False) -> str | None:
    """Standard output of a git command that reads `given`; None where it failed or git is not there. `remote`: it may
    ask a remote."""
    filters = _without_filters(root) if arguments[0] in ("status", "diff") else []
    if filters is None:
        return None
    try:
        ran = subprocess.run(
            ["git", *_HARMLESS, *filters, "-C", str(root), *_plainly(arguments)],
            input=given.encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
            env={**os.environ, **_QUIETLY, **({} if remote else _ALONE)},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ran.stdout.decode("utf-8", "replace") if ran.returncode == 0 else None


_QUIETLY = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C.UTF-8"}


def _without_filters(root: Path) -> list[str] | None:
    """Options with which no filter runs that the repository's own configuration names: those of the person and of the
    machine stay. None where one cannot be switched off."""
    said = git(root, "config", "--show-scope", "-z", "--get-regexp", _FILTERS)
    words = (said or "").split("\0")
    values: dict[str, str] = {}
    own: set[str] = set()
    for scope, setting in zip(words[::2], words[1::2], strict=False):
        key, _, value = setting.partition("\n")
        if scope in ("system", "global"):
            values[key] = value
        elif scope != "command":
            own.add(key)
    # An empty `process` hides the person's own `clean`.
    hiding = (key for key in own if key.endswith(".process") and key not in values)
    if any("=" in key for key in own) or any(f"{key.removesuffix('process')}clean" in values for key in hiding):
        return None
    off = {key: values.get(key, "false" if key.endswith(".required") else "") for key in sorted(own)}
    return [part for key, value in off.items() for part in ("-c", f"{key}={value}")]


def _plainly(arguments: Sequence[str]) -> list[str]:
    """The command without the programs that a repository's configuration names for showing changes. (An empty
    `diff.external` is no way: git would start that.)"""
    first, *rest = arguments
    plain = ["--no-ext-diff", "--no-textconv"] if first in ("diff", "log", "show") else []
    return [first, *plain, *rest]


def is_repository(root: Path) -> bool:
    return git(root, "rev-parse", "--git-dir") is not None


def why_refused(root: Path) -> str:
    """Why git does not read a repository that is there: it belongs to another user. Empty where that is not so."""
    try:
        ran = subprocess.run(
            ["git", *_HARMLESS, "-C", str(root), "rev-parse", "--show-toplevel"],
            capture_output=True, timeout=SECONDS, check=False, env={**os.environ, "LC_ALL": "C"},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    said = ran.stderr.decode("utf-8", "replace")
    found = re.search(r"dubious ownership in repository at '([^'\n]+)'", said)
    if found is None:
        return ""
    place = one_line(found[1])
    return (
        f'git refuses to read {place}: it belongs to another user ("dubious ownership"), so the commit to deploy is '
        f"unknown. If you trust it: git config --global --add safe.directory {shlex.quote(place)}"
    )


def resolve(root: Path, ref: str) -> str:
    """The commit that the ref names; empty where there is none."""
    if ref.startswith("-"):
        return ""
    return (git(root, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}") or "").strip()


def user(root: Path) -> str:
    """Name of the person: git's user.name, else the login."""
    name = one_line(git(root, "config", "user.name") or "")
    return name or os.environ.get("USER") or os.environ.get("LOGNAME") or "somebody"


def log(root: Path, ref: str = "HEAD", most: int = 15) -> list[Commit]:
    """The newest commits below the ref."""
    said = git(root, "log", f"-{most}", "--format=%H%x09%ct%x09%s", ref, "--")
    return [commit for line in (said or "").splitlines() if (commit := _commit(line)) is not None]


def _commit(line: str) -> Commit | None:
    sha, _, rest = line.partition("\t")
    at, _, subject = rest.partition("\t")
    return Commit(sha, one_line(subject), float(at)) if sha and at.isdigit() else None


def commit_times(root: Path, commits: Iterable[str]) -> dict[str, tuple[float, tuple[str, ...]]]:
    """Unix time and parents of these commits and of what lies below them, the newest 5,000. What git does not know is
    left out."""
    wanted = [sha for sha in dict.fromkeys(commits) if _SHA.fullmatch(sha)]
    if not wanted:
        return {}
    arguments = ("rev-list", f"--max-count={MOST_TIMES}", "--timestamp", "--parents", "--ignore-missing", "--stdin")
    said = git(root, *arguments, given="\n".join(wanted) + "\n")
    found: dict[str, tuple[float, tuple[str, ...]]] = {}
    for line in (said or "").splitlines():
        at, sha, *parents = line.split()
        found[sha] = float(at), tuple(parents)
    return found


def changes(root: Path, old: str, new: str) -> tuple[str, ...]:
    """Subjects of the commits in `new` that `old` has not, the newest first."""
    span = f"{old}..{new}" if old else new
    said = git(root, "log", f"-{MOST_CHANGES if old else 1}", "--format=%s", span, "--")
    return tuple(one_line(line) for line in (said or "").splitlines())


def migrations(root: Path, old: str, new: str) -> tuple[str, ...]:
    """Migration files that `new` adds or changes since `old`."""
    if not old:
        return ()
    said = git(root, "diff", "--name-only", "--diff-filter=AMR", old, new, "--")
    return tuple(one_line(line) for line in (said or "").splitlines() if _MIGRATION.search(line))


def show(root: Path, commit: str, path: str) -> str | None:
    """The file as the commit has it; None where it has none."""
    return git(root, "show", f"{commit}:{path}")


def files(root: Path, commit: str, beside: Sequence[str]) -> tuple[str, ...]:
    """Every file that the commit has in the folders of these paths."""
    folders = sorted({f"{path.rpartition('/')[0] or '.'}/" for path in beside})
    return tuple((git(root, "ls-tree", "--name-only", "-r", commit, "--", *folders) or "").splitlines())


def output(root: Path, command: str) -> str:
    """First line of a shell command's output; empty where it failed."""
    try:
        ran = subprocess.run(
            ["sh", "-c", command], cwd=root, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = ran.stdout.decode("utf-8", "replace").strip().splitlines()
    return one_line(lines[0]) if ran.returncode == 0 and lines else ""
