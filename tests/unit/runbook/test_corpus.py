"""Ten real runbooks, counted by hand."""

import json
from typing import Any

import pytest

from cockpit.runbook.parse import parse
from tests.unit.runbook import SHARED

FOLDER = SHARED / "corpus"
TRUTH: dict[str, dict[str, Any]] = (
    json.loads((FOLDER / "ground_truth.json").read_text()) if (FOLDER / "ground_truth.json").exists() else {}
)
pytestmark = pytest.mark.skipif(not TRUTH, reason="no shared corpus")


@pytest.mark.parametrize("truth", TRUTH.values(), ids=[truth["file"] for truth in TRUTH.values()])
def test_a_real_runbook_has_the_counts_that_were_made_by_hand(truth: dict[str, Any]) -> None:
    runbook = parse((FOLDER / truth["file"]).read_bytes())
    names = ("h1", "h2", "h3", "headings", "tasks", "tasks_nested", "fences", "shell_fences")
    assert {name: getattr(runbook.counts, name) for name in names} == {name: truth[name] for name in names}
    assert bool(runbook.front_matter) == truth["front_matter"]
    steps = [step for section in runbook.sections for step in section.steps]
    assert [step.line for step in steps if step.promotable] == truth["unlabelled_cmd"]
    read = any(step.promotable and step.fits for step in steps)
    assert runbook.counts.runnable == truth["runnable"] - (0 if read else len(truth["unlabelled_cmd"]))
    not_run = {str(step.line) for step in steps if not step.runnable and not step.promotable}
    assert not_run == set(truth["shell_not_runnable"])
