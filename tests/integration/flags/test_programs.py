"""`command`, `github` and `file`: real programs and files, and names that a shell would trip over."""

import json
import os
import stat
import tomllib
from pathlib import Path

import pytest

from cockpit.flags.base import FlagError, Wanted
from tests.integration.flags.helpers import error_of, set_and_read, setter

NASTY = ["$(touch pwned)", "`touch pwned`", "x; touch pwned", "a' 'b", 'a" "b', "x\\", "*", "~", "a|touch pwned", "ü "]


def _program(folder: Path, name: str, body: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("flag", NASTY)
async def test_a_command_gets_every_value_as_one_word_and_no_shell_reads_it(tmp_path: Path, flag: str) -> None:
    _program(tmp_path, "set", 'printf "%s\\n" "$#" "$1" "$2" > said; printf "%s" "$2" > value')
    one = setter("command", {"set": "./set {flag} {percent}", "read": "cat value"}, tmp_path, flag)
    seen = await set_and_read(one, 25.0, flag=flag)
    assert (tmp_path / "said").read_text() == f"2\n{flag}\n25\n"
    assert seen.percent == 25.0
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("flag", NASTY)
async def test_with_a_shell_the_values_are_variables(tmp_path: Path, flag: str) -> None:
    options = {"set": 'printf "%s" "$COCKPIT_FLAG" > said && echo "$COCKPIT_VALUE" > value', "shell": True}
    one = setter("command", {**options, "read": "cat value"}, tmp_path, flag)
    seen = await set_and_read(one, 100.0, "switch", flag=flag)
    assert (tmp_path / "said").read_text() == flag
    assert (seen.percent, (tmp_path / "value").read_text()) == (100.0, "true\n")
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"set": "set {flag}", "shell": True}, "a shell would interpret the text of {...}"),
        ({"set": "set {flag} | tee x"}, "contains '|', which needs a shell"),
        ({"set": "set $(x) {flag}"}, "needs a shell"),
        ({"set": "set 'x"}, "cannot be split into words"),
        ({"set": ""}, "set must be a string"),
        ({}, "set must be a string and is missing"),
    ],
)
def test_a_template_that_is_not_safe_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(FlagError) as caught:
        setter("command", options)
    assert words in str(caught.value), str(caught.value)


async def test_a_command_that_fails_or_hangs_says_so(tmp_path: Path) -> None:
    _program(tmp_path, "set", "echo no such flag >&2; exit 3")
    one = setter("command", {"set": "./set {flag}"}, tmp_path)
    error = await error_of(one.set(Wanted("checkout", 5.0)))
    assert str(error) == "flags.checkout.set: exit status 3: no such flag"
    assert not error.unknown
    slow = setter("command", {"set": "sleep 60", "timeout": 0.2}, tmp_path)
    late = await error_of(slow.set(Wanted("checkout", 5.0)))
    assert late.unknown
    assert "timed out after 0.2 s" in str(late)
    gone = setter("command", {"set": "./nowhere"}, tmp_path)
    assert "cannot be run" in str(await error_of(gone.set(Wanted("checkout", 5.0))))


async def test_a_command_without_read_cannot_be_read_back(tmp_path: Path) -> None:
    one = setter("command", {"set": "true"}, tmp_path)
    assert not one.readable
    assert (await one.read(Wanted("checkout", 5.0))).percent is None


async def test_the_application_is_restarted_after_it_was_set_and_asked_what_it_sees(tmp_path: Path) -> None:
    (tmp_path / "flag").write_text("0\n")
    _program(tmp_path, "restart", "cp flag running; date >> restarts")
    options = {"path": "flag", "restart": "./restart", "read": "cat running"}
    one = setter("file", options, tmp_path)
    seen = await set_and_read(one, 25.0)
    assert (seen.percent, (tmp_path / "running").read_text()) == (25.0, "25\n")
    assert one.how == "file flag, then ./restart"
    (tmp_path / "restart").write_text("#!/bin/sh\nexit 1\n")
    error = await error_of(one.set(Wanted("checkout", 50.0)))
    assert str(error) == "it was set, but flags.checkout.restart: exit status 1"
    assert error.unknown, "the application itself is asked"
    blind = setter("file", {"path": "flag", "restart": "./restart"}, tmp_path)
    failed = await error_of(blind.set(Wanted("checkout", 75.0)))
    assert not failed.unknown, "that the file says so proves nothing about the application"


