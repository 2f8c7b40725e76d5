"""What steps hand on by `$COCKPIT_ENV` and by their shell, and what of it is a secret."""

from pathlib import Path

import pytest

from cockpit.runner.handed_on import read_handed_on

FILES = [
    ("A=1\n", {"A": "1"}),
    ("export A=1\n  B = 2 \n", {"A": "1", "B": "2"}),
    ("A='one two'\nB=\"x\"\n", {"A": "one two", "B": "x"}),
    ("A='\nB=x'y'\n", {"A": "'", "B": "x'y'"}),
    ("# A=1\n   # B=2\n\nnonsense\n=x\n1A=2\n", {}),
    ("A=a=b=c\n", {"A": "a=b=c"}),
    ("A=\n", {"A": ""}),
    ("A<<END\none\ntwo\nEND\nB=3\n", {"A": "one\ntwo", "B": "3"}),
    ("A<<END\none\n", {"A": "one\n"}),
    ("A=1\nA=2\n", {"A": "2"}),
    ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
    ("A=x\u2028y\x0cz\n", {"A": "x\u2028y\x0cz"}),
]


@pytest.mark.parametrize(("text", "values"), FILES)
def test_what_steps_hand_on(tmp_path: Path, text: str, values: dict[str, str]) -> None:
    path = tmp_path / ".env"
    path.write_bytes(text.encode())
    assert read_handed_on(path) == values
