"""The review of a runbook's scripts as a person and a pipeline meet it: the command, its files, a real terminal."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cockpit.opening.reading import place_of
from tests.integration.cockpit.helpers import COMMAND, Repository, repository, run
from tests.terminal import Terminal

RUNBOOK = """\
# Bakery

## Deployment steps

### Knead
```bash
echo kneaded >> done.txt
```

### Bake
```bash
echo baked >> done.txt
```

## Troubleshooting

### The oven is cold
```bash
echo heated >> done.txt
```

## Rollback
```bash
echo the old bread >> done.txt
```
"""
RUN = ("run", "docs/deploy.md", "--headless", "--yes")


@pytest.fixture
def bakery() -> Iterator[Repository]:
    with repository(RUNBOOK) as made:
        made.git("config", "user.name", "Ann Baker")
        yield made


def _accept(made: Repository, *more: str) -> str:
    done = made.cockpit("review", "docs/deploy.md", "--accept", "--yes", *more)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _edit(made: Repository, old: str, new: str, name: str = "docs/deploy.md") -> None:
    path = made.root / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def _done(made: Repository) -> list[str]:
    path = made.root / "done.txt"
    return path.read_text().split("\n")[:-1] if path.exists() else []


def test_nothing_runs_that_was_not_reviewed(bakery: Repository) -> None:
    done = bakery.cockpit(*RUN, accept=False)
    assert done.returncode == 4
    assert "nothing was opened: 4 scripts are not reviewed as they are now:" in done.stderr
    assert "deploy.md:6: Knead [step]: not reviewed yet: labelled bash" in done.stderr
    assert "deploy.md:23: Rollback [rollback]" in done.stderr
    assert "cockpit review docs/deploy.md" in done.stderr
    assert "--accept-reading" in done.stderr
    assert _done(bakery) == []
    assert not bakery.layout.journal.exists()


def test_headless_without_yes_asks_nobody_either(bakery: Repository) -> None:
    assert bakery.cockpit("run", "docs/deploy.md", "--headless", accept=False).returncode == 4


def test_a_reviewed_runbook_runs_and_the_log_says_who_reviewed_it(bakery: Repository) -> None:
    assert "4 answers by Ann Baker, kept in docs/deploy.reading.toml: commit it" in _accept(bakery)
    done = bakery.cockpit(*RUN, accept=False)
    assert done.returncode == 0, done.stderr
    assert _done(bakery) == ["kneaded", "baked"]
    assert re.search(r"\*\*Scripts reviewed\*\*: Ann Baker, \d{4}-\d\d-\d\d \(4 scripts\)", bakery.log.read_text())
    assert "Bypassed" not in bakery.log.read_text()


def test_accept_reading_goes_on_and_the_record_says_so(bakery: Repository) -> None:
    done = bakery.cockpit(*RUN, "--accept-reading", accept=False)
    assert done.returncode == 0, done.stderr
    words = "Ann Baker accepted the reading unseen (--accept-reading): 4 scripts, line 6, 11, 18, 23"
    plan = bakery.state.plan
    assert plan is not None
    assert plan.bypassed == (words,)
    assert f"bypassed: {words}" in done.stdout
    assert "**Bypassed**: Ann Baker accepted the reading unseen" in bakery.log.read_text()
    assert not place_of(bakery.root / "docs" / "deploy.md").exists()


def test_accept_reading_bypasses_nothing_where_all_is_reviewed(bakery: Repository) -> None:
    _accept(bakery)
    assert bakery.cockpit(*RUN, "--accept-reading", accept=False).returncode == 0
    plan = bakery.state.plan
    assert plan is not None
    assert plan.bypassed == ()


def test_only_what_changed_is_named(bakery: Repository) -> None:
    _accept(bakery)
    _edit(bakery, "echo baked", "echo burnt")
    done = bakery.cockpit(*RUN, accept=False)
    assert done.returncode == 4
    assert done.stderr.count("deploy.md:") == 1
    assert re.search(r"deploy\.md:11: Bake \[step\]: changed since Ann Baker reviewed it on \d{4}-", done.stderr)


def test_a_person_s_role_runs_or_does_not_run(bakery: Repository) -> None:
    _accept(bakery)
    name = "docs/deploy.reading.toml"
    _edit(bakery, 'title = "Bake"\nrole = "step"', 'title = "Bake"\nrole = "content"\nread_as = "step"', name)
    _edit(bakery, 'role = "contingency"', 'role = "step"\nread_as = "contingency"', name)
    done = bakery.cockpit(*RUN, accept=False)
    assert done.returncode == 0, done.stderr
    assert _done(bakery) == ["kneaded", "heated"]


def test_a_dry_run_needs_no_review(bakery: Repository) -> None:
    assert bakery.cockpit(*RUN, "--dry-run", accept=False).returncode == 0


def test_check_is_for_ci(bakery: Repository) -> None:
    before = bakery.cockpit("review", "docs/deploy.md", "--check")
    assert (before.returncode, before.stdout.count("deploy.md:")) == (4, 4)
    assert "4 scripts to review: cockpit review docs/deploy.md" in before.stderr
    _accept(bakery)
    after = bakery.cockpit("review", "--check")
    assert (after.returncode, after.stdout) == (0, "docs/deploy.md: every script is reviewed\n")


def test_accept_wants_it_said_and_a_name(bakery: Repository) -> None:
    done = bakery.cockpit("review", "--accept")
    assert done.returncode == 4
    assert "Add --yes to accept all of them as Ann Baker" in done.stderr
    assert bakery.cockpit("review", "--yes").returncode == 2
    assert bakery.cockpit("review", "--accept", "--check").returncode == 2
    nobody = {"USER": "", "LOGNAME": "", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    bakery.git("config", "--unset", "user.name")
    done = run(["review", "--accept", "--yes"], bakery.root, nobody)
    assert done.returncode == 2
    assert "--as NAME" in done.stderr
    assert run(["review", "--accept", "--yes", "--as", "Ben"], bakery.root, nobody).returncode == 0


def test_without_a_terminal_it_lists_every_script(bakery: Repository) -> None:
    done = bakery.cockpit("review")
    assert done.returncode == 0
    assert "line 6     new            step         Knead" in done.stdout


def test_a_record_that_cannot_be_read_stops_everything(bakery: Repository) -> None:
    record = bakery.root / "docs" / "deploy.reading.toml"
    record.write_text("<<<<<<< HEAD\n")
    for words in (RUN, (*RUN, "--accept-reading"), (*RUN, "--dry-run"), ("review", "--check"), ("outline",)):
        done = bakery.cockpit(*words, accept=False)
        assert done.returncode == 2, words
        assert "docs/deploy.reading.toml:1: a merge left its conflict markers here" in done.stderr
    (bakery.root / "cockpit.toml").write_text("")
    checked = bakery.cockpit("check", "docs/deploy.md", "--no-tools")
    assert checked.returncode == 1
    assert "docs/deploy.reading.toml:1: error reading: a merge left" in checked.stdout
    assert _done(bakery) == []


def test_check_says_what_is_not_reviewed_and_outline_who_did(bakery: Repository) -> None:
    checked = bakery.cockpit("check", "docs/deploy.md", "--no-tools", "--strict")
    assert checked.returncode == 0
    assert "docs/deploy.md:6: info not-reviewed: none of its 4 scripts is reviewed" in checked.stdout
    _accept(bakery, "--as", "Ben")
    assert "not-reviewed" not in bakery.cockpit("check", "docs/deploy.md", "--no-tools").stdout
    assert "Knead  [step, runs, reviewed by Ben]" in bakery.cockpit("outline").stdout
    assert '"reviewed": "Ben"' in bakery.cockpit("outline", "--json").stdout


def test_each_runbook_has_its_own_record(bakery: Repository) -> None:
    (bakery.root / "ops").mkdir()
    (bakery.root / "ops" / "night.md").write_text(RUNBOOK)
    (bakery.root / "cockpit.toml").write_text('runbook = "ops/night.md"\n')
    assert "kept in ops/night.reading.toml" in bakery.cockpit("review", "--accept", "--yes").stdout
    assert bakery.cockpit("review", "--check").returncode == 0
    assert bakery.cockpit("review", "docs/deploy.md", "--check").returncode == 4


def test_what_is_only_read_writes_nothing(bakery: Repository) -> None:
    for words in (("review", "--check"), ("review",), ("outline",), ("check", "--no-tools")):
        bakery.cockpit(*words)
    assert not bakery.layout.folder.exists()
    assert not (bakery.root / "docs" / "deploy.reading.toml").exists()


@contextmanager
def _terminal(made: Repository, *words: str, columns: int = 110) -> Iterator[Terminal]:
    with Terminal([*COMMAND, *words], columns=columns, rows=50, cwd=made.root) as terminal:
        yield terminal


def test_a_first_run_opens_with_the_review_and_then_with_the_deploy(bakery: Repository) -> None:
    with _terminal(bakery, "run", "docs/deploy.md") as terminal:
        terminal.wait_for("REVIEW  *docs/deploy.md.*4 to review  *Ann Baker")
        terminal.press("A")
        terminal.wait_for("1 to review")
        terminal.at_rest(16)  # a way back has to be looked at
        terminal.press("enter")
        terminal.wait_for("all scripts are reviewed: .* to open the deploy")
        assert not bakery.layout.journal.exists()
        terminal.at_rest(16)
        terminal.press("enter")
        terminal.wait_for("PRODUCTION")
        terminal.wait_for(r"reviewed by Ann Baker, \d{4}-")
    assert "role = " in (bakery.root / "docs" / "deploy.reading.toml").read_text()
    assert bakery.state.opened_by == "Ann Baker"


def test_leaving_opens_nothing_and_keeps_what_was_answered(bakery: Repository) -> None:
    with _terminal(bakery, "run", "docs/deploy.md") as terminal:
        terminal.wait_for("4 to review")
        terminal.press("enter")
        terminal.wait_for("3 to review")
        terminal.press("q")
        assert terminal.wait_exit() == 4
        assert "1 answer by Ann Baker, 3 open, kept in docs/deploy.reading.toml" in terminal.text
        assert "nothing was opened: 3 scripts are not reviewed yet" in terminal.text
        assert terminal.restored
    assert not (bakery.layout.folder / "journal.db").exists()


def test_a_lost_terminal_keeps_what_was_answered(bakery: Repository) -> None:
    with _terminal(bakery, "review", "docs/deploy.md") as terminal:
        terminal.wait_for("4 to review")
        terminal.press("enter")
        terminal.wait_for("3 to review")
        terminal.hang_up()
    assert (bakery.root / "docs" / "deploy.reading.toml").read_text().count("[[script]]") == 1


def test_line_by_line(bakery: Repository) -> None:
    _accept(bakery)
    _edit(bakery, "echo baked", "echo burnt")
    _edit(bakery, "the old bread", "no bread")
    with _terminal(bakery, "run", "docs/deploy.md", "--linear") as terminal:
        terminal.wait_for("2 of 4 to review, by Ann Baker: docs/deploy.md")
        terminal.wait_for(r"was echo baked >> done.txt\s+now echo burnt >> done.txt\s+a step\?")
        terminal.press("enter")
        terminal.wait_for(r"a rollback option\? \(yes: it is one\)")
        terminal.press("enter")
        terminal.wait_for("is accepted with yes")
        terminal.press("contingency", "enter")
        terminal.wait_for("all 2 are reviewed")
        terminal.wait_for("next: ")
    assert 'role = "contingency"\nread_as = "rollback"' in (bakery.root / "docs" / "deploy.reading.toml").read_text()
