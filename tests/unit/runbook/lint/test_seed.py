"""The runbook that this product was asked for: every known defect of it, at its line."""

import pytest

from tests.unit.runbook import SHARED
from tests.unit.runbook.lint import codes, found

SEED = SHARED / "seed" / "production_deployment.md"
DAMAGED = SHARED / "seed" / "000_3275d5f7afb74fea.txt"
pytestmark = pytest.mark.skipif(not SEED.exists(), reason="no shared seed")

DEFECTS = [
    (80, "backup-not-read"),
    (80, "dump-redirect"),
    (80, "unset-variable"),
    (90, "asks-a-question"),
    (90, "deprecated-option"),
    (90, "unset-variable"),
    (93, "no-such-subcommand"),
    (103, "gh-watch"),
    (135, "gh-not-awaited"),
    (145, "gh-not-awaited"),
    (145, "gh-ref-commit"),
    (145, "placeholder-as-file"),
    (152, "restore-no-stop"),
    (152, "unset-variable"),
    (152, "placeholder-as-file"),
    (217, "zone-abbreviation"),
    (287, "concurrently-in-transaction"),
    (297, "commit-in-do"),
    (330, "levels-out-of-order"),
    (334, "level-beyond-buckets"),
    (349, "level-beyond-buckets"),
]


def test_every_defect_is_found_at_its_line_and_nothing_else() -> None:
    assert codes(SEED.read_bytes()) == DEFECTS


def test_the_damaged_copy_has_the_same_ones() -> None:
    assert [code for _, code in codes(DAMAGED.read_bytes())] == [code for _, code in DEFECTS]


def test_the_columns_are_those_of_the_words() -> None:
    lines = SEED.read_text(encoding="utf-8").split("\n")
    words = {one.code: lines[one.line - 1][one.column - 1 :] for one in found(SEED.read_bytes())}
    assert words["gh-ref-commit"].startswith("<commit-sha>")
    assert words["zone-abbreviation"].startswith("EST")
    assert words["deprecated-option"].startswith("--db-url")
    assert words["commit-in-do"].startswith("COMMIT;")
    assert words["levels-out-of-order"].startswith("2x")
