"""Source `command` with real processes."""

import asyncio
from math import inf
from pathlib import Path

import psutil
import pytest

from cockpit.metrics import registry
from cockpit.metrics.base import Reading, Source
from tests.waiting import soon

NOW = 1_800_000_000.0


def built(command: str, **options: object) -> Source:
    return registry.build("command", "shell", {"shell": True, **options}, {"own": {"command": command}})


async def read(command: str, **options: object) -> Reading:
    (reading,) = await built(command, **options).read(NOW)
    return reading


@pytest.mark.parametrize(
    ("command", "value", "words"),
    [
        ("echo 0.5", 0.5, ""),
        ("echo ' 12 % '", 12.0, ""),
        ("printf 340ms", 0.34, ""),
        ("echo 1e3", 1000.0, ""),
        ('echo \'{"value": "3", "detail": "three\\u001b[31m"}\'', 3.0, "three"),
        ("echo '{\"value\": null}'", None, "the command's value is null"),
        ("true", None, "the command printed nothing"),
        ("echo null", None, "the command printed null"),
        ("echo NaN", None, "the command's value is nan"),
        ("echo +Inf", inf, "the command's value is inf"),
    ],
)
async def test_one_number_is_taken_and_nothing_is_no_data(command: str, value: float | None, words: str) -> None:
    reading = await read(command)
    assert (reading.value, reading.error, reading.detail, reading.at) == (value, "", words, NOW)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("echo many", "printed 'many', which is not a number"),
        ("printf '1\\n2\\n'", "printed 2 lines; expected one number: '1' ..."),
        ("echo '{\"value\": [1]}'", "printed '[1]', which is not a number"),
        ("echo '{\"value\": 1'", "printed invalid JSON"),
        ("echo '{\"values\": 1}'", 'printed JSON without "value"'),
        ('echo \'{"value": 1, "at": "noon"}\'', 'printed an "at" that is not a time'),
        ("echo first >&2; printf '\\033[31mno\\trights\\n' >&2; exit 3", "echo: exit status 3: no rights"),
        ("kill -9 $$", "kill: signal 9"),
        ("head -c 70000 /dev/zero", "printed more than 64 KiB; expected one number"),
        ("API_TOKEN=hunter2 false", "the command: exit status 1"),
        ("echo 'fetching https://ann:hunter2@example.com/x' >&2; exit 1", "https://***@example.com/x"),
        ('echo "key $KEY" >&2; exit 1', "key ***"),
    ],
)
async def test_anything_else_is_an_error_in_words(command: str, words: str) -> None:
    reading = await read(command, environment={"KEY": "hunter2-too"})
    assert (reading.value, words in reading.error) == (None, True), reading.error
    assert "hunter2" not in reading.error


async def test_the_time_that_the_command_tells_is_the_samples(tmp_path: Path) -> None:
    reading = await read(f'echo \'{{"value": 1, "at": {NOW - 60}}}\'')
    assert reading.at == NOW - 60
    ahead = await read(f'echo \'{{"value": 1, "at": {NOW + 60}}}\'')
    assert ahead.at == NOW + 60, "a clock that is ahead is told, not hidden"


async def test_it_runs_where_and_with_what_the_settings_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "value").write_text("7")
    assert (await read("cat value", cwd="sub")).value == 7.0
    assert (
        await read('test "$COCKPIT_METRIC" = own && test -z "$(cat)" && echo $ONE', environment={"ONE": "1"})
    ).value == 1


async def test_without_a_shell_the_words_are_run_as_they_are() -> None:
    reading = await read("echo '$HOME'", shell=False)
    assert reading.error == "printed '$HOME', which is not a number"
    missing = await read("no-such-program-anywhere", shell=False)
    assert missing.error == "no-such-program-anywhere cannot be run: No such file or directory"


async def test_a_timeout_ends_the_whole_group(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    reading = await read(f"sleep 60 & echo $$ $! > {pids}; wait", timeout="300ms")
    assert reading.error == "sleep timed out after 0.3 s"
    for pid in map(int, pids.read_text().split()):
        await soon(lambda pid=pid: _gone(pid), "the end of the group")  # type: ignore[misc]


async def test_a_reader_that_is_given_up_leaves_nothing_behind(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    task = asyncio.create_task(built(f"echo $$ > {pid}; sleep 60", timeout=30).read(NOW))
    await soon(lambda: pid.exists() and pid.read_text().strip(), "the start")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await soon(lambda: _gone(int(pid.read_text())), "its end")


async def test_a_command_never_runs_twice_at_once(tmp_path: Path) -> None:
    source = built(f"mkdir {tmp_path}/lock && sleep 0.1 && rmdir {tmp_path}/lock && echo 1")
    found = await asyncio.gather(*(source.read(NOW) for _ in range(3)))
    assert [one[0].value for one in found] == [1.0, 1.0, 1.0]


def _gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
