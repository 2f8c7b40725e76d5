"""The bash that will run the steps: asked for its version before anything is opened."""

import re
import shutil
import subprocess
from functools import cache

from cockpit.runner.prelude import OLDEST

_SECONDS = 10.0


@cache
def why_no_shell(path: str) -> str:
    """Why steps cannot run with the `bash` on this PATH; empty where they can."""
    program = shutil.which("bash", path=path)
    needed = f"steps need bash {'.'.join(map(str, OLDEST))} or later"
    if program is None:
        return f"bash is not on the PATH: {needed}"
    try:
        ran = subprocess.run(
            [program, "--norc", "--noprofile", "-c", 'printf %s "$BASH_VERSION"'],
            env={"PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{program} did not report its version ({type(error).__name__}): {needed}"
    version = re.match(r"(\d+)\.(\d+)", ran.stdout)
    if version is None:
        return f"{program} did not report its version (exit status {ran.returncode}): {needed}"
    if (int(version[1]), int(version[2])) < OLDEST:
        return (
            f"{program} is bash {ran.stdout.strip()}, which is too old: {needed}. Install a newer one and put its "
            "directory first on the PATH (macOS: brew install bash)"
        )
    return ""
