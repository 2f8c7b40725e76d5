"""What one script leaves to the next, and which of its commands runs."""

import pytest

from cockpit.runner import files
from tests.integration.runner.helpers import Bench

STATES = [
    ("A='two words'\n", 'printf %s "$A"\n', b"two words"),
    ("A=$'line\\nline'\n", 'printf %s "$A"\n', b"line\nline"),
    ("export B=b\n", "sh -c 'printf %s $B'\n", b"b"),
    ("L=(a 'b c' d)\n", 'printf "%s|" "${L[@]}"\n', b"a|b c|d|"),
    ("declare -A M=([k]='v w')\n", 'printf %s "${M[k]}"\n', b"v w"),
    ("declare -i N=4\n", 'N+=3\nprintf %s "$N"\n', b"7"),
    ("greet() { printf 'hello %s' \"$1\"; }\n", "greet you\n", b"hello you"),
    ("mkdir -p 'a b'\ncd 'a b'\n", 'printf %s "${PWD##*/}"\n', b"a b"),
    ("V='$(touch hacked) `x` \"q\" \\'\n", 'printf %s "$V"\n', b'$(touch hacked) `x` "q" \\'),
    ("IFS=,\nA=1\n", 'printf %s "$A"\n', b"1"),
    ("readonly A=1\n", 'readonly A=2\nprintf %s "$A"\n', b"2"),
    ("readonly -a R=(x y)\n", 'printf %s "${R[1]}"\n', b"y"),
    ("declare -rx E='e f'\n", 'sh -c \'printf "%s" "$E"\'\n', b"e f"),
    ("A=1\nfalse\n", 'printf %s "$A"\n', b"1"),
    ("A=1\nexit 3\n", 'printf %s "$A"\n', b"1"),
    ("set -f\nA='*'\n", 'printf %s "$A"\n', b"*"),
    ("A=1\ntrap 'echo bye' EXIT\nB=2\n", 'printf %s "$A$B"\n', b"12"),
    ("A=1\ntrap 'echo bye' EXIT\ntrap - EXIT\n", 'printf %s "$A"\n', b"1"),
    ("A=1\n(trap 'echo sub' EXIT; A=9)\n", 'printf %s "$A"\n', b"1"),
    ("mv() { echo mine; }\nA=1\n", 'printf %s "$A"\n', b"1"),
    ("set +o pipefail\nset +e\nA=1\n", "false | true\nprintf after\n", b""),
]


@pytest.mark.parametrize(("first", "second", "said"), STATES)
async def test_state_is_carried_to_the_next_script(bench: Bench, first: str, second: str, said: bytes) -> None:
    await bench.finish(first, carried=True)
    run, _ = await bench.finish(second, carried=True)
    assert run.log == said
    assert not list(bench.root.rglob("hacked"))


async def test_state_that_is_not_asked_for_is_neither_seen_nor_changed(bench: Bench) -> None:
    await bench.finish("A=1\n", carried=True)
    run, ended = await bench.finish("echo ${A:-unset}\nA=2\n")
    assert run.log == b"unset\n"
    assert ended.exports == ()
    again, _ = await bench.finish("echo $A\n", carried=True)
    assert again.log == b"1\n"


async def test_the_exit_trap_of_a_script_runs_with_its_status_and_does_not_change_it(bench: Bench) -> None:
    run, ended = await bench.finish("trap 'echo bye $?' EXIT\nexit 5\n", carried=True)
    assert (run.log, ended.exit_status) == (b"bye 5\n", 5)
    run, ended = await bench.finish("tidy() { echo tidy; }\ntrap tidy EXIT\nfalse\n", carried=True)
    assert (run.log, ended.exit_status) == (b"tidy\n", 1)
    run, ended = await bench.finish("trap 'exit 8' EXIT\ntrue\n", carried=True)
    assert ended.exit_status == 8


async def test_names_and_folder_that_a_script_leaves_are_told_without_the_shells_own(bench: Bench) -> None:
    _, ended = await bench.finish("MINE=1\nmkdir sub\ncd sub\n", carried=True)
    assert "MINE" in ended.exports
    assert not {"BASH_VERSION", "IFS", "PWD", "RANDOM", "COCKPIT_RUN"} & set(ended.exports)
    assert not any(name.startswith("__cockpit") for name in ended.exports)
    assert ended.cwd == str(bench.root / "sub")


