"""Where things are kept, and that nobody else gets there."""

import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit.paths import Layout, LayoutError, find_root, runtime_folder


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="run-") as base:
        monkeypatch.setenv("XDG_RUNTIME_DIR", base)
        yield Path(base) / "cockpit"


def test_the_folder_ignores_itself_in_git_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.make()
    layout.make()
    assert (layout.folder / ".gitignore").read_text() == "*\n"
    assert stat.S_IMODE(layout.folder.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_an_error_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / ".cockpit").write_text("in the way")
    with pytest.raises(LayoutError, match="start from another checkout"):
        Layout(tmp_path).make()


def test_the_runtime_folder_is_made_for_its_owner_alone(runtime: Path) -> None:
    assert runtime_folder() == runtime
    assert stat.S_IMODE(runtime.stat().st_mode) == 0o700
    assert runtime_folder() == runtime


def test_a_runtime_folder_that_others_may_enter_or_that_is_a_link_is_refused(runtime: Path, tmp_path: Path) -> None:
    runtime.mkdir()
    runtime.chmod(0o755)
    with pytest.raises(LayoutError, match="only you can enter"):
        runtime_folder()
    runtime.rmdir()
    (tmp_path / "theirs").mkdir(mode=0o700)
    runtime.symlink_to(tmp_path / "theirs")
    with pytest.raises(LayoutError, match="only you can enter"):
        runtime_folder()


def test_sockets_differ_by_repository_and_deploy_and_have_short_names(runtime: Path, tmp_path: Path) -> None:
    long = Layout(tmp_path / ("deep/" * 40))
    names = {layout.socket(deploy) for layout in (long, Layout(tmp_path)) for deploy in ("d1", "d2")}
    assert len(names) == 4
    assert all(len(name.name) < 20 for name in names)
    assert long.scratch("d1").parent == runtime


@pytest.mark.parametrize("environment", ["production", "eu/west", "../../etc", "a b", "ä"])
def test_the_lock_of_an_environment_stays_in_its_folder(tmp_path: Path, environment: str) -> None:
    lock = Layout(tmp_path).lock(environment)
    assert lock.parent == tmp_path / ".cockpit" / "locks"


def test_the_root_is_the_nearest_folder_with_settings_or_git(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert find_root(deep) == tmp_path
    (tmp_path / "a" / "cockpit.toml").write_text("")
    assert find_root(deep) == tmp_path / "a"
