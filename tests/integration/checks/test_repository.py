"""What git says, of real repositories: pass, fail and unknown."""

import subprocess
from pathlib import Path

import pytest

from cockpit.checks.base import Context
from cockpit.checks.registry import run
from tests.git import git


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "app"
    root.mkdir()
    git(root, "init", "-q")
    write(root, "README.md", "hello\n")
    return root


def write(root: Path, name: str, text: str = "x\n") -> None:
    """Written and committed."""
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)
    git(root, "add", "-A")
    git(root, "commit", "-qm", name)


async def said(name: str, root: Path, commit: str = "") -> tuple[str, str]:
    found = await run(name, Context(root=root, commit=commit))
    return found.verdict, found.summary


async def test_what_is_not_committed_is_named(root: Path, tmp_path: Path) -> None:
    assert await said("git.clean", root) == ("pass", "the working tree is clean")
    (root / "new.txt").write_text("x")
    assert await said("git.clean", root) == ("pass", "the working tree is clean (untracked: new.txt)")
    (root / "README.md").write_text("changed\n")
    assert await said("git.clean", root) == ("fail", "uncommitted: README.md")
    assert await said("git.clean", tmp_path) == ("unknown", "not a git repository")


async def test_a_commit_that_the_remote_lacks_is_not_pushed(root: Path, tmp_path: Path) -> None:
    head = git(root, "rev-parse", "HEAD")
    assert await said("git.pushed", root) == ("unknown", "not a git repository")
    assert (await said("git.pushed", root, head))[0] == "unknown"
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "remote.git")], check=True)
    git(root, "remote", "add", "origin", str(tmp_path / "remote.git"))
    git(root, "push", "-q", "origin", "HEAD:main")
    assert await said("git.pushed", root, head) == ("pass", f"{head[:10]} is in main of origin")
    write(root, "later.txt")
    assert (await said("git.pushed", root, git(root, "rev-parse", "HEAD")))[0] == "fail"


@pytest.mark.parametrize(
    ("name", "verdict"),
    [(".env.example", "pass"), ("config/.env.sample", "pass"), ("environment.md", "pass"), (".env", "fail"),
     (".env.production", "fail"), ("deploy/prod.env", "fail"), (".env.local", "fail")],
)  # fmt: skip
async def test_a_committed_env_file_fails_and_an_example_does_not(root: Path, name: str, verdict: str) -> None:
    write(root, name)
    assert (await said("git.no_env_files", root))[0] == verdict


async def test_env_files_are_not_known_without_git(tmp_path: Path) -> None:
    assert (await said("git.no_env_files", tmp_path))[0] == "unknown"


async def test_every_project_has_its_lock_file_committed(root: Path) -> None:
    assert (await said("git.lockfile", root))[0] == "unknown"
    write(root, "package.json", "{}")
    assert await said("git.lockfile", root) == ("fail", "no lock file committed for package.json")
    write(root, "package-lock.json", "{}")
    assert await said("git.lockfile", root) == ("pass", "committed: package-lock.json")
    write(root, "packages/one/package.json", "{}")
    assert (await said("git.lockfile", root))[0] == "pass", "a workspace has one lock file"
    write(root, "tool/pyproject.toml", "")
    assert await said("git.lockfile", root) == ("fail", "no lock file committed for tool/pyproject.toml")


async def test_an_unknown_check_and_one_that_breaks_are_unknown(root: Path) -> None:
    assert (await said("git.nothing", root))[0] == "unknown"
    found = await run("backup.fresh", Context(root=root, backups="README.md", argument="soon", now=1.0))
    assert found.verdict == "unknown"
    assert found.summary.startswith("backup.fresh failed: ")


async def test_a_new_flag_must_be_documented(root: Path) -> None:
    before = git(root, "rev-parse", "HEAD")
    write(root, "docs/flags.md", "- `FEATURE_OLD`: old\n")
    write(root, "app.py", "print(env['FEATURE_BREAD'], FLAGS, 'FLAG_OVEN_2')\n")

    async def about(argument: str, current: str) -> tuple[str, str]:
        head = git(root, "rev-parse", "HEAD")
        given = Context(root=root, commit=head, current_commit=current, argument=argument)
        found = await run("flags.documented", given)
        return found.verdict, found.summary

    assert await about("docs/flags.md", before) == ("fail", "not in docs/flags.md: FEATURE_BREAD, FLAG_OVEN_2")
    write(root, "docs/flags.md", "- `FEATURE_BREAD`\n- `FLAG_OVEN_2`\n")
    assert await about("docs/flags.md", before) == ("pass", "in docs/flags.md: FEATURE_BREAD, FLAG_OVEN_2")
    head = git(root, "rev-parse", "HEAD")
    assert await about("docs/flags.md", head) == ("pass", "no new flags in this deploy")
    assert (await about("docs/flags.md", ""))[0] == "unknown"
    assert (await about("docs/none.md", before))[0] == "unknown"
