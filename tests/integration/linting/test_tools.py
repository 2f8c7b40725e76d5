"""Installed tools are asked for their commands, and for nothing else; what is missing is listed."""

from pathlib import Path

import pytest

from cockpit.linting.inspection import inspect
from cockpit.linting.tools import Tools, listed
from cockpit.runbook.lint.registry import open_context
from cockpit.runbook.parse import parse
from tests.unit.runbook.lint import around

ABOVE = "Available Commands:\\n  diff    Diffs\\n  push    Pushes\\n\\nFlags:\\n  -h, --help   help\\n"
SUPABASE = f"""\
#!/bin/sh
echo "$*" >> "$(dirname "$0")/asked"
case "$*" in
  "--help") printf 'Usage:\\n  x\\n\\nLocal commands:\\n  db         Manage\\n  migration  Manage\\n' ;;
  "db --help" | "db nonsense --help") printf '{ABOVE}' ;;
  "db up --help") printf 'An alias of push\\n' ;;
  *) exit 1 ;;
esac
"""


@pytest.fixture
def supabase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "bin" / "supabase"
    program.parent.mkdir()
    program.write_text(SUPABASE)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return program.parent


def _told(script: str, folder: Path) -> list[tuple[str, str, str]]:
    data = around(script, "bash").encode()
    return [(one.severity, one.code, one.message) for one in inspect(data, folder).findings]


def test_the_installed_tool_has_the_last_word(supabase: Path) -> None:
    script = "supabase db diff\nsupabase db up\nsupabase db nonsense\nsupabase db diff nonsense"
    assert _told(script, supabase) == [
        ("error", "no-such-subcommand", "the installed supabase has no `supabase db nonsense`")
    ]


def test_each_question_is_asked_once_and_only_for_help(supabase: Path) -> None:
    _told("supabase db diff\nsupabase db diff\nsupabase db nonsense\nsupabase migration list", supabase)
    asked = (supabase / "asked").read_text().splitlines()
    assert sorted(asked) == sorted(set(asked))
    assert all(words.endswith("--help") for words in asked)


def test_without_tools_nothing_is_asked_and_nothing_is_listed(supabase: Path) -> None:
    data = around("supabase db diff\nno-such-program\necho $NOT_SET_HERE", "bash").encode()
    assert inspect(data, supabase, tools=False).findings == ()
    assert not (supabase / "asked").exists()


def test_a_tool_that_hangs_is_left_alone(supabase: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cockpit.linting.tools.SECONDS", 0.2)
    (supabase / "supabase").write_text("#!/bin/sh\nexec /bin/sleep 100\n")
    text = around("supabase db nonsense", "bash")
    assert Tools().ask_about(open_context(text, parse(text, check=None))) == {}


def test_there_is_a_most_of_questions(supabase: Path) -> None:
    text = around("supabase db nonsense", "bash")
    assert Tools(most=0).ask_about(open_context(text, parse(text, check=None))) == {}
    assert not (supabase / "asked").exists()


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("CORE COMMANDS\n  auth:        Log in\n  pr:          Pull requests\n\nFLAGS\n  --help  x\n", {"auth", "pr"}),
        ("Common Commands:\n  run         Run\n  compose*    Compose\n\nOptions:\n  -h  x\n", {"run", "compose"}),
        ("Usage: x COMMAND\n  not-one\n\nAvailable Commands:\n  get   Get\nUse x.\n  no   no\n", {"get"}),
        ("Usage:\n  kubectl get x\n", set()),
    ],
)
def test_help_texts(text: str, commands: set[str]) -> None:
    assert listed(text) == commands


def test_git_is_asked_in_its_own_way(tmp_path: Path) -> None:
    assert _told("git checkout main\ngit -C x log\ngit chekout main", tmp_path)[-1][:2] == ("info", "tool-missing")
    assert len(_told("git checkout main\ngit -C x log\ngit chekout main", tmp_path)) == 1


def test_programs_and_variables_that_are_not_there_are_listed_once(tmp_path: Path) -> None:
    (tmp_path / "deploy.sh").write_text("")
    script = "./deploy.sh\nenv no-such-program $NOT_SET_HERE\nno-such-program ${NOT_SET_HERE}\n./gone.sh <stage>"
    told = [one for one in _told(script, tmp_path) if one[0] == "info"]
    assert told == [
        ("info", "tool-missing", "no-such-program is not installed on this machine"),
        ("info", "variable-unset", "$NOT_SET_HERE is not set here"),
        ("info", "tool-missing", "./gone.sh not found"),
    ]


def test_what_the_settings_or_an_earlier_step_give_is_not_missing(tmp_path: Path) -> None:
    data = around("A=1\necho $A $B\n```\n\n```bash\necho $A $C", "bash").encode()
    told = inspect(data, tmp_path, given=frozenset({"B"})).findings
    assert [(one.code, one.line, one.message) for one in told] == [("variable-unset", 11, "$C is not set here")]
