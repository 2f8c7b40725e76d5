"""`command`: any program; its variables, its answer, its failures, and nothing of it left behind."""

from pathlib import Path

import psutil
import pytest
from msgspec.structs import replace

from cockpit.notify.base import Context
from tests.integration.notify.helpers import MESSAGE, Sending


def _context(root: Path) -> Context:
    values = {"PATH": "/usr/local/bin:/usr/bin:/bin", "TOKEN": "t0ken-of-the-program"}
    return Context(root=str(root), values=values, secrets=("t0ken-of-the-program",))


async def test_the_text_is_on_standard_input_and_the_rest_in_variables(tmp_path: Path) -> None:
    command = "cat > text; env | grep ^COCKPIT_ | sort > variables; pwd > here; echo ref-1; echo more"
    message = replace(MESSAGE, thread="ref-0")
    outcome = await Sending().send("command", {"command": command}, message, _context(tmp_path))
    assert outcome.delivered is not None, outcome.reason
    assert outcome.delivered.reference == "ref-1"
    assert (tmp_path / "text").read_text() == MESSAGE.text
    assert (tmp_path / "here").read_text().strip() == str(tmp_path)
    assert (tmp_path / "variables").read_text().splitlines() == [
        "COCKPIT_DEPLOY=20261122-145548-3fa",
        "COCKPIT_ENVIRONMENT=production",
        "COCKPIT_NOTICE_KIND=pre_deploy",
        "COCKPIT_NOTICE_THREAD=ref-0",
        "COCKPIT_NOTICE_TITLE=Announcement",
        "COCKPIT_PROJECT=web",
    ]


FAILURES = [
    ("echo a >&2; echo 'the last \x1b[2Jline' >&2; exit 3", 1, "the command of team: exit status 3: the last line"),
    ('echo "bad $TOKEN" >&2; exit 1', 1, "the command of team: exit status 1: bad ***"),
    ("exit 75", 3, "the command of team: exit status 75"),
    ("kill -9 $$", 1, "the command of team: signal 9"),
    ("no-such-program", 1, "exit status 127"),
]


@pytest.mark.parametrize(("command", "attempts", "words"), FAILURES)
async def test_a_failure_is_told_in_its_last_words(tmp_path: Path, command: str, attempts: int, words: str) -> None:
    outcome = await Sending().send("command", {"command": command}, context=_context(tmp_path))
    assert outcome.delivered is None
    assert outcome.attempts == attempts
    assert words in outcome.reason


async def test_not_now_is_tried_again(tmp_path: Path) -> None:
    command = "test -e once || { touch once; exit 75; }"
    sending = Sending()
    outcome = await sending.send("command", {"command": command}, context=_context(tmp_path))
    assert outcome.delivered is not None
    assert (outcome.attempts, sending.pauses) == (2, [1.0])


async def test_a_program_that_reads_nothing_and_says_too_much_is_fine(tmp_path: Path) -> None:
    message = replace(MESSAGE, text="x" * 1_000_000)
    command = "exec 0<&-; echo first; head -c 3000000 /dev/zero | tr '\\0' 'y'; head -c 3000000 /dev/zero >&2"
    outcome = await Sending().send("command", {"command": command}, message, _context(tmp_path))
    assert outcome.delivered is not None
    assert outcome.delivered.reference == "first"


async def test_a_program_that_hangs_is_ended_with_all_it_started(tmp_path: Path) -> None:
    command = "sleep 3600 & echo $! > child; echo $$ > self; wait"
    outcome = await Sending().send("command", {"command": command, "timeout": 1.0}, context=_context(tmp_path))
    assert outcome.attempts == 1
    assert outcome.reason.endswith("timed out after 1 s; delivery unknown")
    for name in ("child", "self"):
        pid = int((tmp_path / name).read_text())
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    outcome = await Sending().send("command", {"command": "true"}, context=_context(tmp_path / "nowhere"))
    assert "cannot be run: No such file or directory" in outcome.reason
