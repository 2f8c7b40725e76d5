"""What steps hand on by `$COCKPIT_ENV` and by their shell, and what of it is a secret."""

import subprocess
from pathlib import Path

import pytest

from cockpit.runner.handed_on import HandedOn, read_handed_on, unreadable

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
    ("secret=TOKEN\nTOKEN=x\nsecret=hunter2\n", {"TOKEN": "x", "secret": "hunter2"}),
    ("A=x\u2028y\x0cz\n", {"A": "x\u2028y\x0cz"}),
]


@pytest.mark.parametrize(("text", "values"), FILES)
def test_what_steps_hand_on(tmp_path: Path, text: str, values: dict[str, str]) -> None:
    path = tmp_path / ".env"
    path.write_bytes(text.encode())
    assert read_handed_on(path) == values


NEITHER = "neither NAME=value, NAME<<END nor a comment"
UNREADABLE = [
    ("A=1\n\n# B\nexport C=2\nsecret=A\nD<<E\nany thing\nE\n", []),
    ("A=1\nAPI TOKEN=2\n", [(2, NEITHER)]),
    ("nonsense\r\nA=1\n", [(1, NEITHER)]),
    ("my-name=1\n=2\n1A=3\n", [(n, "the text before = is not a variable name") for n in (1, 2, 3)]),
    ('A="one\ntwo"\n', [(1, "unclosed quotes; for several lines use NAME<<END"), (2, NEITHER)]),
    ("A='\n", [(1, "unclosed quotes; for several lines use NAME<<END")]),
    ("A=1\nB<<END\none\n", [(2, "the closing line END is missing")]),
    ("A=x\0y\n", [(1, "contains a NUL character")]),
    ("PATH='a'b'\nQ='\"'\nI'm=1\n", [(3, "the text before = is not a variable name")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wrong"), UNREADABLE)
def test_what_cannot_be_read_has_its_line_and_the_reason(text: str, wrong: list[tuple[int, str]]) -> None:
    assert unreadable(text) == [f"line {line}: {why}" for line, why in wrong]


def test_what_no_variable_can_hold_is_not_handed_on(tmp_path: Path) -> None:
    (tmp_path / "env").write_bytes(b"A=x\0y\nB=2\n")
    assert read_handed_on(tmp_path / "env") == {"B": "2"}


def _after(folder: Path, env: str = "", script: str = "", given: dict[str, str] | None = None) -> set[str]:
    """The secrets known after a step has written this to `$COCKPIT_ENV` and done that in its shell."""
    (folder / "env").write_text(env)
    lines = [
        f'declare -p {name} | sed "\\$s/\\$/ || __cockpit_lost {name}/"'
        for name in {one.partition("=")[0] for one in script.split("; ") if "=" in one}
    ]
    ran = subprocess.run(["bash", "-c", "\n".join([script, *lines])], capture_output=True, check=True, timeout=20)
    (folder / "state").write_bytes(ran.stdout)
    return HandedOn(folder / "env", folder / "state", given or {}).news()


HANDED = [
    ("API_TOKEN=s3cr3t-1\nNOTE=plain-text\n", {"s3cr3t-1"}),
    ("CODE=s3cr3t-1\nsecret=CODE\n", {"s3cr3t-1"}),
    ("secret=CODE\nCODE=s3cr3t-1\nCODE=s3cr3t-2\n", {"s3cr3t-1", "s3cr3t-2"}),
    ("KEY<<END\nline-one-1\nline-two-2\nEND\nsecret=KEY\n", {"line-one-1\nline-two-2"}),
    ("ANY=postgres://a:s3cr3t@db/x\n", {"postgres://a:s3cr3t@db/x"}),
    ("DB_PASSWORD=null\nPIN=42\nsecret=PIN\nAPI_TOKEN=production\n", set()),
    ("secret=NOWHERE\n", set()),
]


@pytest.mark.parametrize(("text", "secrets"), HANDED)
def test_what_is_handed_on_by_the_file_is_a_secret_by_name_shape_or_mark(
    tmp_path: Path, text: str, secrets: set[str]
) -> None:
    assert _after(tmp_path, text) == secrets


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("export API_TOKEN=s3cr3t-1; X=no-secret", "s3cr3t-1"),
        ("API_TOKEN='qu\"o$te`d\\slash'", 'qu"o$te`d\\slash'),
        ("API_TOKEN=$'two\\nlines\\tand \\x01'", "two\nlines\tand \x01"),
        ("API_TOKEN='ünï-code'", "ünï-code"),
        ("API_TOKEN=(s3cr3t-1)", "s3cr3t-1"),
        ("declare -rx API_TOKEN=s3cr3t-1; API_TOKEN_X=1", "s3cr3t-1"),
    ],
)
def test_what_is_handed_on_by_the_shell_is_read_as_bash_wrote_it(tmp_path: Path, script: str, value: str) -> None:
    script = script.replace("declare -rx API_TOKEN=", "API_TOKEN=")
    assert _after(tmp_path, script=script) == {value}


def test_a_mark_holds_for_what_the_shell_or_the_environment_has(tmp_path: Path) -> None:
    assert _after(tmp_path, "secret=CODE\n", "CODE=s3cr3t-1") == {"s3cr3t-1"}
    assert _after(tmp_path, "secret=CODE\n", given={"CODE": "s3cr3t-2"}) == {"s3cr3t-2"}


def test_what_was_given_and_judged_is_not_judged_again(tmp_path: Path) -> None:
    given = {"API_TOKEN": "shown-on-purpose"}
    assert _after(tmp_path, script="API_TOKEN=shown-on-purpose", given=given) == set()
    assert _after(tmp_path, script="API_TOKEN=another-one-7", given=given) == {"another-one-7"}


def test_a_secret_that_is_taken_back_stays_one_and_is_told_once(tmp_path: Path) -> None:
    handed_on = HandedOn(tmp_path / "env", tmp_path / "state", {})
    assert handed_on.news() == set()
    (tmp_path / "env").write_text("API_TOKEN=s3cr3t-1\n")
    assert handed_on.news() == {"s3cr3t-1"}
    assert handed_on.news() == set()
    (tmp_path / "env").write_text("")
    assert handed_on.news() == set()
    assert handed_on.secrets == {"s3cr3t-1"}
