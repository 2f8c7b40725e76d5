"""`docs/architecture.md` is a map: every place that it names is there, and every package is on it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PLACES = sorted({one for one in re.findall(r"`((?:cockpit|widgets|styles)/[\w./]*)`", PAGE) if "<" not in one})


def test_the_map_has_places() -> None:
    assert len(PLACES) > 50


@pytest.mark.parametrize("place", PLACES)
def test_every_place_on_the_map_is_there(place: str) -> None:
    assert (ROOT / place).exists()


@pytest.mark.parametrize(
    "package",
    sorted(path.name for path in (ROOT / "cockpit").iterdir() if (path / "__init__.py").exists()),
)
def test_every_package_is_on_the_map_and_says_what_it_is(package: str) -> None:
    assert f"`cockpit/{package}/`" in PAGE
    first = (ROOT / "cockpit" / package / "__init__.py").read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith('"""')
    assert len(first) > 20


def test_twenty_usual_changes_have_a_place() -> None:
    table = PAGE.partition("## Where do I change ...")[2].partition("## Files on disk")[0]
    assert sum(line.startswith("| ") for line in table.splitlines()) >= 22
