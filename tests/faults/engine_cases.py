"""What happens to the engine's surroundings: no room, a machine that restarts, two starts at once."""

import asyncio
import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import psutil

from cockpit.client.connection import Line
from cockpit.client.session import Session, deploys
from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.state import State
from cockpit.engine.lock import read_holder
from cockpit.engine.process.spawn import EngineError, spawn_engine
from cockpit.history.reading import events_of, state_of
from cockpit.paths import Layout
from tests.faults import worlds
from tests.faults.world import Cases
from tests.integration.cockpit.helpers import COMMAND, processes_below
from tests.waiting import soon, wait_for

COUNT = "deployment-steps/step-1-count:script-1"


class Cannot(Exception):
    """This machine does not let us play the fault."""


class Watcher:
    """A face that only keeps the state, and asks."""

    def __init__(self, root: Path) -> None:
        layout = Layout(root)
        self.line = Line(Session(layout, deploys(layout)[0].id, "ann"))
        self.state = State()

    async def follow(self) -> None:
        from cockpit.deploy.fold import fold

        async for events in self.line.events(lambda: self.state, self._forget):
            self.state = fold(events, self.state)

    def _forget(self) -> None:
        self.state = State()

    async def ask(self, command: c.PublicCommand) -> str:
        """The refusal's words; empty where it was done."""
        client = await soon(lambda: self.line.client, "the engine")
        refusal = await client.ask(command)
        return refusal.reason if refusal is not None else ""


def watched(root: Path, play: Callable[[Watcher], Awaitable[None]]) -> None:
    """Play with a face attached."""

    async def run() -> None:
        watcher = Watcher(root)
        following = asyncio.create_task(watcher.follow())
        try:
            await soon(lambda: watcher.state.plan, "the deploy")
            await play(watcher)
        finally:
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await following
            await watcher.line.close()

    asyncio.run(run())


async def _through_a_stall(root: Path, face: Watcher, fill: Callable[[], None], clear: Callable[[], None]) -> None:
    """No room: on hold with everything in memory, nothing starts; room again: all of it is written, and it goes on."""
    await _into_deploy(face)
    fill()
    assert await face.ask(c.AddNote(text="said while there was no room")) == ""
    await soon(lambda: face.state.stalled, "the stall")
    refused = await face.ask(c.RunTask(task=COUNT, attempt=1, confirmed=True))
    assert "The journal is not writable" in refused, refused
    assert "The journal is not writable" in await face.ask(c.CloseDeploy(outcome="aborted", reason="no room"))
    before = len(events_of(Layout(root), deploys(Layout(root))[0].id))
    assert face.state.seq > before, "it is only in memory"
    assert face.state.of(COUNT).attempt == 0
    clear()
    await soon(lambda: face.state.stalled is None, "room again")
    written = events_of(Layout(root), deploys(Layout(root))[0].id)
    kinds = [type(event.body) for event in written]
    assert kinds.count(e.JournalStalled) == kinds.count(e.JournalResumed) == 1
    assert any(isinstance(event.body, e.NoteAdded) for event in written)
    assert await face.ask(c.RunTask(task=COUNT, attempt=1, confirmed=True)) == ""
    await soon(lambda: face.state.of(COUNT).status == "pass", "the step")


async def _into_deploy(face: Watcher) -> None:
    assert face.state.plan is not None
    for task in face.state.plan.in_phase("preflight"):
        await face.ask(c.WaiveItem(task=task.id, reason="not the point here"))
    assert await face.ask(c.EnterPhase(phase="deploy")) == ""


def no_room_for_the_engine(folder: Path) -> None:
    """Files may not grow any more: what a quota does."""
    with worlds.small() as root:
        pid = wait_for(lambda: state_of(Layout(root), deploys(Layout(root))[0].id).engine_pid, "the engine's word")
        engine = psutil.Process(pid)
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]

        def limit(size: int) -> None:
            engine.rlimit(psutil.RLIMIT_FSIZE, (size, hard))

        watched(root, lambda face: _through_a_stall(root, face, lambda: limit(4096), lambda: limit(hard)))


def full_disk(folder: Path) -> None:
    """A file system without a free block."""
    with _small_disk(folder / "disk", "24m") as disk, worlds.small(disk) as root:
        ballast = root / "ballast"

        def fill() -> None:
            with contextlib.suppress(OSError), ballast.open("wb") as file:
                while True:
                    file.write(b"\0" * 4096)
                    file.flush()

        watched(root, lambda face: _through_a_stall(root, face, fill, ballast.unlink))


def rollback_on_full_disk(folder: Path) -> None:
    """The journal takes nothing, and the rollback goes through all the same: room was kept for it."""
    back = "\n## Rollback\n\n```bash\necho back\n```\n"
    with _small_disk(folder / "disk", "32m") as disk, worlds.small(disk, back) as root:
        reserve = Layout(root).folder / "reserve"
        wait_for(reserve.exists, "the reserve")

        async def play(face: Watcher) -> None:
            await _into_deploy(face)
            assert await face.ask(c.RunTask(task=COUNT, attempt=1, confirmed=True)) == ""
            await soon(lambda: face.state.of(COUNT).status == "running", "the step")
            with contextlib.suppress(OSError), (root / "ballast").open("wb") as file:
                while True:
                    file.write(b"\0" * 4096)
                    file.flush()
            await face.ask(c.AddNote(text="no room " * 2000))
            await soon(lambda: face.state.stalled, "the stall")
            option = face.state.plan.rollback[0].id if face.state.plan else ""
            asked = c.StartRollback(option=option, confirmation="production", reason="it is broken")
            assert await face.ask(asked) == ""
            await soon(lambda: face.state.closed == "rolled back", "the rollback", 40)

        watched(root, play)
        state = state_of(Layout(root), deploys(Layout(root))[0].id)
        assert state.closed == "rolled back"


