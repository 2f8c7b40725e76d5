"""How the cockpit starts its own modules as processes: nothing of the folder that they work in is imported.

A repository may have a `calendar.py`, `queue.py` or `cockpit/` at its top. With `python -m` in that folder they would
stand before Python's modules, and run as the engine, in a dry run too.
"""

import os
import site
import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[2]


def own_module(name: str) -> list[str]:
    """The command that runs this module of the cockpit; arguments come behind it.

    Isolated (`-I`): neither the folder nor `PYTHONPATH`, which often names it, is looked at. Where the cockpit itself
    was found by `PYTHONPATH`, only the folder is left out.
    """
    return [sys.executable, "-I" if _is_installed() else "-P", "-m", name]


def without_folder(folder: str) -> None:
    """For `python -m cockpit`: the present folder, which Python puts first, is no place for modules of ours."""
    if sys.path and not sys.flags.safe_path and sys.path[0] in ("", folder) and folder != str(_PACKAGE):
        del sys.path[0]


def _is_installed() -> bool:
    named = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    places = [*named, *((site.getusersitepackages(),) if site.ENABLE_USER_SITE else ())]
    return not any(Path(place).resolve() == _PACKAGE for place in places)
