"""`--fix`: a proposal beside the runbook; the runbook itself, and everything that needs a person, stays as it is."""

from pathlib import Path

import pytest

from cockpit.cli.check import Options, run_check
from cockpit.linting.proposal import MARK, ProposalError, corrected, place_of, write
from cockpit.runbook.lint.model import Replacement
from tests.unit.runbook.lint import found

RUNBOOK = b"""\
# S

## Deploy

1. Look:

   ```bash
   curl https://a.example/ && psql $SHOP_URL < seed.sql
   supabase db push   # trailing blanks stay:   \n   supabase db list-migrations
   ```

## Rollback

```bash
gh run watch
```
"""
PROPOSED = (
    RUNBOOK.replace(b"curl https", b"curl --fail https")
    .replace(b"psql $SHOP_URL <", b'psql -v ON_ERROR_STOP=1 "${SHOP_URL:?is not set}" <')
    .replace(b"db list-migrations", b"migration list")
)
OPTIONS = Options(fix=True, tools=False, runbook_only=True)


def _runbook(folder: Path, data: bytes = RUNBOOK) -> Path:
    path = folder / "deploy.md"
    path.write_bytes(data)
    return path


def test_only_what_needs_no_person_is_corrected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _runbook(tmp_path)
    assert run_check(str(path), OPTIONS) == 1
    assert path.read_bytes() == RUNBOOK
    assert (tmp_path / "deploy.proposed.md").read_bytes() == MARK + PROPOSED
    told = capsys.readouterr().out
    assert "+   supabase migration list" in told
    assert "deploy.proposed.md: 4 fixed; 2 of 6 findings need manual work" in told
    assert [one.code for one in found(PROPOSED)] == ["asks-a-question", "gh-watch"]


@pytest.mark.parametrize("change", [(b"\n", b"\r\n"), (b"# S", b"\xef\xbb\xbf# S"), (b"# S", b"# caf\xe9 \x00")])
def test_line_ends_marks_and_damage_stay_byte_for_byte(change: tuple[bytes, bytes], tmp_path: Path) -> None:
    data = RUNBOOK.replace(*change)
    target, _, made = write(_runbook(tmp_path, data), data, found(data))
    assert made == 4
    assert target is not None
    assert target.read_bytes() == MARK + PROPOSED.replace(*change)


def test_front_matter_stays_first(tmp_path: Path) -> None:
    data = b"---\ntitle: x\n---\n" + RUNBOOK
    target, _, _ = write(_runbook(tmp_path, data), data, found(data))
    assert target is not None
    assert target.read_bytes() == b"---\ntitle: x\n---\n" + PROPOSED + MARK


def test_a_file_of_somebody_else_is_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _runbook(tmp_path)
    other = place_of(path)
    other.write_text("# Mine\n")
    assert run_check(str(path), OPTIONS) == 1
    assert "already exists and was not written by --fix" in capsys.readouterr().err
    assert other.read_text() == "# Mine\n"
    other.unlink()
    other.symlink_to(path)
    with pytest.raises(ProposalError):
        write(path, RUNBOOK, found(RUNBOOK))
    assert path.read_bytes() == RUNBOOK


def test_our_own_proposal_is_written_anew(tmp_path: Path) -> None:
    path = _runbook(tmp_path)
    write(path, RUNBOOK, found(RUNBOOK))
    data = RUNBOOK.replace(b"a.example", b"b.example")
    target, _, _ = write(path, data, found(data))
    assert target is not None
    assert b"b.example" in target.read_bytes()
    assert {one.name for one in tmp_path.iterdir()} == {"deploy.md", "deploy.proposed.md"}


def test_where_nothing_can_be_corrected_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _runbook(tmp_path, b"# S\n\n- [ ] x\n")
    assert run_check(str(path), OPTIONS) == 0
    assert "nothing can be fixed automatically" in capsys.readouterr().out
    assert [one.name for one in tmp_path.iterdir()] == ["deploy.md"]


@pytest.mark.parametrize(
    ("fixes", "expected"),
    [
        ([Replacement(1, 1, "a", "x"), Replacement(1, 3, "c", "y")], b"xby\nd"),
        ([Replacement(1, 1, "ab", "x"), Replacement(1, 2, "b", "y")], b"ayc\nd"),
        ([Replacement(1, 1, "z", "x"), Replacement(9, 1, "d", "x"), Replacement(2, 0, "d", "x")], b"abc\nd"),
        ([Replacement(2, 1, "d", "\u00e4"), Replacement(2, 1, "d", "\u00e4")], "abc\nä".encode()),
    ],
)
def test_a_correction_is_made_where_its_old_text_stands_and_once(fixes: list[Replacement], expected: bytes) -> None:
    assert corrected(b"abc\nd", fixes)[0] == expected
