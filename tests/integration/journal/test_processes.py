"""Several processes and sudden ends: what was acknowledged is there."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cockpit.journal.sqlite import Journal
from tests.waiting import wait_for

REPOSITORY = Path(__file__).resolve().parents[3]
APPENDING = """
import sys
from pathlib import Path
from cockpit.deploy import events as e
from cockpit.journal.sqlite import Journal
journal = Journal(Path(sys.argv[1]))
for seq in range(1, 100_000):
    batch = [e.Event(seq=seq, at=float(seq), by="x", body=e.NoteAdded(text="n" * (seq % 3000)))]
    journal.append(sys.argv[2], batch)
    sys.stdout.write(f"{seq}\\n")
    sys.stdout.flush()
    if seq == int(sys.argv[3]):
        break
"""


def _start(path: Path, deploy: str, last: int = 0) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", APPENDING, str(path), deploy, str(last)], stdout=subprocess.PIPE, cwd=REPOSITORY
    )


@pytest.mark.parametrize("acknowledged", [1, 2, 17, 120, 400])
def test_acknowledged_events_survive_a_kill_in_the_middle_of_appending(tmp_path: Path, acknowledged: int) -> None:
    path = tmp_path / "journal.db"
    process = _start(path, "d1")
    assert process.stdout is not None
    seen = 0
    while seen < acknowledged:
        seen = int(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    rest = process.stdout.read().splitlines()
    process.wait()
    seen = max(seen, *(int(line) for line in rest if line)) if rest else seen
    events = Journal(path).read("d1")
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert seen <= len(events) <= seen + 1
    following = _start(path, "d2", 3)
    assert following.wait(30) == 0
    assert len(Journal(path).read("d1")) == len(events)


def test_two_processes_write_their_deploys_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    writers = [_start(path, f"d{number}", 150) for number in range(2)]
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    for number in range(2):
        assert len(Journal(path, read_only=True).read(f"d{number}")) == 150


def test_a_reader_follows_a_writer_without_ever_seeing_a_broken_chain(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    process = _start(path, "d1", 300)
    assert process.stdout is not None
    process.stdout.readline()
    reader = Journal(path, read_only=True)
    last = 0

    def caught_up() -> bool:
        nonlocal last
        for event in reader.read("d1", after=last):
            assert event.seq == last + 1
            last = event.seq
        return last == 300

    wait_for(caught_up, "all 300 events")
    process.stdout.read()
    assert process.wait() == 0


def test_a_folder_that_may_not_be_written_is_an_error_in_words(tmp_path: Path) -> None:
    """As another user where the tests run as root: root may write anywhere."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o555)
    path = folder / ".cockpit" / "journal.db"
    check = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from cockpit.journal.sqlite import Journal, JournalError\n"
        "if os.getuid() == 0:\n    os.setgid(65534); os.setuid(65534)\n"
        "try:\n    Journal(Path(sys.argv[1]))\n"
        "except JournalError as error:\n    print(error); sys.exit(7)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", check, str(path)], capture_output=True, text=True, cwd=REPOSITORY, check=False
    )
    assert ran.returncode == 7, ran.stderr
    assert "cannot be opened" in ran.stdout
    assert str(folder) in ran.stdout


_READER = """
import sys
from pathlib import Path
from cockpit.journal.sqlite import Journal
folder = Path(sys.argv[1])
print("ready", flush=True)
for number in range(40):
    path = folder / f"{number}.db"
    while not path.exists():
        pass
    journal = Journal(path, read_only=True)
    assert journal.deploys() == []
    journal.close()
"""


def test_a_reader_never_meets_a_journal_without_its_tables(tmp_path: Path) -> None:
    reader = subprocess.Popen(
        [sys.executable, "-c", _READER, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == b"ready\n"
    for number in range(40):
        Journal(tmp_path / f"{number}.db").close()
    _, said = reader.communicate(timeout=30)
    assert reader.returncode == 0, said.decode()
