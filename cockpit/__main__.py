"""`python -m cockpit`, and the installed command.

`--help` and `--version` are answered before anything is imported: click alone takes three times as long to load as the
whole of a bare Python.
"""

import os
import sys

HELP = os.path.join(os.path.dirname(__file__), "help.txt")  # noqa: PTH118, PTH120 - pathlib takes as long to load as this
"""What click would print, 80 columns wide; `tools/help_text.py` writes it, and a test holds it."""
COLUMNS = 80


def main() -> None:
    """Entry point."""
    asked = sys.argv[1:]
    forget_size()
    if __name__ == "__main__":
        from cockpit.external.interpreter import without_folder

        without_folder(os.getcwd())  # noqa: PTH109 - as above
    if asked == ["--version"]:
        from cockpit import __version__

        print(f"cockpit, version {__version__}")  # noqa: T201 - the command line
        return
    if asked in (["--help"], ["-h"]) and _wide():
        with open(HELP, encoding="utf-8") as text:  # noqa: PTH123 - as above
            sys.stdout.write(text.read())
        return
    from cockpit.cli.main import main as run

    run()


def forget_size() -> None:
    """A terminal knows its size itself: a `COLUMNS` that was exported once would hold for every window."""
    if os.isatty(1):
        for name in ("COLUMNS", "LINES"):
            os.environ.pop(name, None)


def _wide() -> bool:
    """True where the text fits as it stands; elsewhere click wraps it."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns >= COLUMNS
    except (OSError, ValueError):
        return True


if __name__ == "__main__":
    main()
