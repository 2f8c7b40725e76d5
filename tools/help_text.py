"""Writes cockpit/help.txt, which `cockpit --help` prints. `--check`: exit 1 where it is not up to date."""

import sys
from pathlib import Path

from click.testing import CliRunner

from cockpit.cli.main import cli

FILE = Path(__file__).resolve().parents[1] / "cockpit" / "help.txt"


def text() -> str:
    """As click prints it on a terminal of 80 columns."""
    return CliRunner().invoke(cli, ["--help"], prog_name="cockpit", terminal_width=80).output


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        sys.exit(FILE.read_text(encoding="utf-8") != text())
    FILE.write_text(text(), encoding="utf-8")
