"""bash's own word on a script's syntax. The only function of this room that starts a process."""

import functools
import os
import re
import subprocess
from typing import Protocol

_SECONDS = 2.0
_LONGEST = 200_000
_EXTGLOB = re.compile(r"^\s*shopt\s+-s\b.*\bextglob\b", re.M)


class SyntaxCheck(Protocol):
    """A script -> what is wrong with it; empty: nothing; None: could not be asked."""

    def __call__(self, script: str, /) -> str | None: ...


class Thrifty:
    """Asks `check` so often and no more: a start of bash takes 3 ms, and a file may hold thousands of broken fences."""

    def __init__(self, check: SyntaxCheck, times: int = 100) -> None:
        self._check = check
        self._left = times

    def __call__(self, script: str, /) -> str | None:
        if self._left <= 0:
            return None
        self._left -= 1
        return self._check(script)


@functools.lru_cache(maxsize=512)
def bash_says(script: str) -> str | None:
    """The first complaint of `bash -n`, which reads and never runs; empty where it is content.

    None where there is no bash or it takes longer than two seconds. Started without the caller's environment, because a
    BASH_ENV file would be run.
    """
    if len(script) > _LONGEST:
        return None
    complaint = _ask(script)
    # bash reads a script line by line: what an earlier line switches on is known to it then, but not to `bash -n`.
    return _ask(script, "-O", "extglob") if complaint and _EXTGLOB.search(script) else complaint


def _ask(script: str, *options: str) -> str | None:
    try:
        done = subprocess.run(
            ["bash", "--norc", "--noprofile", *options, "-n"],
            input=script.encode("utf-8", "replace"),
            capture_output=True,
            timeout=_SECONDS,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    # A here-document without its end is a warning to bash, and swallows the rest of the script.
    complaint = next((line for line in lines if done.returncode or "here-document" in line), "")
    return complaint.removeprefix("bash: ") if complaint or not done.returncode else f"status {done.returncode}"
