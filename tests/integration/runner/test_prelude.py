"""No script without the guards that are put before it, and no state that comes back by halves."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from cockpit.runner import files
from tests.integration.runner.helpers import BASH, Bench, Run

VERSION = tuple(
    map(int, subprocess.check_output([BASH, "-c", "echo ${BASH_VERSINFO[0]} ${BASH_VERSINFO[1]}"], text=True).split())
)
HARM = "touch harm\n"


def _nothing_ran(bench: Bench, run: Run) -> bool:
    return not (bench.root / "harm").exists() and not (run.directory / files.SCRIPT).exists()


async def test_a_shell_that_does_not_read_the_prelude_gets_no_script(bench: Bench) -> None:
    run, ended = await bench.finish(HARM, argv=["sh", str(bench.root / "run-1" / files.SCRIPT)])
    assert _nothing_ran(bench, run)
    assert ended.exit_status != 0
    assert "bash 4.4 or later" in ended.refused


async def test_bash_in_posix_mode_does_not_read_the_prelude_and_gets_no_script(bench: Bench) -> None:
    run, ended = await bench.finish(HARM, env={"POSIXLY_CORRECT": "1"})
    assert _nothing_ran(bench, run)
    assert ended.exit_status != 0
    assert ended.refused


async def test_a_bash_that_is_too_old_is_named_and_runs_nothing(bench: Bench, tmp_path: Path) -> None:
    """A stand-in says that it is 3.2; the real one is tried where COCKPIT_TEST_OLD_BASH names it."""
    old = tmp_path / "old-bash"
    old.write_text(
        f'#!/bin/sh\nsed \'s/BASH_VERSINFO\\[0\\]:-0}}/BASH_VERSINFO[9]:-3}}/\' "$BASH_ENV" >"$BASH_ENV.old"\n'
        f'BASH_ENV="$BASH_ENV.old" exec {shutil.which(BASH)} "$@"\n'
    )
    old.chmod(0o755)
    run, ended = await bench.finish(HARM, argv=[str(old), str(bench.root / "run-1" / files.SCRIPT)])
    assert _nothing_ran(bench, run)
    assert ended.exit_status == 126
    assert "is too old: steps need bash 4.4 or later" in ended.refused


@pytest.mark.skipif("COCKPIT_TEST_OLD_BASH" not in os.environ, reason="no bash older than 4.4 here")
async def test_a_real_old_bash_runs_nothing(bench: Bench) -> None:
    run, ended = await bench.finish(
        HARM, argv=[os.environ["COCKPIT_TEST_OLD_BASH"], str(bench.root / "run-1" / files.SCRIPT)], carried=True
    )
    assert _nothing_ran(bench, run)
    assert ended.exit_status == 126
    assert "is too old" in ended.refused


CARRIED = [
    ("unset HOME\n", "echo ${HOME-gone}\n", b"gone\n"),
    ("unset DB_PASSWORD\n", "echo ${DB_PASSWORD-gone}\n", b"gone\n"),
    ("DB_PASSWORD=changed\n", "echo $DB_PASSWORD\n", b"changed\n"),
    ("set -f\n", "echo *\n", b"*\n"),
    ("shopt -s nullglob\n", "echo no-such-*\n", b"\n"),
    ("set -o noclobber\n", "echo a >f\necho b >f\n", None),
    ("umask 027\n", "umask\n", b"0027\n"),
    ("IFS=,\n", "x=a,b\nfor y in $x; do echo $y; done\n", b"a\nb\n"),
    ("unset IFS\n", "echo ${IFS-unset}\n", b"unset\n"),
    ("shopt -s extglob\nf() { case $1 in @(a|b)) echo yes ;; esac; }\n", "f a\n", b"yes\n"),
    ("f() { echo exported; }\nexport -f f\n", "bash -c f\n", b"exported\n"),
    ("mkdir -p a b\ncd a\ncd ../b\n", "cd - >/dev/null\necho ${PWD##*/}\n", b"a\n"),
    ("declare -n r=target\ntarget=5\n", "echo $r\n", b"5\n"),
    ("export PATH=/nowhere\n", "echo $PATH\n", b"/nowhere\n"),
    ("set -o posix\nA=1\n", "echo $A\n", b"1\n"),
    ("shopt -s nocasematch failglob extdebug\nTrap=1\nuid=2\n", "echo $Trap $uid\n", b"1 2\n"),
    ("exec 2>/dev/null\nA=1\n", "echo $A\n", b"1\n"),
    ("exec >/dev/null 2>&1\nA=1\nexit 1\n", "echo $A\n", b"1\n"),
    ("trap 'echo bye' exit\nA=1\n", "echo $A\n", b"1\n"),
    ("printf() { :; }\ndeclare() { :; }\nA=1\n", "echo $A\n", b"1\n"),
    ("name=n\ntext=t\nkept=k\nline=l\n", "echo $name $text $kept $line\n", b"n t k l\n"),
    ("A=$'\\x01\\xff\\n'\n", 'printf %s "$A"\n', b"\x01\xff\n"),
]


@pytest.mark.parametrize(("first", "second", "said"), CARRIED)
async def test_what_a_step_does_to_its_shell_is_there_for_the_next(
    bench: Bench, first: str, second: str, said: bytes | None
) -> None:
    names = {"env": {"DB_PASSWORD": "given by the cockpit"}, "secret_names": ["DB_PASSWORD"]}
    await bench.finish(first, carried=True, **names)
    run, ended = await bench.finish(second, carried=True, **names)
    assert ended.refused == ""
    if said is None:
        assert ended.exit_status == 1
    else:
        assert run.log == said


@pytest.mark.skipif(VERSION < (5, 1), reason="bash resets expand_aliases behind BASH_ENV before 5.1")
async def test_aliases_are_there_for_the_next_step(bench: Bench) -> None:
    await bench.finish("shopt -s expand_aliases\nalias hello='echo hi'\n", carried=True)
    run, _ = await bench.finish("hello\n", carried=True)
    assert run.log == b"hi\n"


async def test_every_step_begins_with_the_guards_whatever_the_one_before_has_set(bench: Bench) -> None:
    await bench.finish("set +euo pipefail\nset -n\n", carried=True)
    _, ended = await bench.finish("false\ntouch harm\n", carried=True, state={"fresh": True})
    assert ended.exit_status == 1
    assert not (bench.root / "harm").exists()


async def test_a_folder_that_vanished_stops_the_next_step_before_its_first_command(bench: Bench) -> None:
    await bench.finish("mkdir build\ncd build\n", carried=True)
    (bench.root / "build").rmdir()
    run, ended = await bench.finish(HARM, carried=True)
    assert _nothing_ran(bench, run)
    assert str(bench.root / "build") in ended.refused
    assert "Nothing of the script ran" in ended.refused
    again, ended = await bench.finish("pwd\n", carried=True, state={"fresh": True})
    assert (again.log, ended.exit_status) == (f"{bench.root}\n".encode(), 0)
    after, _ = await bench.finish("pwd\n", carried=True)
    assert after.log == f"{bench.root}\n".encode()


DAMAGE = [
    ("cut in the middle", lambda text: text[: len(text) // 2]),
    ("emptied", lambda text: b""),
    ("a value that the shell refuses", lambda text: text.replace(b"declare -- A=", b"declare -i EUID=")),
    ("a function that does not parse", lambda text: text.replace(b"greet ()", b"greet ((")),
]


@pytest.mark.parametrize("damage", [damage for _, damage in DAMAGE], ids=[name for name, _ in DAMAGE])
async def test_a_state_that_cannot_be_brought_back_whole_stops_the_step(bench: Bench, damage: object) -> None:
    assert callable(damage)
    await bench.finish("A=1\ngreet() { echo hi; }\n", carried=True)
    state = bench.root / "state"
    state.write_bytes(damage(state.read_bytes()))
    run, ended = await bench.finish(HARM, carried=True)
    assert _nothing_ran(bench, run)
    assert "did not come back" in ended.refused


async def test_a_state_that_is_gone_stops_the_step_where_one_was_left(bench: Bench) -> None:
    await bench.finish("A=1\n", carried=True)
    (bench.root / "state").unlink()
    run, ended = await bench.finish(HARM, carried=True, state={"expected": True})
    assert _nothing_ran(bench, run)
    assert "the machine was restarted" in ended.refused
    undo, ended = await bench.finish("pwd\n", carried=True, state={"expected": True, "lenient": True})
    assert ended.exit_status == 0
    assert b"is gone: this starts in a fresh shell" in undo.log


@pytest.mark.parametrize("ending", ["kill -9 $$\n", "exec true\n"])
async def test_a_step_that_ends_without_handing_on_its_shell_stops_the_next_one(bench: Bench, ending: str) -> None:
    await bench.finish("A=1\n", carried=True, task="first")
    await bench.finish(f"A=2\nmkdir -p sub\ncd sub\n{ending}", carried=True, task="second")
    run, ended = await bench.finish(HARM, carried=True, task="third")
    assert _nothing_ran(bench, run)
    assert '"Step run-2" ended without handing on its shell' in ended.refused
    part, ended = await bench.finish(
        "A=2\necho $A\n", carried=True, task="second", from_line=2, state={"partial": True}
    )
    assert ended.refused
    assert not (part.directory / files.SCRIPT).exists()
    again, ended = await bench.finish("echo $A\npwd\n", carried=True, task="second")
    assert again.log == f"1\n{bench.root}\n".encode()
    after, _ = await bench.finish("echo $A\n", carried=True, task="third")
    assert after.log == b"1\n"


async def test_a_state_that_could_not_be_saved_is_said_and_stops_the_next_step(bench: Bench) -> None:
    run, _ = await bench.finish(f"A=1\nmkdir {bench.root}/state.new\n", carried=True)
    assert b"the state of this shell was not kept" in run.log
    shutil.rmtree(bench.root / "state.new")
    run, ended = await bench.finish(HARM, carried=True)
    assert _nothing_ran(bench, run)
    assert "without handing on its shell" in ended.refused


TRACED = [
    ("set -x\necho one\nx=1\n", b"+ echo one\none\n+ x=1\n"),
    ("set -x\ntrap 'echo bye' EXIT\nx=1\n", b"+ trap 'echo bye' EXIT\n+ x=1\n++ echo bye\nbye\n"),
    ("set -ex\necho one\nset +x\necho two\n", b"+ echo one\none\n+ set +x\ntwo\n"),
]


@pytest.mark.parametrize(("script", "said"), TRACED)
@pytest.mark.parametrize("carried", [True, False])
async def test_a_trace_shows_the_scripts_own_commands_and_none_of_the_cockpits(
    bench: Bench, script: str, said: bytes, carried: bool
) -> None:
    run, _ = await bench.finish(script, carried=carried)
    # With a state its trap is run by the cockpit's, one level down.
    assert run.log == (said if carried else said.replace(b"++", b"+"))


async def test_a_trace_goes_on_in_the_next_step_as_it_would_in_one_shell(bench: Bench) -> None:
    await bench.finish("set -x\n", carried=True)
    run, _ = await bench.finish("echo one\n", carried=True)
    assert run.log == b"+ echo one\none\n"
    assert run.commands == [0]


async def test_a_script_has_no_descriptor_of_the_runners_to_write_to(bench: Bench) -> None:
    run, _ = await bench.finish(
        "for n in {3..9} {11..254}; do { echo 'nan 0' >&$n; } 2>/dev/null && echo $n; done\ntrue\n"
    )
    assert run.log == b""


POISON = [
    b"nan 0\n",
    b"inf 0\n",
    b"-5 0\n",
    b"1e300 0\n",
    b"5 -1\n",
    b"5 99999999999\n",
    b"\xff\xfe 1\n",
    b"5 1_0\n",
    b"x\n",
]


async def test_what_a_script_writes_among_the_progress_is_not_believed(bench: Bench) -> None:
    run, _ = await bench.finish("echo a\necho b\n")
    path = run.directory / files.PROGRESS
    path.write_bytes(b"".join(POISON) + path.read_bytes())
    assert run.commands == [0, 1]
