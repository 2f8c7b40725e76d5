"""What runs and what does not, and why."""

import pytest

from cockpit.runbook.fences import is_prose
from cockpit.runbook.model import Annotations, Step
from cockpit.runbook.parse import parse


def _steps(text: str) -> tuple[Step, ...]:
    return parse(f"## Do\n\n{text}").sections[0].steps


@pytest.mark.parametrize(
    "label",
    [
        "bash",
        "sh",
        "shell",
        "zsh",
        "console",
        "shell-session",
        "shellsession",
        "sh-session",
        "bash-session",
        "Bash",
        "bash {name=a}",
    ],
)
def test_shell_fences_run(label: str) -> None:
    (step,) = _steps(f"```{label}\nmake it\n```\n")
    assert (step.runnable, step.body, step.line, step.body_line) == (True, "make it\n", 3, 4)


@pytest.mark.parametrize("label", ["python", "yaml", "json", "{note}", "sql"])
def test_other_languages_are_no_steps(label: str) -> None:
    assert not _steps(f"```{label}\nmake it\n```\n")


@pytest.mark.parametrize(
    ("fence", "reason"),
    [
        ("```sh\n# Look at the board\n```\n", "only comments"),
        ("```sh\n\n```\n", "empty"),
        ("```sh\nls\n", "the fence is not closed"),
        ("```sh\nconfig/values.yaml\n```\n", "only a file path"),
        ("```sh\nls\nStart the worker. Then wait: it is slow.\n```\n", "line 5 looks like prose or output"),
        ("```console\nBuild finished: all 12 parts.\n```\n", "line 4 looks like prose or output"),
        ("```sh\n$ git status\nOn branch main\n```\n", "prompts mixed with output; label it console"),
        ("```sh\nPS C:\\> Get-Item x\n```\n", "PowerShell or a Windows prompt, not a shell script"),
        ("```sh {ignore=true}\nls\n```\n", "ignored by its annotation"),
        ("```sh\nconfig/\n```\n", "only a file path"),
        ("```sh\nls\nGet-Item x\n```\n", "PowerShell or a Windows prompt, not a shell script"),
        ("```sh\nC:\\app> dir\n```\n", "PowerShell or a Windows prompt, not a shell script"),
    ],
)
def test_a_labelled_fence_that_cannot_run_says_why(fence: str, reason: str) -> None:
    (step,) = _steps(fence)
    assert (step.runnable, step.reason) == (False, reason)


@pytest.mark.parametrize("body", ["if true; then\n  ls\n", 'echo "open\n', "ls\nfi\n", "cat <<EOF\nx\n", "(ls\n"])
def test_a_script_with_broken_syntax_does_not_run(body: str) -> None:
    (step,) = _steps(f"```sh\n{body}```\n")
    assert not step.runnable
    assert step.reason.startswith("bash -n: ")


def test_without_bash_the_grammar_has_the_last_word() -> None:
    (step,) = parse("## Do\n\n```sh\nif true\n```\n", check=None).sections[0].steps
    assert (step.runnable, step.reason) == (False, "does not parse as shell")


@pytest.mark.parametrize(
    "fence",
    [
        "```sh\nRscript build.R all.\n```\n",
        "```sh\nXvfb :1 &\nconfig/values.yaml\n```\n",
        "```sh {interpreter=python3}\nif True:\n    print('it is')\n```\n",
    ],
)
def test_what_only_looks_like_prose_a_path_or_broken_shell_runs(fence: str) -> None:
    (step,) = _steps(fence)
    assert (step.runnable, step.reason) == (True, "")


@pytest.mark.parametrize("label", ["", "text", "txt", "plain", "plaintext"])
def test_commands_below_a_label_of_plain_text_are_offered(label: str) -> None:
    (step,) = _steps(f"```{label}\nkubectl get pods\n```\n")
    assert (step.promotable, step.runnable) == (True, False)


def test_a_script_runs_once_its_placeholders_are_filled() -> None:
    (step,) = _steps("```sh\ngit revert <good commit>\nnpm i x@vX.Y.Z\n```\n")
    assert step.runnable


