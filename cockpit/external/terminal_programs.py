"""Programs that get the terminal for a while: the pager and the editor."""

import os
import shlex
import subprocess
import tempfile
from pathlib import Path


def page(path: Path) -> None:
    """The whole log in $PAGER (less -R where none is named)."""
    pager = shlex.split(os.environ.get("PAGER") or "less -R")
    subprocess.run([*pager, str(path)], check=False)


def edited(body: str, *, suffix: str = ".sh", prefix: str = "cockpit-step-") -> str | None:
    """The text after the person's editor had it; None where the editor failed."""
    editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with tempfile.NamedTemporaryFile("w+", suffix=suffix, prefix=prefix, encoding="utf-8") as file:
        file.write(body)
        file.flush()
        ran = subprocess.run([*editor, file.name], check=False)
        return Path(file.name).read_text(encoding="utf-8") if ran.returncode == 0 else None
