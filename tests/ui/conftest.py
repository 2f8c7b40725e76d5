"""Fixtures of the screen's tests."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import textual.app
import textual.pilot

from cockpit.tui.app import CockpitApp
from cockpit.tui.review.app import ReviewApp
from tests.ui.idle import at_rest


@pytest.fixture(autouse=True)
def _quiet_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures do not depend on the terminal that runs the tests."""
    for name in ("NO_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")


@pytest.fixture(autouse=True)
def _at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key has been taken in when nothing is left to do, not when some time has passed."""
    for module in (textual.app, textual.pilot):
        monkeypatch.setattr(module, "wait_for_idle", at_rest)


@pytest.fixture
def errors_expected() -> None:
    """For tests in which a callback raises: everywhere else that is a defect, though no screen ends by it."""


def _noted(errors: list[Exception], said: Callable[[Any, Exception], None]) -> Callable[[Any, Exception], None]:
    def went_wrong(app: object, error: Exception) -> None:
        errors.append(error)
        said(app, error)

    return went_wrong


@pytest.fixture(autouse=True)
def _nothing_went_wrong(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    errors: list[Exception] = []
    for kind in (CockpitApp, ReviewApp):
        monkeypatch.setattr(kind, "went_wrong", _noted(errors, kind.went_wrong))
    yield
    if "errors_expected" not in request.fixturenames:
        assert errors == []
