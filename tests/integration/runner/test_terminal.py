"""Interactive runs: a pseudo-terminal that people attach to through a socket, logged and redacted all the same."""

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from cockpit.runner import files, spawn
from tests.integration.runner.helpers import Bench, Run
from tests.waiting import soon


@pytest.fixture
def address() -> Iterator[str]:
    """Short: the name of a Unix socket has 107 bytes at most."""
    with TemporaryDirectory() as folder:
        yield str(Path(folder) / "t.sock")


async def _attach(address: str) -> socket.socket:
    await soon(Path(address).exists, "the socket")
    screen = socket.socket(socket.AF_UNIX)
    screen.connect(address)
    screen.setblocking(False)
    return screen


def _frame(kind: bytes, payload: bytes) -> bytes:
    return kind + len(payload).to_bytes(2, "big") + payload


def _type(text: bytes) -> bytes:
    return _frame(b"d", text)


def _seen(screen: socket.socket, already: bytearray) -> bytes:
    with contextlib.suppress(BlockingIOError):
        already += screen.recv(65536)
    return bytes(already)


async def _start(bench: Bench, script: str, address: str, **more: object) -> Run:
    return await bench.start(script, terminal_socket=address, **more)


async def test_a_script_has_a_real_terminal(bench: Bench, address: str) -> None:
    run = await _start(bench, "test -t 0 && test -t 1 && echo yes-a-terminal\ntrue </dev/tty\n", address)
    ended = await run.ended()
    assert ended.exit_status == 0
    assert run.log == b"yes-a-terminal\r\n"


async def test_what_is_typed_reaches_the_script_and_its_answer_the_screen_and_the_log(
    bench: Bench, address: str
) -> None:
    run = await _start(bench, 'read -r -p "name? " name\necho "hello $name"\n', address)
    screen = await _attach(address)
    await run.said(b"name? ")
    screen.sendall(_type(b"Ann\r"))
    ended = await run.ended()
    assert ended.exit_status == 0
    assert b"hello Ann" in run.log
    seen = bytearray()
    assert await soon(lambda: b"hello Ann" in _seen(screen, seen))


async def test_a_frame_that_comes_in_pieces_is_one_frame(bench: Bench, address: str) -> None:
    run = await _start(bench, 'read -r one\nread -r two\necho "<$one|$two>"\n', address)
    screen = await _attach(address)
    for byte in _type(b"ab\r") + _type(b"cd\r"):
        screen.sendall(bytes([byte]))
    await run.ended()
    assert b"<ab|cd>" in run.log


async def test_a_long_paste_arrives_whole(bench: Bench, address: str) -> None:
    lines = 20_000
    script = f"stty -echo\necho ready\nhead -n {lines} | cksum\n"
    run = await _start(bench, script, address)
    screen = await _attach(address)
    await run.said(b"ready")
    screen.setblocking(True)
    text = b"".join(b"%06d\n" % n for n in range(lines))
    for at in range(0, len(text), 60_000):
        screen.sendall(_type(text[at : at + 60_000]))
    ended = await run.ended()
    assert ended.exit_status == 0
    assert run.log.split()[-1] == b"%d" % len(text)


async def test_the_size_of_the_screen_becomes_that_of_the_terminal(bench: Bench, address: str) -> None:
    run = await _start(bench, "read -r go\nstty size\n", address)
    screen = await _attach(address)
    screen.sendall(_frame(b"w", (33).to_bytes(2, "big") + (101).to_bytes(2, "big")) + _type(b"\r"))
    await run.ended()
    assert b"33 101" in run.log


async def test_nonsense_on_the_socket_does_no_harm(bench: Bench, address: str) -> None:
    run = await _start(bench, 'read -r go\necho "got $go"\n', address)
    screen = await _attach(address)
    screen.sendall(_frame(b"w", b"x") + _frame(b"?", b"abc") + _frame(b"d", b"") + _type(b"fine\r"))
    await run.ended()
    assert b"got fine" in run.log


async def test_leaving_and_coming_back_does_not_touch_the_script(bench: Bench, address: str) -> None:
    run = await _start(bench, 'read -r go\necho "got $go"\n', address)
    (await _attach(address)).close()
    second, third = await _attach(address), await _attach(address)
    second.sendall(_type(b"from the second\r"))
    await run.ended()
    assert b"got from the second" in run.log
    seen = bytearray()
    assert await soon(lambda: b"got from the second" in _seen(third, seen))


async def test_a_screen_that_reads_nothing_does_not_hold_the_script_up(bench: Bench, address: str) -> None:
    run = await _start(bench, "read -r go\nseq 1 400000\n", address)
    screen = await _attach(address)
    screen.sendall(_type(b"\r"))
    ended = await run.ended()
    assert ended.exit_status == 0
    assert run.log.endswith(b"400000\r\n")


async def test_the_last_output_before_the_end_is_not_lost(bench: Bench, address: str) -> None:
    """The kernel hangs a terminal up when its session's leader ends: what was said before must be in the log."""
    run = await _start(bench, "seq 1 30000\n", address)
    await run.ended()
    assert run.log.split() == [b"%d" % n for n in range(1, 30_001)]


async def test_a_supervisor_that_is_slow_at_the_end_still_gets_the_last_output(bench: Bench, address: str) -> None:
    go_on = bench.root / "go-on"
    script = f"echo ready\nuntil [ -e '{go_on}' ]; do sleep 0.02; done\necho last words\n"
    run = await _start(bench, script, address)
    await run.said(b"ready")
    os.kill(run.supervisor, signal.SIGSTOP)
    go_on.touch()
    await soon((run.directory / files.STATUS).exists, "the status")
    await soon(lambda: not run.left(), "the end of the wrapper")
    os.kill(run.supervisor, signal.SIGCONT)
    await run.ended()
    assert run.log == b"ready\r\nlast words\r\n"


async def test_secrets_are_redacted_on_the_screen_as_in_the_log(bench: Bench, address: str) -> None:
    run = await _start(bench, "read -r go\necho the word is hunter2.\n", address, patterns=(b"hunter2",))
    screen = await _attach(address)
    screen.sendall(_type(b"\r"))
    await run.ended()
    seen = bytearray()
    await soon(lambda: b"[REDACTED]." in _seen(screen, seen))
    assert b"hunter2" not in run.log
    assert b"hunter2" not in seen


async def test_ctrl_c_interrupts_the_command_and_not_the_record(bench: Bench, address: str) -> None:
    run = await _start(bench, "echo ready\nsleep 600\n", address)
    screen = await _attach(address)
    await run.said(b"ready")
    screen.sendall(_type(b"\x03"))
    ended = await run.ended()
    assert (ended.outcome, ended.exit_status) == ("finished", 130)


async def test_a_cancel_leaves_nothing_of_an_interactive_run(bench: Bench, address: str) -> None:
    run = await _start(bench, "setsid sleep 600 &\necho ready\nsleep 600\n", address)
    await run.said(b"ready")
    spawn.cancel(run.directory)
    assert (await run.ended()).outcome == "cancelled"
    assert run.left() == []
    assert not Path(address).exists()
