"""What a person meets in the first ten minutes, on a machine and in a repository that are not ours."""

import os
import re
import shlex
from pathlib import Path

import pytest

from cockpit.__main__ import forget_size
from cockpit.backup.database import BackupError, Database
from cockpit.demo import leftovers
from cockpit.external import git
from cockpit.opening.deploy import OpeningError, locate, open_plan
from cockpit.opening.preflight import check
from cockpit.postgres import binaries
from cockpit.report.notice_texts import BUILT_IN
from cockpit.runbook.parse import parse
from cockpit.settings.load import FILE, SettingsError, load
from cockpit.settings.scaffold import settings_text

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_init_leaves_out_what_a_step_sets() -> None:
    script = (
        'export TAG=v1\nRELEASE=$(date +%s)\nread -r ANSWER\nfor ONE in a b; do echo "$ONE"; done\n: "${KEPT:=7}"\n'
        'printf -v WORD %s x\necho "HANDED=$TAG" >>"$COCKPIT_ENV"\n'
    )
    later = 'echo "$TAG $RELEASE $ANSWER $ONE $KEPT $WORD $HANDED $DATABASE_URL $XTAG"\n'
    text = f"# D\n\n## Deploy\n\n```bash\n{script}```\n\n```bash\n{later}```\n"
    named = re.findall(r"^(\w+) = \{ from", settings_text("D.md", parse(text.encode())), re.M)
    assert set(named) == {"DATABASE_URL", "XTAG"}


@pytest.mark.parametrize("key", ["environment", "project"])
def test_a_name_of_five_megabytes_is_an_error_of_the_settings(key: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(f'{key} = "{"x" * 5_000_000}"\n')
    with pytest.raises(SettingsError) as error:
        load(tmp_path / FILE)
    assert key in str(error.value)
    assert len(str(error.value)) < 1000


def test_a_long_environment_of_the_command_line_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "d.md").write_text("# D\n")
    with pytest.raises(ValueError, match="environment") as error:
        locate(str(tmp_path / "d.md"), "x" * 5000)
    assert len(str(error.value)) < 1000


def test_a_repository_of_another_user_is_told_as_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    root = tmp_path / "a b"
    root.mkdir()
    os.spawnlp(os.P_WAIT, "git", "git", "init", "-q", str(root))
    (root / "d.md").write_text("# D\n\n## Deploy\n\n```bash\necho hi\n```\n")
    words = git.why_refused(root)
    assert "belongs to another user" in words
    assert words.endswith(f"git config --global --add safe.directory {shlex.quote(str(root))}")
    with pytest.raises(OpeningError, match=r"safe\.directory"):
        open_plan(str(root / "d.md"))
    assert git.why_refused(tmp_path) == ""


def test_the_size_of_the_screen_is_the_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setattr(os, "isatty", lambda fd: False)
    forget_size()
    assert os.environ["COLUMNS"] == "20"
    monkeypatch.setattr(os, "isatty", lambda fd: True)
    forget_size()
    assert "COLUMNS" not in os.environ


def test_without_postgresql_the_advice_is_this_packages_own_extra() -> None:
    with pytest.raises(binaries.PostgresMissing) as error:
        binaries.find(())
    extra = re.search(r"uv tool install --force '\.\[(\w+)\]'", str(error.value))
    assert extra is not None
    assert re.search(rf"^{extra[1]} = \[.*pgserver", (DOCS.parent / "pyproject.toml").read_text(), re.M)


def test_the_fields_of_the_documents_examples_are_in_the_built_in_notices() -> None:
    examples = re.findall(r"^ {4}cockpit notice (\S+) (.*--set.*)$", (DOCS / "notices.md").read_text(), re.M)
    assert examples
    for kind, options in examples:
        body = next(one.body for one in BUILT_IN if one.kind == kind.replace("-", "_"))
        for name in re.findall(r'--set "?([^="]+)=', options):
            assert re.search(rf"^{name}: <", body, re.M | re.I), (kind, name)


DSNS = ["postgresql+psycopg2://a:b@h/shop?schema=public", "postgres://a:b@h/shop?pgbouncer=true&connection_limit=5"]


@pytest.mark.parametrize("dsn", DSNS)
def test_tools_of_the_database_get_an_address_that_they_can_read(dsn: str) -> None:
    database = Database(dsn)
    assert database.place() == "shop on h:5432"
    assert database.environment()["PGDATABASE"] == "shop"


def test_a_database_of_another_kind_is_named() -> None:
    with pytest.raises(BackupError, match="mysql"):
        Database("mysql://a:b@h/shop")


def test_the_demos_leftovers_are_removed_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    kept = tmp_path / "elsewhere"
    kept.mkdir()
    for name in ("cockpit-demo-1", "cockpit-demo-running", "cockpit-demoted"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_bytes(b"x" * 2_000_000)
    (tmp_path / "cockpit-demo-link").symlink_to(kept)
    monkeypatch.chdir(tmp_path / "cockpit-demo-running")
    assert leftovers.clean() == 0
    said = capsys.readouterr().out
    assert "removed 1 directory of earlier demos, 2 MB" in said
    assert "cockpit-demo-running: kept, a demo is running there" in said
    assert {one.name for one in tmp_path.iterdir()} == {
        "elsewhere", "cockpit-demo-running", "cockpit-demoted", "cockpit-demo-link",
    }  # fmt: skip


def test_a_plug_in_that_cannot_be_imported_is_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "site" / "plugged_in-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plugged-in\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[cockpit.sources]\nplugged = plugged_in:build\n")
    (tmp_path / "site" / "plugged_in.py").write_text("import nowhere_at_all\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    root = tmp_path / "root"
    root.mkdir()
    (root / "d.md").write_text("# D\n\n## Deploy\n\n```bash\necho hi\n```\n")
    (root / FILE).write_text('runbook = "d.md"\n\n[sources.x]\ntype = "plugged"\n')
    monkeypatch.chdir(root)
    words = "sources.x: source type 'plugged' (plugged_in:build of plugged-in 1.0) cannot be loaded"
    found = [one for one in check(None) if one.severity == "error"]
    assert [(one.line, one.text.startswith(words)) for one in found] == [(3, True)]
    with pytest.raises(ValueError, match="nowhere_at_all"):
        open_plan(None)
