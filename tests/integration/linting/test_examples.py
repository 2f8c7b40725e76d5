"""The corrected runbook has no findings, and the page of the rules is that of the rules."""

import runpy
from pathlib import Path

from cockpit.linting.inspection import inspect
from cockpit.runbook.lint.registry import RULES
from cockpit.runbook.parse import parse

REPOSITORY = Path(__file__).resolve().parents[3]
EXAMPLE = REPOSITORY / "examples" / "production.md"


def test_the_corrected_runbook_has_no_findings() -> None:
    inspected = inspect(EXAMPLE.read_bytes(), REPOSITORY, tools=False)
    assert inspected.findings == ()
    assert inspected.notes == ()


def test_it_has_the_steps_and_boxes_of_the_one_that_it_corrects() -> None:
    book = parse(EXAMPLE.read_bytes())
    assert (book.counts.tasks, book.counts.runnable) == (37, 8)
    offsets = [entry.offset_seconds // 60 for entry in book.timeline]
    assert offsets == [-60, -30, -15, -10, -5, 5, 15, 30]


def test_the_page_of_the_rules_is_up_to_date() -> None:
    text = runpy.run_path(str(REPOSITORY / "tools" / "rules_doc.py"))["text"]()
    page = (REPOSITORY / "docs" / "runbook-rules.md").read_text(encoding="utf-8")
    assert page == text, "run `uv run python tools/rules_doc.py`"
    assert all(f"### {code}\n" in page for code in RULES)