def read_only_disk(folder: Path) -> None:
    """A file system that turns read-only under the engine, as ext4 does after an error."""
    with _small_disk(folder / "disk", "24m") as disk, worlds.small(disk) as root:

        def mount(how: str) -> None:
            subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)

        async def play(face: Watcher) -> None:
            await _into_deploy(face)
            # Files that are open for writing keep a file system from turning read-only: the journal's are.
            try:
                mount("ro")
            except subprocess.CalledProcessError as error:
                raise Cannot("a disk in use does not turn read-only here") from error
            assert await face.ask(c.AddNote(text="x")) == ""
            await soon(lambda: face.state.stalled, "the stall")
            mount("rw")
            await soon(lambda: face.state.stalled is None, "the disk again")

        watched(root, play)


@contextlib.contextmanager
def _small_disk(place: Path, size: str) -> Iterator[Path]:
    place.mkdir(parents=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], capture_output=True, check=False
    )
    if made.returncode:
        raise Cannot("mounting a small disk takes root")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def restarted_machine(folder: Path) -> None:
    """Everything dies at once, and the next engine sees another boot id: what ran is unknown until a person decides."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        raise Cannot("another boot id takes root and unshare")
    with worlds.small() as root:
        layout = Layout(root)
        newest = deploys(layout)[0].id

        async def start(face: Watcher) -> None:
            await _into_deploy(face)
            assert await face.ask(c.RunTask(task=COUNT, attempt=1, confirmed=True)) == ""
            log = layout.deploy(newest) / "steps"
            await soon(lambda: any("tick 20." in path.read_text() for path in log.glob("*/output.log")), "the middle")

        watched(root, start)
        for pid in processes_below(root):
            with contextlib.suppress(psutil.Error):
                psutil.Process(pid).kill()
        wait_for(lambda: not processes_below(root), "the machine's end")
        boot = folder / "boot"
        boot.write_text("another-boot\n")
        script = 'mount --bind "$1" /proc/sys/kernel/random/boot_id && shift && exec "$@"'
        argv = ["unshare", "-m", "sh", "-c", script, "sh", str(boot), *COMMAND, "attach", "--headless"]
        with _running(argv, root) as attached:
            said = _said_until(attached, "ended in an unknown state")
            assert "the machine restarted in between" in said, said
            assert "the machine restarted while it was running (pid " in said, said
            assert "last output" in said, said
            state = state_of(layout, newest)
            assert state.of(COUNT).status == "unknown"
            assert state.of(COUNT).attempt == 1

            async def decide(face: Watcher) -> None:
                assert await face.ask(c.RunTask(task=COUNT, attempt=2, confirmed=True)) == ""
                await soon(lambda: face.state.of(COUNT).status == "pass", "the second attempt")

            watched(root, decide)


@contextlib.contextmanager
def _running(argv: list[str], cwd: Path) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        argv, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _said_until(process: "subprocess.Popen[str]", end: str) -> str:
    assert process.stdout is not None
    said = ""
    while end not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    return said


def _race(layout: Layout, deploy: str, gate: threading.Barrier, ready: list[str], refused: list[EngineError]) -> None:
    gate.wait()
    try:
        spawn_engine(layout, deploy, "production", "ann", os.environ)
        ready.append(deploy)
    except EngineError as error:
        refused.append(error)


def racing_starts(folder: Path, times: int) -> int:
    """Two engines for one environment at the same moment: one has the lock, the other names the one that has it."""
    with tempfile.TemporaryDirectory(prefix="ck-") as name:
        layout = Layout(Path(name).resolve())
        layout.make()
        for number in range(times):
            ready: list[str] = []
            refused: list[EngineError] = []
            gate = threading.Barrier(2)

            racers = [
                threading.Thread(target=_race, args=(layout, f"d{number}-{side}", gate, ready, refused))
                for side in "ab"
            ]
            for racer in racers:
                racer.start()
            for racer in racers:
                racer.join()
            assert len(ready) == 1, (number, ready, refused)
            assert [error.holder for error in refused] == ready, (number, refused)
            holder = read_holder(layout.lock("production"))
            assert holder is not None
            assert holder.deploy == ready[0]
            os.kill(holder.pid, signal.SIGTERM)
            wait_for(lambda: read_holder(layout.lock("production")) is None, "the lock's end")
    return times


def cases(*, full: bool) -> Cases:
    """The group, in its short form or at full length."""
    return [
        ("no room: the engine's files may not grow", no_room_for_the_engine),
        ("no room: a full disk", full_disk),
        ("no room: a rollback on a full disk", rollback_on_full_disk),
        ("the disk turns read-only", read_only_disk),
        ("the machine restarts in the middle of a step", restarted_machine),
        ("two starts race for the lock", lambda folder: racing_starts(folder, 200 if full else 5)),
    ]


if sys.platform != "linux":  # pragma: no cover
    raise ImportError("these faults are played on Linux")