async def test_a_secret_is_not_in_the_carried_state_nor_in_any_file_of_the_run(bench: Bench) -> None:
    env = {"DB_PASSWORD": "correct-horse"}
    run, _ = await bench.finish(
        "OTHER=1\necho $DB_PASSWORD\n",
        carried=True,
        env=env,
        secret_names=("DB_PASSWORD",),
        patterns=(b"correct-horse",),
    )
    assert (bench.root / "state").stat().st_mode & 0o077 == 0
    assert b"OTHER" in (bench.root / "state").read_bytes()
    for path in (bench.root / "state", *run.directory.iterdir()):
        if path.is_file():
            assert b"correct-horse" not in path.read_bytes(), path.name
    again, _ = await bench.finish("echo ${#DB_PASSWORD}\n", carried=True, env={"DB_PASSWORD": "another"})
    assert again.log == b"7\n"


async def test_handed_on_values_win_over_the_carried_state(bench: Bench) -> None:
    await bench.finish("export TAG=old\n", carried=True)
    run, _ = await bench.finish("sh -c 'echo $TAG'\n", carried=True, env={"TAG": "new one"}, handed_on=("TAG",))
    assert run.log == b"new one\n"
    again, _ = await bench.finish("echo $TAG\n", carried=True)
    assert again.log == b"new one\n"


async def test_line_numbers_in_bashs_own_messages_are_those_of_the_script(bench: Bench) -> None:
    run, ended = await bench.finish("# a comment\n\ntrue\nno-such-command-here\n", carried=True)
    assert ended.exit_status == 127
    assert b"script.sh: line 4: no-such-command-here" in run.log


PROGRESS = [
    ("echo a\necho b\necho c\n", [0, 1, 2]),
    ("# comment\n\necho a\n\n# more\necho b\n", [0, 1]),
    ("for i in 1 2 3; do\n  echo $i\n  true\ndone\necho end\n", [0, 1]),
    ("echo a \\\n  b \\\n  c\necho end\n", [0, 1]),
    ("cat <<END\nline\necho not a command\nEND\necho end\n", [0, 1]),
    ("f() {\n  echo in f\n  echo still\n}\nf\nf\necho end\n", [1, 2, 3]),
    ("if true; then\n  echo yes\nfi\ncase x in\n  x) echo x ;;\nesac\n", [0, 1]),
    ("echo a\nfalse\necho never\n", [0, 1]),
    ("echo a && echo b\necho c | cat |\n  cat\necho d\n", [0, 1, 2]),
    ("echo a\n(\n  echo sub\n  echo shell\n)\necho end\n", [0, 2]),
    ("x=$(\n  echo 1\n  echo 2\n)\necho $x\n", [0, 1]),
    ("while read -r l; do\n  echo $l\ndone <<E\n1\n2\nE\necho end\n", [0, 1]),
    ("sleep 0.01 &\nwait\necho end\n", None),
    ("source /dev/null\neval 'echo x'\necho end\n", [0, 1, 2]),
]


@pytest.mark.parametrize(("script", "reached"), PROGRESS)
@pytest.mark.parametrize("carried", [True, False])
async def test_the_commands_that_a_script_reaches_are_told_in_order(
    bench: Bench, script: str, reached: list[int] | None, carried: bool
) -> None:
    run, _ = await bench.finish(script, carried=carried)
    commands = run.commands
    assert commands == sorted(set(commands))
    if reached is not None:
        missing = set(reached) - set(commands)
        # A definition is no run: whether bash tells it is not promised.
        assert not missing
        assert commands[-1] == reached[-1]


async def test_the_command_at_which_a_script_failed_is_the_last_one_reached(bench: Bench) -> None:
    script = "echo a\nls \\\n  /no/such/place\necho never\n"
    run, ended = await bench.finish(script)
    assert ended.exit_status
    assert run.commands[-1] == 1


async def test_a_second_try_begins_at_its_line_with_the_state_of_the_first(bench: Bench) -> None:
    script = "A=kept\necho first\ncat wanted\necho third $A\n"
    _, ended = await bench.finish(script, carried=True)
    assert ended.exit_status == 1
    (bench.root / "wanted").write_text("here\n")
    again, ended = await bench.finish(script, carried=True, from_line=3)
    assert (again.log, ended.exit_status) == (b"here\nthird kept\n", 0)
    assert again.commands == [2, 3]


async def test_line_numbers_stay_right_in_a_second_try(bench: Bench) -> None:
    run, _ = await bench.finish("echo one\necho two\nno-such-command-here\n", from_line=2)
    assert run.log.startswith(b"two\n")
    assert b"line 3: no-such-command-here" in run.log


async def test_the_script_on_disk_is_byte_for_byte_what_was_asked_for(bench: Bench) -> None:
    script = "echo 'ä\u2028\x0b'\n\n\n# end"
    run, _ = await bench.finish(script)
    assert (run.directory / files.SCRIPT).read_bytes() == script.encode()
    assert run.log == "ä\u2028\x0b\n".encode()
