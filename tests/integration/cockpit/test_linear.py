"""`--linear`: a whole deploy by keys, on a real terminal, in lines that are never drawn over."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.integration.cockpit.helpers import COMMAND, Repository, repository
from tests.terminal import Terminal
from tests.waiting import wait_for

RUNBOOK = """\
# Bakery

## Pre-flight
- [ ] The oven is hot

## Deployment steps

### Bake
```bash
echo the bread is in
test -e oven
echo the bread is ready
```

### Deliver
```bash {confirm=true}
echo brought to <street>
```

## Rollback
```bash
echo the old bread > back.txt
```
"""


@contextmanager
def _linear(*words: str, runbook: str = RUNBOOK) -> Iterator[tuple[Terminal, Repository]]:
    with repository(runbook, "linear") as made:
        argv = [*COMMAND, "run", "docs/deploy.md", "--linear", "--accept-reading", *words]
        with Terminal(argv, columns=150, rows=60, cwd=made.root) as terminal:
            terminal.wait_for("next: ")
            yield terminal, made


def _answer(terminal: Terminal, question: str, text: str) -> None:
    """Type it once the question counts keys."""
    terminal.wait_for(question)
    terminal.at_rest(8)  # a question is deaf for its first moment
    terminal.press(text, "enter")


def test_a_deploy_from_the_first_tick_to_the_end() -> None:
    with _linear() as (terminal, made):
        terminal.press("space")
        terminal.wait_for("next: .*enter Deploy.*key: enter")
        terminal.press("enter")
        terminal.wait_for(r"next: run Bake .*key: enter|next: run Bake")
        terminal.at_rest(16)  # the same key again: later than one that is held down
        terminal.press("enter")
        terminal.wait_for("Bake: failed")
        terminal.wait_for(r"next: Bake failed.*key: r")
        (made.root / "oven").touch()
        terminal.press("r")
        _answer(terminal, "Retry from line[^$]*number", "1")
        terminal.wait_for("the bread is ready")
        terminal.wait_for("next: .*<street>")
        terminal.press("enter")
        _answer(terminal, "needs a value for <street>", "Baker Street 221")
        terminal.wait_for("echo brought to 'Baker Street 221'|echo brought to Baker")
        _answer(terminal, "Type yes to run it", "yes")
        terminal.wait_for("brought to Baker Street 221")
        terminal.wait_for("close the deploy")
        terminal.at_rest(16)
        terminal.press("enter")
        terminal.wait_for("deploy closed: succeeded")
        assert terminal.wait_exit() == 0


def test_a_rollback_shows_its_commands_and_wants_the_name_typed() -> None:
    with _linear() as (terminal, made):
        terminal.press("R")
        _answer(terminal, "rollback option number", "1")
        terminal.wait_for("echo the old bread > back.txt")
        _answer(terminal, "type production to roll back", "prod")
        terminal.wait_for("nothing was rolled back")
        assert not (made.root / "back.txt").exists()
        terminal.at_rest(16)
        terminal.press("R")
        _answer(terminal, "rollback option number[^$]*rollback option number", "1")
        _answer(terminal, "type production to roll back[^$]*type production to roll back", "production")
        # Nothing was deployed yet: there is no need to go back, and a person may insist.
        _answer(terminal, "blocked: this deploy has changed nothing yet[^$]*reason for overriding", "the till burns")
        terminal.wait_for("rolled back")
        wait_for((made.root / "back.txt").exists)
        assert terminal.wait_exit() == 3


def test_a_step_that_no_shell_can_read_is_told_apart_in_the_list() -> None:
    with _linear(runbook="# B\n\n## Deployment steps\n\n### Bake\n```bash\necho 'baking\n```\n") as (terminal, _):
        terminal.press("l")
        terminal.wait_for("cannot run, Bake: bash -n: .*matching")


def test_leaving_leaves_the_deploy_and_the_terminal_as_they_were() -> None:
    with _linear() as (terminal, made):
        terminal.press("?")
        terminal.wait_for("enter  do the next task")
        terminal.press("l")
        terminal.wait_for("waiting, The oven is hot")
        terminal.press("m")
        terminal.wait_for("no metrics")
        terminal.press("z")
        terminal.wait_for("no key 'z'")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert "cockpit attach --linear" in terminal.text
        assert made.state.closed is None


def test_a_key_that_is_held_down_acts_once() -> None:
    with _linear() as (terminal, made):
        terminal.press(*["space"] * 6)
        terminal.wait_for("enter Deploy")
        terminal.at_rest()
        assert sum("The oven is hot: " in line for line in terminal.lines) == 1
        assert made.state.phase == "preflight"


def test_watching_has_no_key_that_acts() -> None:
    with _linear() as (terminal, made):
        argv = [*COMMAND, "watch", "--linear"]
        with Terminal(argv, columns=150, rows=40, cwd=made.root) as watching:
            watching.wait_for("next: verify and tick: The oven is hot")
            assert "(key: " not in watching.text
            watching.press("space")
            watching.wait_for("no key ' '")
            watching.press("?")
            watching.wait_for("n  print the next task")
            watching.press("l")
            watching.wait_for("waiting, The oven is hot")
            terminal.press("space")
            watching.wait_for("The oven is hot: ")
            watching.press("q")
            assert watching.wait_exit() == 0
            assert "cockpit watch --linear" in watching.text
        assert made.state.closed is None


@pytest.mark.parametrize("command", ["attach", "watch", "demo"])
def test_every_face_with_lines_and_keys_is_for_a_person(command: str) -> None:
    with repository(RUNBOOK, "linear") as made:
        said = made.cockpit(command, "--linear", "--headless")
        assert (said.returncode, "mutually exclusive" in said.stderr) == (2, True)


def test_linear_and_headless_exclude_each_other() -> None:
    with repository(RUNBOOK, "linear") as made:
        said = made.cockpit("run", "docs/deploy.md", "--linear", "--headless")
        assert said.returncode == 2
        assert "mutually exclusive" in said.stderr
