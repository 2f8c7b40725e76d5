"""Twenty-nine real runbooks whose fences were labelled by a careful reader: the bars that the reader must keep."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cockpit.runbook.outline import outline
from cockpit.runbook.parse import parse
from tests.unit.runbook import SHARED

SCORE = SHARED / "corpus2" / "score.py"
pytestmark = pytest.mark.skipif(not SCORE.exists(), reason="no shared corpus")


def _score() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", SCORE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _scripts_of(checkout: Path, file: Path) -> dict[int, dict[str, Any]]:
    return {one["line"]: one for one in outline(parse(file.read_bytes()))["scripts"]}


def test_recall_and_precision_keep_the_bars_and_nothing_dangerous_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    score = _score()
    monkeypatch.setattr(score, "scripts_of", _scripts_of)
    monkeypatch.setattr(sys, "argv", ["score.py", ".", "--bar", "97", "95"])
    assert score.main() == 0, capsys.readouterr().out