@pytest.mark.parametrize(("kind", "readable"), [("variable", True), ("secret", False)])
async def test_github_gets_the_value_over_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, readable: bool
) -> None:
    _program(
        tmp_path,
        "gh",
        'echo "$@" >> said\ncase "$2" in set) cat > "value-$3";; get) cat "value-$3";; esac',
    )
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    options = {"kind": kind, "repo": "team/shop", "env": "production"}
    one = setter("github", options, tmp_path, "new-feature")
    seen = await set_and_read(one, 100.0, "switch", flag="new-feature")
    assert (tmp_path / "value-NEW_FEATURE").read_text() == "true"
    said = (tmp_path / "said").read_text().splitlines()
    assert said[0] == f"{kind} set NEW_FEATURE --repo=team/shop --env=production"
    assert one.readable is readable
    assert seen.percent == (100.0 if readable else None)
    if not readable:
        assert seen.said == "a secret cannot be read back"
        assert len(said) == 1


def test_github_takes_only_names_that_github_takes(tmp_path: Path) -> None:
    for name in ("1x", "a b", "--help", "ü", "$(x)"):
        with pytest.raises(FlagError, match="name must be letters"):
            setter("github", {"name": name}, tmp_path)


JSON = '{\n  "other": [1, 2],\n  "features": {"new checkout": 0}\n}\n'
TOML = """# flags of the shop
[features]
other = "x"  # stays
"new checkout" = 0 # percent
[more]
a = 1
"""


@pytest.mark.parametrize(("name", "text"), [("flags.json", JSON), ("flags.toml", TOML)])
async def test_one_value_of_a_file_is_another_one_and_the_rest_stays(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    path.chmod(0o640)
    one = setter("file", {"path": name, "key": 'features["new checkout"]'}, tmp_path)
    seen = await set_and_read(one, 12.5)
    assert seen.percent == 12.5
    read = json.loads(path.read_text()) if name.endswith("json") else tomllib.loads(path.read_text())
    before = json.loads(text) if name.endswith("json") else tomllib.loads(text)
    assert read["features"].pop("new checkout") == 12.5
    before["features"].pop("new checkout")
    assert read == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [one.name for one in tmp_path.iterdir()] == [name], "nothing is left beside it"
    if name.endswith("toml"):
        assert "# flags of the shop" in path.read_text()
        assert '"new checkout" = 12.5 # percent' in path.read_text()


async def test_a_link_to_a_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("0\n")
    (tmp_path / "flag").symlink_to("real")
    one = setter("file", {"path": "flag"}, tmp_path)
    assert (await set_and_read(one, 5.0)).percent == 5.0
    assert (tmp_path / "flag").is_symlink()
    assert (tmp_path / "real").read_text() == "5\n"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("flags.json", None, "No such file"),
        ("flags.json", "{", "cannot be read as json"),
        ("flags.json", "{}", "has no 'checkout'"),
        ("flags.json", "[]", "not an object with 'checkout'"),
        ("flags.toml", "a = [", "cannot be read as toml"),
        ("flags.toml", "other = 1", "has no 'checkout'"),
        ("flags.toml", "t = { checkout = 1 }", "has no 'checkout'"),
    ],
)
async def test_a_file_that_is_not_as_it_should_be_is_not_touched(
    tmp_path: Path, name: str, text: str | None, words: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    one = setter("file", {"path": name}, tmp_path)
    assert words in str(await error_of(one.set(Wanted("checkout", 5.0))))
    assert words in str(await error_of(one.read(Wanted("checkout", 5.0))))
    if text is not None:
        assert (tmp_path / name).read_text() == text


async def test_a_value_inside_a_line_of_toml_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "flags.toml").write_text("t = { checkout = 1, other = 2 }\n")
    one = setter("file", {"path": "flags.toml", "key": "t.checkout"}, tmp_path)
    assert "is not on its own line" in str(await error_of(one.set(Wanted("checkout", 5.0))))
    assert (tmp_path / "flags.toml").read_text() == "t = { checkout = 1, other = 2 }\n"
