"""How a run is started, followed and cancelled. What odd scripts do to it is in `tests/faults`."""

import signal
import sys
from pathlib import Path

import pytest

from cockpit.runner import files, leftovers, spawn, supervisor
from cockpit.runner.follow import read_exit
from tests.integration.runner.helpers import Bench, alive
from tests.waiting import soon


@pytest.mark.parametrize(
    ("script", "status", "output"),
    [
        ("echo done\n", 0, b"done\n"),
        ("exit 3\n", 3, b""),
        ("echo wrong >&2\n", 0, b"wrong\n"),
        ("echo before\nfalse\necho after\n", 1, b"before\n"),
        ("false | true\necho after\n", 1, b""),
        ("echo $NOT_SET_ANYWHERE\necho after\n", 1, None),
        ("if true; then\n", 2, None),
    ],
)
async def test_a_script_ends_with_its_status_and_its_output(
    bench: Bench, script: str, status: int, output: bytes | None
) -> None:
    run, ended = await bench.finish(script)
    assert (ended.outcome, ended.exit_status, ended.signal) == ("finished", status, None)
    if output is not None:
        assert run.log == output
    assert ended.log_bytes == len(run.log)
    assert ended.leftover_pids == ()


async def test_the_grace_is_not_spent_in_a_busy_loop(bench: Bench) -> None:
    run = await bench.start("trap '' TERM\necho ready\nwhile :; do sleep 0.5; done\n", grace_seconds=1.0)
    await run.said(b"ready")
    before = _cpu_ticks(run.supervisor)
    spawn.cancel(run.directory)
    used = before
    while alive(run.supervisor) and not (run.directory / files.EXIT).exists():
        used = max(used, _cpu_ticks(run.supervisor))
        await soon(lambda: True)
    await run.ended()
    assert used - before < 60


def _cpu_ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


async def test_a_child_that_outlives_the_script_is_named_and_not_killed(bench: Bench) -> None:
    _, ended = await bench.finish("nohup sleep 600 >/dev/null 2>&1 &\necho started\n")
    assert (ended.outcome, ended.exit_status) == ("finished", 0)
    assert len(ended.leftover_pids) == 1
    assert alive(ended.leftover_pids[0])


async def test_end_of_file_instead_of_go_and_the_script_never_runs(bench: Bench) -> None:
    run = await bench.prepare(f"touch '{bench.root}/ran'\n")
    await run.prepared.discard()
    assert run.prepared.process.returncode == 4
    assert not (bench.root / "ran").exists()
    assert not (run.directory / files.EXIT).exists()


async def test_an_attempt_that_has_a_folder_already_is_refused(bench: Bench) -> None:
    run, _ = await bench.finish("echo once\n")
    with pytest.raises(spawn.RunnerError, match="has run before"):
        await spawn.prepare(run.prepared.order, "echo twice\n")
    assert run.log == b"once\n"


async def test_a_run_folder_that_cannot_be_made_is_an_error_in_words(bench: Bench) -> None:
    (bench.root / "run-1").write_text("a file is in the way")
    with pytest.raises(spawn.RunnerError):
        await bench.prepare("true\n")
    bench.root.joinpath("run-1").unlink()
    bench.root.joinpath("run-1").symlink_to(bench.root / "nowhere" / "deeper")
    with pytest.raises(spawn.RunnerError):
        await bench.prepare("true\n")


async def test_a_folder_that_is_gone_fails_the_script_and_says_why(bench: Bench) -> None:
    run, ended = await bench.finish("echo never\n", cwd=str(bench.root / "gone"))
    assert (ended.outcome, ended.exit_status) == ("finished", 127)
    assert b"cannot be started" in run.log
    assert b"gone" in run.log


async def test_an_interpreter_that_is_not_there_fails_the_script_and_says_why(bench: Bench) -> None:
    run, ended = await bench.finish("x\n", argv=["no-such-interpreter-at-all"])
    assert ended.exit_status == 127
    assert b"no-such-interpreter-at-all" in run.log


async def test_cancelling_twice_and_after_the_end_does_no_harm(bench: Bench) -> None:
    run = await bench.start("echo ready\nsleep 600\n")
    await run.said(b"ready")
    assert spawn.cancel(run.directory)
    spawn.cancel(run.directory)
    await run.ended()
    assert not spawn.cancel(run.directory)


async def test_scripts_get_the_usual_signals_not_the_supervisors(bench: Bench) -> None:
    """Python ignores SIGPIPE and SIGXFSZ; a script that inherited that would see write errors instead of an end."""
    run, _ = await bench.finish("grep -E '^SigIgn' /proc/self/status\n")
    ignored = int(run.log.split()[1], 16)
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGCHLD):
        assert not ignored & (1 << (number - 1)), number


async def test_files_of_a_run_are_for_their_owner_alone(bench: Bench) -> None:
    run, _ = await bench.finish("echo x\n", carried=True)
    for path in run.directory.iterdir():
        if path.name not in ("pid.json", files.EXPORTS, files.STATUS):
            assert path.stat().st_mode & 0o077 == 0, path.name
    assert run.directory.stat().st_mode & 0o077 == 0


async def test_what_outlives_its_script_never_waits_for_a_reader(bench: Bench) -> None:
    """`nohup app &`: its output is the step's pipe, which used to have no reader after the step."""
    secret = b"correct-horse"
    app = "for i in {1..40000}; do echo 'a line of a service that writes to its log: correct-horse'; done; touch done"
    run = await bench.start(f"touch go\n( while [ -e go ]; do sleep 0.02; done; {app} ) &\n", patterns=(secret,))
    record = await soon(lambda: read_exit(run.directory), "the exit record")
    assert record.exit_status == 0
    assert record.leftover_pids
    (bench.root / "go").unlink()
    await soon(lambda: (bench.root / "done").exists(), "the service has written 2.4 MB")
    await run.prepared.process.wait()
    left = (run.directory / files.LEFT).read_bytes()
    assert b"writes to its log: [REDACTED]\n" in left
    assert secret not in left
    assert len(left) <= leftovers.CAP + (1 << 16)
    assert b"writes to its log" not in run.log


@pytest.mark.parametrize("missing", ["pipe2", "splice", "pipe2 splice"])
async def test_systems_without_pipe2_and_splice_run_scripts(
    bench: Bench, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on macOS: taken away from the supervisor's own interpreter."""
    code = "import os, runpy, sys\n" + "".join(f"del os.{name}\n" for name in missing.split())
    code += "sys.argv = sys.argv[1:]\nrunpy.run_path(sys.argv[0], run_name='__main__')\n"
    command = (sys.executable, "-I", "-S", "-c", code, supervisor.__file__)
    monkeypatch.setattr(spawn, "COMMAND", command)
    run, ended = await bench.finish("echo one\necho correct-horse\nexit 3\n", patterns=(b"correct-horse",))
    assert (run.log, ended.exit_status) == (b"one\n[REDACTED]\n", 3)
    assert run.commands == [0, 1, 2]
    long = await bench.start("echo begun\nsleep 60\n", timeout_seconds=None)
    await long.said(b"begun")
    assert spawn.cancel(long.directory)
    assert (await long.ended()).outcome == "cancelled"
