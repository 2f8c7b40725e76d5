"""What is deployed is what was opened: a HEAD that moved, or a ref that is not checked out, stops with both names."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from cockpit.deploy import commands as c
from cockpit.deploy.plan import Task
from cockpit.deploy.state import State, TaskState
from cockpit.engine.effects.checked_out import why_other_commit
from tests.builders import Deploy, plan, step
from tests.git import git
from tests.integration.cockpit.helpers import repository, run


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two commits, the newer one checked out; the older one is v1."""
    git(tmp_path, "init", "-q")
    for number in (1, 2):
        git(tmp_path, "commit", "-q", "--allow-empty", "-m", f"number {number}")
        git(tmp_path, "tag", f"v{number}")
    return tmp_path


def asked(root: Path, ref: str, *tasks: Task, at: Task | None = None, **more: object) -> str:
    sha = git(root, "rev-parse", ref).strip()
    given = plan(*(tasks or (step("go"),)), root=str(root), commit=sha, ref=ref, **more)  # type: ignore[arg-type]
    begun = {one.id: TaskState(attempt=1, status="pass") for one in tasks if one.id.startswith("done")}
    return asyncio.run(why_other_commit(State(plan=given, tasks=begun), at))


def test_what_is_checked_out_may_go(root: Path) -> None:
    assert asked(root, "v2") == ""
    assert asked(root, "HEAD", at=step("go")) == ""


def test_a_ref_that_is_not_checked_out_stops_with_both_names(root: Path) -> None:
    why = asked(root, "v1")
    old, new = (git(root, "rev-parse", name).strip()[:10] for name in ("v1", "v2"))
    assert f"opened with {old} (v1), but now {new} is checked out; check out v1," in why


def test_a_head_that_moved_stops_each_step(root: Path) -> None:
    sha = git(root, "rev-parse", "HEAD").strip()
    state = State(plan=plan(step("go"), root=str(root), commit=sha))
    git(root, "commit", "-q", "--allow-empty", "-m", "number 3")
    assert "this deploy was opened with" in asyncio.run(why_other_commit(state, step("go")))
    assert state.plan is not None
    elsewhere = replace(state, plan=replace(state.plan, root=str(root / "gone")))
    assert "git cannot tell" in asyncio.run(why_other_commit(elsewhere, step("go")))


def test_a_step_that_checks_it_out_itself_may_go(root: Path) -> None:
    assert asked(root, "v1", step("go", body="git checkout v1\nmake ship\n")) == ""
    assert asked(root, "v1", step("done", body="git -C . pull\n"), step("go"), at=step("go")) == ""


def test_a_dry_run_and_a_folder_without_git_are_not_asked(root: Path, tmp_path: Path) -> None:
    assert asked(root, "v1", dry_run=True) == ""
    bare = State(plan=plan(step("go"), root=str(tmp_path)))
    assert asyncio.run(why_other_commit(bare, None)) == ""


def test_the_command_does_not_deploy_another_commit_than_it_says() -> None:
    book = "# Deploy\n\n## Deploy\n\n```bash\ntouch shipped\n```\n"
    with repository(book) as place:
        git(place.root, "tag", "v1")
        git(place.root, "commit", "-q", "--allow-empty", "-m", "newer")
        done = run(["run", "--headless", "--yes", "--ref", "v1"], place.root)
        assert done.returncode != 0
        assert "(v1), but now" in done.stdout + done.stderr
        assert not (place.root / "shipped").exists()


def test_a_step_that_checks_out_another_commit_is_one_line_of_the_log() -> None:
    steps = (("Take v1", "git checkout -q v1"), ("Ship", "touch shipped"))
    book = "# Deploy\n\n## Deploy\n\n" + "\n".join(f"### {name}\n```bash\n{line}\n```\n" for name, line in steps)
    with repository(book) as place:
        git(place.root, "tag", "v1")
        git(place.root, "commit", "-q", "--allow-empty", "-m", "newer")
        old, new = (git(place.root, "rev-parse", name).strip()[:10] for name in ("v1", "HEAD"))
        done = run(["run", "--headless", "--yes"], place.root)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"; HEAD moved from {new} to {old}" in done.stdout
        (log,) = (place.root / "reports/deploys").rglob("*.md")
        lines = [line for line in log.read_text().splitlines() if line.startswith("**HEAD moved**")]
        assert len(lines) == 1
        assert lines[0].startswith(f"**HEAD moved**: `{new}` to `{old}` while Take v1 ran, until ")


def test_where_it_began_is_the_commit_before_where_an_engine_came_later() -> None:
    deploy = Deploy.of(step("go"), commit="a" * 40).run("go")
    deploy.do(c.RecordExit(task="go", attempt=1, outcome="succeeded", head="b" * 40), "cockpit")
    (moved,) = deploy.state.moves
    assert (moved.task, moved.before, moved.head) == ("go", "a" * 40, "b" * 40)
    deploy = Deploy.of(step("go"), commit="a" * 40).run("go")
    deploy.do(c.RecordExit(task="go", attempt=1, outcome="failed", head_before="c" * 40, head="c" * 40), "cockpit")
    assert deploy.state.moves == ()
