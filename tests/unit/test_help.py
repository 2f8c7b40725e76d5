"""`cockpit --help` is answered from a file, before anything is imported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.help_text import FILE, text

REPOSITORY = Path(__file__).resolve().parents[2]


def _said(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-X", "importtime", "-m", "cockpit", *words]
    return subprocess.run(argv, capture_output=True, text=True, cwd=REPOSITORY, check=False, env={**os.environ, **env})


def test_the_file_is_what_click_would_print() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "uv run python tools/help_text.py writes it anew"
    assert max(map(len, text().splitlines())) <= 80


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_imports_neither_click_nor_the_cockpit(option: str) -> None:
    said = _said(option)
    assert said.returncode == 0
    assert said.stdout == text()
    assert "click" not in said.stderr
    assert "cockpit.cli.main" not in said.stderr


def test_the_version_is_said_as_before() -> None:
    from click.testing import CliRunner

    from cockpit.cli.main import cli

    assert _said("--version").stdout == CliRunner().invoke(cli, ["--version"], prog_name="cockpit").output


def test_anything_else_goes_to_the_command_line() -> None:
    assert "Usage: " in _said("run", "--help").stdout
    assert _said("no-such-command").returncode == 2
