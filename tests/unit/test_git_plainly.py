"""git is asked without the programs that a repository's configuration names."""

from pathlib import Path

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
