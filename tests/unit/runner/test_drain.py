"""From pipe to log without a process: what is held back, what a dead supervisor left, and a system that fails."""

import errno
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from cockpit.runner import files
from cockpit.runner.drain import Drain, Tee, system_tee
from cockpit.runner.logfile import LogWriter
from cockpit.runner.redact import Redactor

TEE = system_tee()
pytestmark = pytest.mark.skipif(TEE is None, reason="this system has no tee(2)")


@dataclass
class Pipes:
    """The FIFOs of a run, held open as the wrapper does it, and any number of drains at them."""

    folder: Path
    out: int
    pending: int

    @classmethod
    def made(cls, folder: Path) -> "Pipes":
        for name in (files.OUT, files.PENDING):
            os.mkfifo(folder / name)
        return cls(folder, *(os.open(folder / name, os.O_RDWR | os.O_NONBLOCK) for name in (files.OUT, files.PENDING)))

    def drain(self, *secrets: bytes, tee: Tee | None = TEE) -> Drain:
        assert tee is not None
        return Drain(self.out, self.pending, Redactor(secrets), LogWriter(self.folder), tee)

    def say(self, data: bytes) -> None:
        os.write(self.out, data)

    @property
    def log(self) -> bytes:
        return (self.folder / files.LOG).read_bytes()


@pytest.fixture
def pipes(tmp_path: Path) -> Pipes:
    return Pipes.made(tmp_path)


def test_what_could_begin_a_secret_stays_in_the_pipe(pipes: Pipes) -> None:
    drain = pipes.drain(b"hunter2")
    pipes.say(b"the word is hun")
    assert drain.step()
    assert (pipes.log, drain.held) == (b"the word is ", 3)
    assert not drain.step()
    pipes.say(b"ter2.")
    drain.finish()
    assert pipes.log == b"the word is [REDACTED]."


def test_a_chunk_that_was_written_and_not_yet_dropped_is_not_written_twice(pipes: Pipes) -> None:
    """What the log has behind the noted length is taken back and comes once more from the pipe."""
    pipes.say(b"first\n")
    pipes.drain().step()
    os.write(pipes.pending, (6).to_bytes(8, "little") + b"second\n")
    (pipes.folder / files.LOG).write_bytes(b"first\nsec")
    pipes.say(b"third\n")
    pipes.drain().finish()
    assert pipes.log == b"first\nsecond\nthird\n"
    pipes.drain().finish()
    assert pipes.log == b"first\nsecond\nthird\n"


def test_a_note_without_a_chunk_means_nothing(pipes: Pipes) -> None:
    os.write(pipes.pending, (0).to_bytes(8, "little"))
    pipes.say(b"here\n")
    pipes.drain().finish()
    assert pipes.log == b"here\n"


def test_a_secret_that_began_on_its_way_ends_in_the_pipe(pipes: Pipes) -> None:
    os.write(pipes.pending, (0).to_bytes(8, "little") + b"x hun")
    drain = pipes.drain(b"hunter2")
    drain.step()
    assert b"hun" not in pipes.log
    pipes.say(b"ter2 y")
    drain.finish()
    assert pipes.log == b"x [REDACTED] y"


def test_a_pipe_full_of_half_a_secret_does_not_stop_the_command_for_ever(pipes: Pipes) -> None:
    secret = b"s" * 300_000 + b"!"
    drain = pipes.drain(secret)
    assert drain.fits
    pipes.say(b"s" * 300_000)
    said = 300_000
    for _ in range(100):
        try:
            said += os.write(pipes.out, b"s" * (1 << 16))
        except BlockingIOError:
            drain.step()
    drain.finish()
    assert len(pipes.log) == said


@pytest.mark.parametrize("failing", [1, 2, 3, None])
def test_a_system_that_cannot_look_costs_no_output_and_shows_no_secret(pipes: Pipes, failing: int | None) -> None:
    calls = 0

    def tee(*args: int) -> int:
        nonlocal calls
        calls += 1
        if calls > 1 and failing in (calls, None):
            raise OSError(errno.ENOMEM, "tee")
        assert TEE is not None
        return TEE(*args)

    drain = pipes.drain(b"hunter2", tee=tee)
    for piece in (b"a hun", b"ter2 b", b" hunt", b"s c\n"):
        pipes.say(piece)
        drain.step()
    drain.finish()
    assert pipes.log == b"a [REDACTED] b hunts c\n"


def test_a_secret_longer_than_a_pipe_is_not_for_a_pipe(pipes: Pipes) -> None:
    assert pipes.drain(b"k" * 100_000).fits
    assert not pipes.drain(b"k" * (1 << 20)).fits
