"""Files by a pattern, in worlds where links lead nowhere, folders are closed and names are not UTF-8."""

import os
from pathlib import Path

import pytest

from cockpit.external.listing import backups, newest, short


def _file(path: Path, age: float = 0.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    os.utime(path, (1_000_000 - age, 1_000_000 - age))
    return path


@pytest.mark.parametrize("pattern", ["backups/*.dump", "{root}/backups/*.dump", "~/backups/*.dump", "./backups/*.dump"])
def test_relative_absolute_and_home_are_listed_alike(
    tmp_path: Path, pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    old, new = _file(tmp_path / "backups" / "old.dump", 60), _file(tmp_path / "backups" / "new.dump")
    root = tmp_path / "else [where]" if pattern[0] in "~{" else tmp_path
    assert newest(root, pattern.format(root=tmp_path)) == [new, old]
    assert short(tmp_path, new) == "backups/new.dump"
    assert short(tmp_path / "backups" / "x", new) == str(new)


def test_what_cannot_be_looked_at_is_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "a [b]" / "backups"
    good = _file(folder / "good.dump")
    (folder / "latest.dump").symlink_to("gone.dump")
    (folder / "loop.dump").symlink_to("loop.dump")
    (folder / "folder.dump").mkdir()
    (folder / "around").symlink_to(folder, target_is_directory=True)
    os.mkfifo(folder / "pipe.dump")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.dump")).write_text("x")
    (folder / "two\nlines.dump").write_text("x")
    (folder / "\x1b]52;c;x\x07.dump").write_text("x")
    _file(folder / ".hidden.dump")
    _file(folder / ("n" * 240 + ".dump"))
    found = newest(tmp_path / "a [b]", "backups/*.dump")
    assert {path.name[:4] for path in found} == {"good", "nnnn"}
    assert good in found


@pytest.mark.parametrize(
    "pattern",
    ["", "nothing/*", "/proc/1/root/*", "/nowhere/*", "~nobody-here/*", "**", "[", "a\0b", "*" * 5000, "../*"],
)
def test_no_pattern_ends_anything(tmp_path: Path, pattern: str) -> None:
    assert isinstance(list(backups(tmp_path, pattern)), list)


def test_a_dump_in_directory_format_is_one(tmp_path: Path) -> None:
    _file(tmp_path / "backups" / "pre" / "toc.dat")
    assert [path.name for path in newest(tmp_path, "backups/*")] == ["pre"]


def test_a_folder_that_may_not_be_entered_has_nothing(tmp_path: Path) -> None:
    _file(tmp_path / "backups" / "a.dump")
    (tmp_path / "backups").chmod(0)
    try:
        assert len(newest(tmp_path, "backups/*")) <= 1  # root may enter all the same
    finally:
        (tmp_path / "backups").chmod(0o755)
