"""Fixtures of the screen's tests."""

from collections.abc import Iterator

import pytest

from cockpit.tui.app import CockpitApp


@pytest.fixture(autouse=True)
def _quiet_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures do not depend on the terminal that runs the tests."""
    for name in ("NO_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")


@pytest.fixture
def errors_expected() -> None:
    """For tests in which a callback raises: everywhere else that is a defect, though no screen ends by it."""


@pytest.fixture(autouse=True)
def _nothing_went_wrong(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    errors: list[Exception] = []
    said = CockpitApp.went_wrong

    def went_wrong(app: CockpitApp, error: Exception) -> None:
        errors.append(error)
        said(app, error)

    monkeypatch.setattr(CockpitApp, "went_wrong", went_wrong)
    yield
    if "errors_expected" not in request.fixturenames:
        assert errors == []
