"""git is asked without the programs that a repository's configuration names."""

import os
from pathlib import Path

import pytest

from cockpit.external import git as asked
from tests.git import git


def test_nothing_of_the_configuration_is_started(tmp_path: Path) -> None:
    root, ran = tmp_path / "shop", tmp_path / "ran"
    root.mkdir()
    git(root, "init", "-q")
    (root / ".gitattributes").write_text("*.txt diff=evil\n")
    (root / "db").mkdir()
    (root / "db" / "a.txt").write_text("one\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    first = asked.resolve(root, "HEAD")
    (root / "db" / "a.txt").write_text("two\n")
    git(root, "commit", "-qam", "two")
    second = asked.resolve(root, "HEAD")
    for key in ("diff.external", "diff.evil.textconv", "diff.evil.command", "core.fsmonitor", "core.pager"):
        git(root, "config", key, f"touch {ran}; true")
    assert asked.git(root, "diff", first, second) is not None
    assert asked.git(root, "log", "-p", "-1") is not None
    assert asked.git(root, "status", "--porcelain") == ""
    assert asked.show(root, second, "db/a.txt") == "two\n"
    assert asked.changes(root, first, second) == ("two",)
    assert not ran.exists()


def _filtered(root: Path) -> Path:
    """A repository with a file that git runs its filter over when it is asked for the status."""
    root.mkdir()
    git(root, "init", "-q")
    (root / ".gitattributes").write_text("*.txt filter=own\n")
    (root / "a.txt").write_text("one\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    os.utime(root / "a.txt", (1, 1))
    return root


def test_a_filter_of_the_person_runs_and_the_repositorys_does_not_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As that of large files: without it every such file would look changed."""
    root, mine, theirs = _filtered(tmp_path / "shop"), tmp_path / "mine", tmp_path / "theirs"
    (tmp_path / "gitconfig").write_text(f'[filter "own"]\n\tclean = "touch {mine}; cat"\n\trequired = true\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    git(root, "config", "filter.own.clean", f"touch {theirs}; cat")
    assert asked.git(root, "status", "--porcelain") == ""
    assert mine.exists()
    git(root, "config", "filter.own.process", f"touch {theirs}")
    assert asked.git(root, "status", "--porcelain") is None
    assert not theirs.exists()


def test_a_filter_that_cannot_be_switched_off_makes_the_answer_unknown(tmp_path: Path) -> None:
    root, ran = _filtered(tmp_path / "shop"), tmp_path / "ran"
    (root / ".gitattributes").write_text("*.txt filter=a=b\n")
    git(root, "config", "filter.a=b.clean", f"touch {ran}; cat")
    assert asked.git(root, "status", "--porcelain") is None
    assert not ran.exists()
