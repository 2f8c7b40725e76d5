"""What must not be imported where: the core without the screen, the quick commands without anything heavy."""

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
HEAVY = ("textual", "psycopg", "httpx", "plotext", "pydantic", "aiohttp", "textual_serve")


def _imported(code: str) -> set[str]:
    """Names of all modules after the code ran in a fresh interpreter."""
    code += "\nimport sys\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=REPOSITORY, check=False, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    return set(ran.stderr.split())


def _modules(room: str) -> list[str]:
    paths = sorted((REPOSITORY / "cockpit" / room).rglob("*.py"))
    names = [".".join(path.relative_to(REPOSITORY).with_suffix("").parts) for path in paths]
    return [name.removesuffix(".__init__") for name in names]


@pytest.mark.parametrize("room", ["deploy", "runbook"])
def test_the_core_is_importable_without_the_screen_and_the_network(room: str) -> None:
    modules = _modules(room)
    assert len(modules) > 5
    imported = _imported("\n".join(f"import {module}" for module in modules))
    assert set(modules) <= imported
    assert not set(HEAVY) & imported


@pytest.mark.parametrize("room", ["journal", "runner"])
def test_the_rooms_below_the_engine_need_none_of_it_either(room: str) -> None:
    modules = [name for name in _modules(room) if not name.endswith("postgres")]
    assert not set(HEAVY) & _imported("\n".join(f"import {module}" for module in modules))


def test_the_core_does_no_input_or_output_of_its_own() -> None:
    imported = _imported("\n".join(f"import {module}" for module in _modules("deploy")))
    assert not {"asyncio", "sqlite3", "subprocess"} & imported


@pytest.mark.parametrize(
    "option",
    [
        *("--help", "--version", "run --help", "demo --help", "check --help", "window --help", "notice --help"),
        "watch --help",
        "rollout --help",
    ],
)
def test_the_quick_commands_import_nothing_heavy(option: str) -> None:
    code = f"import sys\nfrom cockpit.cli.main import main\nsys.argv = ['cockpit', *{option.split()!r}]\n"
    code += "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code, stop.code\n"
    imported = _imported(code)
    assert "click" in imported
    assert not set(HEAVY) & imported


def test_a_check_loads_neither_the_screen_nor_what_no_source_needs(tmp_path: Path) -> None:
    (tmp_path / "RUNBOOK.md").write_text("# X\n\n## Deploy\n```bash\n./deploy\n```\n")
    (tmp_path / "cockpit.toml").write_text("")
    code = "from cockpit.cli.check import Options, run_check\n"
    code += f"assert run_check({str(tmp_path / 'RUNBOOK.md')!r}, Options()) == 0\n"
    assert not {"textual", "rich", "plotext", "psycopg", "httpx"} & _imported(code)


def test_a_check_of_a_runbook_alone_reads_no_settings(tmp_path: Path) -> None:
    (tmp_path / "RUNBOOK.md").write_text("# X\n\n## Deploy\n```bash\n./deploy\n```\n")
    code = "from cockpit.cli.check import Options, run_check\n"
    code += f"assert run_check({str(tmp_path / 'RUNBOOK.md')!r}, Options()) == 0\n"
    assert not {*HEAVY, "asyncio"} & _imported(code)


WINDOW = """
from cockpit.cli.main import main
sys.argv = ["cockpit", "window", "--json", "--at", "2026-11-24T10:00-05:00"]
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
"""


@pytest.mark.parametrize(("text", "holidays"), [("", False), ("[window]\nholidays = 'US'\n", True)])
def test_a_question_about_the_window_loads_holidays_only_where_a_country_is_named(
    tmp_path: Path, text: str, holidays: bool
) -> None:
    (tmp_path / "cockpit.toml").write_text(text)
    imported = _imported(f"import os, sys\nsys.path.insert(0, os.getcwd())\nos.chdir({str(tmp_path)!r})\n{WINDOW}")
    assert not {"textual", "rich", "plotext", "psycopg", "httpx"} & imported
    assert ("holidays" in imported) is holidays


def test_the_supervisor_needs_the_standard_library_alone() -> None:
    code = (
        "import sys\nsys.path.insert(0, '.')\nimport cockpit.runner.supervisor\n"
        "known = {*sys.stdlib_module_names, 'cockpit', '__main__'}\n"
        "outside = [n for n in sys.modules if n.split('.')[0] not in known]\n"
        "assert not outside, outside\n"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, cwd=REPOSITORY, check=False
    )
    assert ran.returncode == 0, ran.stderr
