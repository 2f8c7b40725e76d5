"""What the outside said, on its way into a reading."""

import pytest

from cockpit.text.masking import LONGEST, outside


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("two\nlines \x1b[31mred\x1b[0m", "two lines red"),
        ("see https://ann:hunter2@example.com/x", "see https://***@example.com/x"),
        ("postgresql://ann:hunt/er2@host/db refused", "postgresql://***@host/db refused"),
        ("password=hunter2 wrong", "password=*** wrong"),
        ("Authorization: Bearer hunter2hunter2", "Authorization: Bearer ***"),
        ("FATAL: password authentication failed", "FATAL: password authentication failed"),
        ("it was hunter3", "it was ***"),
    ],
)
def test_it_is_one_line_without_passwords(said: str, shown: str) -> None:
    assert outside(said, ("hunter3", "it")) == shown


def test_it_is_short() -> None:
    assert len(outside("x" * 100_000)) == LONGEST
    assert outside("x" * LONGEST) == "x" * LONGEST
