"""Whether this person's machine has shown a deploy before: the first one explains its panes, no later one does."""

import contextlib
import os
from pathlib import Path

MARK = Path("deploy-cockpit", "first-deploy")


def mark() -> Path | None:
    """The file with the id of the first deploy: in `$XDG_STATE_HOME`, else `~/.local/state`. None without a home."""
    base = os.environ.get("XDG_STATE_HOME", "")
    if base and Path(base).is_absolute():
        return Path(base) / MARK
    with contextlib.suppress(RuntimeError):
        return Path.home() / ".local" / "state" / MARK
    return None


def is_first(deploy_id: str) -> bool:
    """True for the first deploy that is asked for, and for that one again; remembered for all that come later.

    False where it could not be remembered: a hint that comes back every time is worse than none.
    """
    path = mark()
    if path is None:
        return False
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(f"{deploy_id}\n")
        except FileExistsError:
            return path.read_text(encoding="utf-8", errors="replace").strip() == deploy_id
        return True
    return False
