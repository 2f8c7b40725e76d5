"""A record of a newer cockpit is a message with both builds, never a traceback."""

from pathlib import Path
from typing import Any

import pytest

from cockpit import __version__
from cockpit.engine.config.environment import settings_from
from cockpit.journal.chain import GENESIS, Row, digest
from cockpit.journal.sqlite import Journal, JournalError
from cockpit.settings.load import SettingsError
from tests.builders import plan


@pytest.mark.parametrize(
    "settings",
    [
        {"a_new_table": {"x": 1}},
        {"rollback": {"a_new_key": True}},
        {"team": {"dsn": "env:X", "quorum": 3}},
        {"checks": "sometimes"},
        {"watch": {"seconds": 5}},
    ],
)
def test_settings_that_are_newer_name_both_builds_and_the_keys(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as raised:
        settings_from(plan(settings=settings), "9.9.9")
    said = str(raised.value)
    assert "cockpit 9.9.9" in said
    assert f"this is cockpit {__version__}" in said
    assert next(iter(settings)) in said


def test_where_the_build_is_not_known_it_is_still_a_message() -> None:
    with pytest.raises(SettingsError, match="by another cockpit, but this is cockpit"):
        settings_from(plan(settings={"a_new_table": {}}))


def test_an_event_of_a_newer_format_is_not_copied(tmp_path: Path) -> None:
    body = b'{"type":"NoteAdded","text":"x"}'
    row = Row(1, 1.0, "anna", "NoteAdded", 99, body, digest(GENESIS, 1, 1.0, "anna", 99, body))
    journal = Journal(tmp_path / "journal.db")
    try:
        with pytest.raises(JournalError, match="was written in format 99; update the cockpit"):
            journal.append_rows("d1", [row])
    finally:
        journal.close()
