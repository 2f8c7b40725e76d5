"""`bin/release REF` and `bin/rollback [REF]`: export a commit, start it beside the old one, hand over, drain."""

import argparse
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from .console import bad, bar, good, pace, say
from .platform import HOME, Platform, PlatformError

START_SECONDS = 10.0  # until it answers at all
HEALTH_SECONDS = 3.0  # while it answers that it is not well
TELL_SECONDS = 2.0


def main() -> int:
    """0 released, 1 the old release goes on, 2 wrong use."""
    options = argparse.ArgumentParser(prog="bin/release")
    options.add_argument("--back", action="store_true", help=argparse.SUPPRESS)
    options.add_argument("ref", nargs="?", help="commit, tag or branch")
    chosen = options.parse_args()
    try:
        platform = Platform.here()
        ref = chosen.ref or (_before(platform) if chosen.back else options.error("no commit given"))
        _release(platform, _commit(ref), "rollback to" if chosen.back else "release of")
    except PlatformError as error:
        bad(str(error))
        return 1
    return 0


def _before(platform: Platform) -> str:
    previous: str = platform.ask("GET", "/status")["previous"]
    if not previous:
        raise PlatformError("no earlier release; give a commit")
    return previous


def _commit(ref: str) -> str:
    command = ["git", "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PlatformError(f"no commit {ref!r} in git")
    return done.stdout.strip()


def _release(platform: Platform, sha: str, what: str) -> None:
    name = subprocess.check_output(["git", "describe", "--tags", "--always", sha], text=True).strip()
    say(f"{what} {name} ({sha[:12]})")
    folder = _export(sha)
    good(f"exported to releases/{folder.name[:12]}")
    started = platform.ask("POST", "/instances", {"commit": sha})
    say(f"instance {started['id']} starts, pid {started['pid']}")
    _wait_until_healthy(platform, started)
    pace(0.5)
    say("switching traffic")
    drained = platform.ask("POST", "/switch", {"id": started["id"]})
    pace(0.5)
    if drained["old"]:
        good(f"instance {drained['old']} drained in {drained['seconds']:.1f} s")
    good(f"live: {name}")


def _export(sha: str) -> Path:
    folder: Path = HOME / "releases" / sha
    if not folder.is_dir():
        partial = folder.with_suffix(".partial")
        partial.mkdir(parents=True, exist_ok=True)
        archive = subprocess.run(["git", "archive", "--format=tar", sha], check=True, capture_output=True)
        subprocess.run(["tar", "-x", "-C", str(partial)], input=archive.stdout, check=True)
        partial.rename(folder)
    return folder


def _wait_until_healthy(platform: Platform, started: dict[str, Any]) -> None:
    began, told, last = time.monotonic(), 0.0, ""
    answered = 0.0
    while time.monotonic() < began + START_SECONDS and not 0 < answered < time.monotonic() - HEALTH_SECONDS:
        status, problem = _health(started["health"])
        waited = time.monotonic() - began
        if status == 200:
            bar(4, 4, f"healthy after {waited:.1f} s")
            return
        answered = answered or (time.monotonic() if status else 0.0)
        if problem != last or waited > told + TELL_SECONDS:
            told, last = waited, problem
            bar(min(3, 1 + int(4 * waited / START_SECONDS)), 4, problem)
        if not platform.ask("GET", "/status")["instances"].get(started["id"]):
            raise PlatformError(f"instance {started['id']} exited immediately; see logs/{started['id']}.log")
        time.sleep(0.1)
    platform.ask("POST", "/discard", {"id": started["id"]})
    raise PlatformError(f"instance {started['id']} is not healthy ({last}); the old release keeps serving")


def _health(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  (the platform's word)
            return int(answer.status), "healthy"
    except urllib.error.HTTPError as error:
        try:
            return error.code, str(json.load(error).get("problem", "failing"))
        except ValueError:
            return error.code, f"status {error.code}"
    except OSError:
        return 0, "no answer yet"


if __name__ == "__main__":
    sys.exit(main())
