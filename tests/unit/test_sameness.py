"""What a machine would deploy otherwise than the one that it takes the deploy over from."""

import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from cockpit.deploy.state import State
from cockpit.deploy.team.state import TeamState
from cockpit.engine.config.environment import resolve
from cockpit.engine.team.comparison import differences, head_of, key_of, prints_of
from cockpit.planning.build import make_plan
from cockpit.runbook.parse import parse
from cockpit.settings.load import FILE, Settings, load

RUNBOOK = """\
# Shop

## Deployment steps

### Migrate
```bash
migrate "$TARGET" "$HOME"
```

## Rollback
```bash
back "$DATABASE_PASSWORD"
```
"""
SETTINGS = 'runbook = "RUNBOOK.md"\nproject = "shop"\n\n[variables]\nREGION = {}\n\n[team]\ndsn = "env:TEAM_DSN"\n'
VALUES = {
    "TARGET": "blue", "HOME": "/home/anna", "DATABASE_PASSWORD": "correct-horse", "REGION": "eu-1",
    "TEAM_DSN": "postgresql://anna:pw@db/team", "OTHER": "x",
}  # fmt: skip


def _git(root: Path, *words: str) -> None:
    subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *words], cwd=root, check=True)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The checkout of the machine that takes over: at first the very same."""
    (tmp_path / "RUNBOOK.md").write_text(RUNBOOK)
    (tmp_path / FILE).write_text(SETTINGS)
    _git(tmp_path, "init", "-q", ".")
    _git(tmp_path, "add", "-A")
    _git(tmp_path, "commit", "-q", "-m", "one")
    for name, value in VALUES.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def _state(root: Path, **more: object) -> State:
    settings = load(root / FILE) if (root / FILE).exists() else Settings()
    plan = make_plan(
        parse(RUNBOOK), settings, root=str(root), runbook_path="RUNBOOK.md", runbook_text=RUNBOOK, planned_at=1.0,
        commit=head_of(root),
    )  # fmt: skip
    prints = prints_of(plan, resolve(settings, root, VALUES), "d1")
    return State(plan=plan, team=TeamState(host="web-1", head=head_of(root), values=prints), **more)  # type: ignore[arg-type]


def test_the_same_is_the_same(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Home, login and what no script uses are each machine's own."""
    state = _state(root)
    assert state.team is not None
    assert set(state.team.values) == {"TARGET", "DATABASE_PASSWORD", "REGION"}
    assert all(VALUES[name] not in repr(state.team.values) for name in state.team.values)
    monkeypatch.setenv("HOME", "/home/ben")
    monkeypatch.setenv("TEAM_DSN", "postgresql://ben:other@db/team")
    monkeypatch.setenv("OTHER", "y")
    assert differences(state, root, "d1") == ()


def test_another_commit_is_said(root: Path) -> None:
    state = _state(root)
    _git(root, "commit", "-q", "--allow-empty", "-m", "two")
    (said,) = differences(state, root, "d1")
    assert said.startswith("commit: the checkout on web-1 is at ")
    _git(root, "checkout", "-q", "--orphan", "else")
    _git(root, "commit", "-q", "--allow-empty", "-m", "three")
    assert any(one.startswith("commit:") for one in differences(state, root, "d1"))


def test_a_commit_that_is_not_in_the_clone_is_said(root: Path) -> None:
    state = _state(root)
    assert state.plan is not None
    state = replace(state, plan=replace(state.plan, commit="0123456789" * 4, ref="v2"))
    assert "this checkout does not have it (git fetch)" in " ".join(differences(state, root, "d1"))


def test_a_folder_without_git_is_said(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    state, other = _state(root), tmp_path_factory.mktemp("plain")
    (other / "RUNBOOK.md").write_text(RUNBOOK)
    (other / FILE).write_text(SETTINGS)
    said = differences(state, other, "d1")
    assert any("this one at no commit" in one for one in said)


def test_changes_that_are_not_committed_and_another_runbook_are_said(root: Path) -> None:
    state = _state(root)
    (root / "RUNBOOK.md").write_text(RUNBOOK.replace("### Migrate", "### Migrate it"))
    dirty, runbook = differences(state, root, "d1")
    assert dirty.endswith("uncommitted changes: RUNBOOK.md")
    assert "differs here from line 5 on" in runbook
    (root / "RUNBOOK.md").unlink()
    assert any("cannot be read here: No such file" in one for one in differences(state, root, "d1"))


def test_another_reading_of_the_same_text_is_said(root: Path) -> None:
    state = _state(root)
    assert state.plan is not None
    tasks = tuple(replace(task, phase="verify") for task in state.plan.tasks)
    (said,) = differences(replace(state, plan=replace(state.plan, tasks=tasks)), root, "d1")
    assert said.startswith("reading: this cockpit (")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SETTINGS + "[rollback]\nautomatic = false\n", "settings: cockpit.toml differs here in rollback"),
        ("runbook = [", "settings: cockpit.toml here cannot be used"),
    ],
)
def test_other_settings_are_said(root: Path, text: str, words: str) -> None:
    state = _state(root)
    (root / FILE).write_text(text)
    assert any(words in one for one in differences(state, root, "d1"))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("TARGET", "green", "values: $TARGET is a different value here than on web-1"),
        ("DATABASE_PASSWORD", "battery-staple", "values: $DATABASE_PASSWORD is a different value here"),
        ("TARGET", None, "values: $TARGET is not set here, but is on web-1"),
    ],
)
def test_other_values_are_said_and_never_shown(
    root: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str | None, words: str
) -> None:
    state = _state(root)
    monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    (said,) = differences(state, root, "d1")
    assert words in said
    assert VALUES[name] not in said
    assert value is None or value not in said


def test_a_value_that_the_other_machine_does_not_have_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = _state(root)
    assert state.team is not None
    fewer = {name: one for name, one in state.team.values.items() if name != "TARGET"}
    state = replace(state, team=replace(state.team, values=fewer))
    assert differences(state, root, "d1") == ("values: $TARGET is set here, but is not on web-1",)


def test_what_an_older_cockpit_did_not_write_down_is_no_sameness(root: Path) -> None:
    state = replace(_state(root), team=TeamState(host="web-1"))
    (said,) = differences(state, root, "d1")
    assert said.startswith("values: web-1 did not record its values")


def test_who_accepts_accepts_what_was_shown() -> None:
    assert key_of(("a",)) != key_of(("a", "b"))
    assert key_of(("a",)) == key_of(("a",))


def test_digests_of_two_deploys_tell_nothing_of_each_other(root: Path) -> None:
    state = _state(root)
    assert state.plan is not None
    environment = resolve(Settings(), root, VALUES)
    assert prints_of(state.plan, environment, "d1") != prints_of(state.plan, environment, "d2")