def test_here_documents_loops_and_continuations_stay_whole() -> None:
    body = "cat <<EOF > f\na\n\n# b\nEOF\nfor i in 1 2; do\n  echo $i\ndone\nmake \\\n  all\n"
    (step,) = _steps(f"```sh\n{body}```\n")
    assert step.body == body
    assert [(c.line, c.end_line) for c in step.commands] == [(4, 8), (9, 11), (12, 13)]


def test_in_a_console_only_prompted_lines_are_commands_and_keep_their_lines() -> None:
    text = "```console\n$ ls \\\n>  -l\ntotal 3\nann@host:~/x$ cat <<EOF\nhi\nEOF\nhi\n$ echo 'a\nb'\nb\n```\n"
    (step,) = _steps(text)
    assert step.body == "ls \\\n -l\n\ncat <<EOF\nhi\nEOF\n\necho 'a\nb'\n"
    assert [c.line for c in step.commands] == [4, 7, 11]


def test_a_console_without_prompts_is_all_commands() -> None:
    (step,) = _steps("```console\ngit push\n```\n")
    assert (step.runnable, step.body) == (True, "git push\n")


def test_prompts_on_every_command_of_a_shell_fence_are_stripped() -> None:
    (step,) = _steps("```sh\n# Both\n$ ls\n$ make\n```\n")
    assert (step.runnable, step.body) == (True, "# Both\nls\nmake\n")


def test_an_indented_fence_loses_its_indent_and_keeps_its_lines() -> None:
    (step,) = _steps("1. First:\n\n   ```sh\n   ls\n     make\n   ```\n")
    assert (step.body, step.commands[1].line, step.title) == ("ls\n  make\n", 7, "First")


@pytest.mark.parametrize(
    ("body", "offered"),
    [
        ("kubectl get pods", True),
        ("releasing/notes.sh HEAD", True),
        ("./deploy", True),
        ("VERSION=1.2", True),
        ("frobnicate --all", True),
        ("refresh && check", True),
        ("..\\play.yml", False),
        ("deploy/values.yaml", False),
        ("NAME READY STATUS", False),
        ("200 OK", False),
        ("key: value", False),
        ("All good, go on with the next part.", False),
        ('{"a": 1}', False),
        ("createPr", False),
    ],
)
def test_an_unlabelled_fence_that_looks_like_commands_is_offered(body: str, offered: bool) -> None:
    steps = _steps(f"```\n{body}\n```\n")
    assert [(step.promotable, step.runnable) for step in steps] == ([(True, False)] if offered else [])


def test_a_command_that_another_fence_calls_is_known() -> None:
    assert len(_steps('```\ncreateBranch "$X" && createPr\n```\n\n```\ncreatePr\n```\n')) == 2


@pytest.mark.parametrize(
    "attributes",
    [
        "{name=up cwd=app confirm=true timeout=10m retries=2 ok=0,1 rollback=down at=T-5m interactive=false env=A,B}",
        '{"name": "up", "cwd": "app", "confirm": true, "timeout": "10m", "retries": 2, "ok": "0,1", '
        '"rollback": "down", "at": "T-5m", "interactive": false, "env": "A,B"}',
    ],
)
def test_attributes_of_a_fence_are_read_in_both_forms(attributes: str) -> None:
    (step,) = _steps(f"```bash {attributes}\ngh run watch\n```\n")
    assert step.notes == Annotations(
        name="up", cwd="app", confirm=True, timeout_seconds=600, retries=2, ok_statuses=(0, 1), rollback="down",
        at_seconds=-300, interactive=False, env=("A", "B"),
    )  # fmt: skip
    assert (step.offset_seconds, step.interactive) == (-300, False)


@pytest.mark.parametrize(
    ("line", "prose"),
    [
        ("Build finished: all 12 parts.", True),
        ("Build all things", True),
        ("Wait for it, then look", True),
        ("Start the worker. --now", True),
        ("Then: the worker starts", True),
        ("Two words.", False),
        ("Two words\nand more of them.", False),
        ("make all the things.", False),
        ("Rscript all of it.", False),
        ("Deploy the app --force", False),
        ("Deploy the app in/prod", False),
        ("Deploy $APP to all", False),
        ("Deploy the app A=b", False),
    ],
)
def test_a_line_that_begins_like_a_sentence_is_prose(line: str, prose: bool) -> None:
    assert is_prose(line) is prose
