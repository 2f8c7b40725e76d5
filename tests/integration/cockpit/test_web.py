"""`cockpit watch --web` as real processes: who is let in, what a browser can do, and that nothing stays behind."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from cockpit.client.session import Session
from cockpit.deploy.commands import AddNote, CloseDeploy, PublicCommand
from cockpit.settings.keymap import KEYS
from cockpit.web.server import ENDED, LEFT
from tests.integration.cockpit.helpers import COMMAND, Repository, processes_below, repository, run
from tests.terminal import Terminal
from tests.waiting import soon, wait_for
from tests.web import RUNBOOK, Served

ORDERLY_SECONDS = 3.0
"""Far more than an end in order takes (0.2 s), far less than any patience."""


@contextmanager
def opened() -> Iterator[Repository]:
    """A repository with an open deploy that waits for a person."""
    with repository(RUNBOOK) as made:
        face = made.cockpit_until("run", "docs/deploy.md", "--headless", until="needs attention")
        face.send_signal(signal.SIGINT)
        face.communicate(timeout=30)
        yield made


@contextmanager
def server(place: Repository) -> Iterator[Served]:
    made = Served(place.root)
    try:
        yield made
    finally:
        if made.process.poll() is None:
            made.process.kill()
            made.process.wait()


@pytest.fixture(scope="module")
def bakery() -> Iterator[Repository]:
    """One for all tests that change nothing in it."""
    with opened() as made:
        yield made


@pytest.fixture(scope="module")
def served(bakery: Repository) -> Iterator[Served]:
    """One for all tests that leave it running."""
    with server(bakery) as made:
        yield made


@pytest.fixture
def own_bakery() -> Iterator[Repository]:
    with opened() as made:
        yield made


@pytest.fixture
def own_served(own_bakery: Repository) -> Iterator[Served]:
    with server(own_bakery) as made:
        yield made


async def test_a_browser_shows_the_deploy_as_it_goes(own_bakery: Repository, own_served: Served) -> None:
    async with own_served.look() as one:
        await one.shows("read only")
        await one.shows("The oven is hot")
        assert "export" not in one.text
        await asyncio.to_thread(_ask, own_bakery, AddNote(text="the flour is here"))
        await one.press("l")
        await one.shows("the flour is here")


async def test_no_key_of_a_browser_reaches_the_deploy(bakery: Repository, served: Served) -> None:
    before, files = bakery.state.seq, _files(bakery)
    async with served.look() as one:
        await one.shows("The oven is hot")
        for key in KEYS:
            if key.acts or key.id == "export":
                await one.press(key.key, "enter")
        await one.press("\x05", "\x13", "\x1a", "\x03", "enter", "space", "l")
        # Keys are read in their order: what the last one does is there, so those before it have been heard.
        await one.shows("Story")
        assert b"\x1b]52" not in one.raw
    assert bakery.state.seq == before
    assert _files(bakery) == files


def _files(bakery: Repository) -> list[Path]:
    """What there is on the disk, but for SQLite's own companions."""
    return sorted(one for one in bakery.root.rglob("*") if ".git" not in one.parts and "journal.db-" not in one.name)


PATHS = [
    "/",
    "/static/textual.js",
    "/static/page.css",
    "/ws",
    "/download/x",
    "/static/",
    "/nothing",
    "/static/..%2fguard.py",
]


async def test_nothing_is_given_to_whoever_has_no_token(served: Served) -> None:
    looked = served.said.count("looks (")
    async with ClientSession() as http:
        for query in ("", "?token=", "?token=wrong"):
            for path in PATHS:
                for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE"):
                    async with http.request(method, served.place + path + query) as answer:
                        assert answer.status == 403, (method, path)
                        _has_headers(answer.headers)
            with pytest.raises(WSServerHandshakeError, match="403"):
                await http.ws_connect(f"{served.place}/ws{query}", headers={"Origin": served.place})
    assert served.said.count("looks (") == looked


def _has_headers(headers: Mapping[str, str]) -> None:
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'; script-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


async def test_with_the_token_there_are_the_page_and_its_files_and_nothing_else(served: Served) -> None:
    async with ClientSession() as http:
        found = {}
        for path in PATHS:
            async with http.get(f"{served.place}{path}?token={served.token}") as answer:
                found[path] = answer.status
                _has_headers(answer.headers)
                assert "Set-Cookie" not in answer.headers
        assert {path for path, status in found.items() if status == 200} == {
            "/",
            "/static/textual.js",
            "/static/page.css",
        }
        async with http.post(f"{served.place}/?token={served.token}") as answer:
            assert answer.status == 405
        async with http.get(served.address) as answer:
            page = await answer.text()
    assert "<title>bakery → production · cockpit</title>" in page


async def test_a_page_of_somebody_else_gets_no_screen_even_with_the_token(served: Served) -> None:
    looked = served.said.count("looks (")
    others: list[dict[str, str]] = [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}, {}]
    async with ClientSession() as http:
        for headers in others:
            with pytest.raises(WSServerHandshakeError, match="403"):
                await http.ws_connect(f"{served.place}/ws?token={served.token}", headers=headers)
    assert served.said.count("looks (") == looked


async def test_each_browser_has_a_screen_of_its_own_that_ends_with_it(served: Served) -> None:
    await soon(lambda: served.screens == [], "the end of those of other tests")
    async with served.look(140, 40) as one, served.look(60, 20) as two:
        await one.shows("The oven is hot")
        await two.shows("The oven is hot")
        await one.press("?")
        await one.shows("focus the checklist and steps")
        assert "to the check list" not in two.text
        assert len(served.screens) == 2
        await two.line.close()
        await soon(lambda: len(served.screens) == 1, "the end of one screen")
        await one.press("escape")
        await one.shows("1 Preflight")
    await soon(lambda: served.screens == [], "the end of the other")
    assert served.process.poll() is None
    assert served.said.count("looks (") >= 2
    # The screen has ended before it is written that its browser has left.
    await soon(lambda: served.said.count("looks (") == served.said.count("has left ("), "a line for each")


async def test_a_browser_that_is_cut_off_ends_its_screen(served: Served) -> None:
    async with served.look() as one:
        await one.shows("The oven is hot")
        cable = one.line.get_extra_info("socket")
        cable.shutdown(socket.SHUT_RDWR)
        await soon(lambda: served.screens == [], "the end of the screen")


async def test_q_leaves_and_says_so(served: Served) -> None:
    async with served.look() as one:
        await one.shows("The oven is hot")
        await one.press("q")
        await soon(lambda: one.reason is not None, "the end")
        assert one.reason == LEFT
        await soon(lambda: served.screens == [], "the end of the screen")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_server_ends_at_once_with_all_that_it_started(
    own_bakery: Repository, own_served: Served, number: signal.Signals
) -> None:
    async with own_served.look() as one, own_served.look() as two:
        await one.shows("The oven is hot")
        await two.shows("The oven is hot")
        screens, begin = own_served.screens, time.monotonic()
        # One that does not answer any more is not waited for.
        os.kill(screens[0].pid, signal.SIGSTOP)
        assert await asyncio.to_thread(own_served.stop, number) == 0
        assert time.monotonic() - begin < ORDERLY_SECONDS
        assert not any(process.is_running() for process in screens)
        await soon(lambda: ENDED in (one.reason, two.reason), "the reason")
    assert "is unaffected" in own_served.said
    assert own_bakery.state.closed is None


def test_ctrl_c_in_its_terminal_ends_it(bakery: Repository) -> None:
    with Terminal([*COMMAND, "watch", "--web"], cwd=bakery.root) as terminal:
        terminal.wait_for("Ctrl-C stops it")
        terminal.press("\x03")
        assert terminal.wait_exit() == 0
        assert "is unaffected" in terminal.text
        assert "Traceback" not in terminal.text


async def test_nothing_outlives_a_server_that_is_killed(own_bakery: Repository, own_served: Served) -> None:
    async with own_served.look() as one:
        await one.shows("The oven is hot")
        screens = own_served.screens
        own_served.process.kill()
        own_served.process.wait()
        await asyncio.to_thread(psutil.wait_procs, screens, 5)
        assert not any(process.is_running() for process in screens)
    assert own_bakery.state.closed is None


async def test_the_token_is_in_no_process_and_in_no_file(bakery: Repository, served: Served) -> None:
    async with served.look() as one:
        await one.shows("The oven is hot")
        for process in (psutil.Process(served.process.pid), *served.screens):
            seen = " ".join(process.cmdline()) + " ".join(f"{a}={b}" for a, b in process.environ().items())
            assert served.token not in seen
    token = served.token.encode()
    for path in bakery.root.rglob("*"):
        assert not path.is_file() or token not in path.read_bytes(), path
    assert served.said.count(served.token) == 1


async def test_a_deploy_that_ends_meanwhile_is_still_to_be_seen(own_bakery: Repository, own_served: Served) -> None:
    async with own_served.look() as one:
        await one.shows("The oven is hot")
        await asyncio.to_thread(_ask, own_bakery, CloseDeploy(outcome="aborted", reason="enough bread"))
        await one.shows("aborted")
    await soon(lambda: not _engine_runs(own_bakery), "the end of the engine")
    async with own_served.look() as two:
        await two.shows("aborted")
    assert not _engine_runs(own_bakery)


def _ask(bakery: Repository, command: PublicCommand) -> None:
    """As somebody at a terminal would."""

    async def ask() -> None:
        client = await Session(bakery.layout, bakery.newest, "ann").connect()
        try:
            assert await client.ask(command) is None
        finally:
            await client.close()

    asyncio.run(ask())


def _engine_runs(bakery: Repository) -> bool:
    return any("cockpit.engine" in words for words in processes_below(bakery.root).values())


async def test_a_screen_starts_nothing_and_knows_no_secret(bakery: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://ann:s3cr3t@db/bakery")
    served = Served(bakery.root)
    try:
        async with served.look() as one:
            await one.shows("The oven is hot")
            (screen,) = served.screens
            assert "s3cr3t" not in str(screen.environ())
    finally:
        served.stop()


async def test_the_engine_is_waited_for_when_it_dies(own_bakery: Repository, own_served: Served) -> None:
    """Its watchdog brings it back, with the environment of whoever opened the deploy; a browser does not."""
    async with own_served.look() as one:
        await one.shows("The oven is hot")
        here = processes_below(own_bakery.root).items()
        (engine,) = (pid for pid, words in here if "-m cockpit.engine" in words and "watchdog" not in words)
        psutil.Process(engine).kill()
        await one.shows("engine restarting")
        await soon(lambda: "engine restarting" not in one.text, "the engine again")
        await asyncio.to_thread(_ask, own_bakery, AddNote(text="the flour is here"))
        await one.press("l")
        await one.shows("the flour is here")
        assert all(screen.children(recursive=True) == [] for screen in own_served.screens)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "8000"], "--host and --port require --web"),
        (["--host", "127.0.0.1"], "--host and --port require --web"),
        (["--web", "--headless"], "--web and --headless are mutually exclusive"),
        (["--web", "--port", "70000"], "70000 is not in the range"),
        (["--web"], "no deploy has been opened in"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, arguments: list[str], words: str) -> None:
    ran = run(["watch", *arguments], tmp_path)
    assert ran.returncode == 2
    assert words in ran.stderr
    assert "Traceback" not in ran.stderr


def test_where_it_cannot_listen_it_says_so(bakery: Repository) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = bakery.cockpit("watch", "--web", "--port", port)
    assert ran.returncode == 2
    assert f"cannot listen on --host 127.0.0.1 --port {port}: Address already in use" in ran.stderr
    ran = bakery.cockpit("watch", "--web", "--host", "no-such-host.invalid")
    assert ran.returncode == 2
    assert "cannot listen on --host no-such-host.invalid" in ran.stderr


def test_without_the_package_it_says_how_to_install_it(tmp_path: Path) -> None:
    code = "import sys; sys.modules['textual_serve'] = None; from cockpit.cli.main import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", code, "watch", "--web"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert ran.stderr == "cockpit: --web needs one more package: pip install 'deploy-cockpit[web]'\n"


async def test_beyond_this_machine_it_says_who_can_look_and_that_it_is_not_encrypted(bakery: Repository) -> None:
    served = Served(bakery.root, "--host", "0.0.0.0")
    try:
        assert "anyone with the URL" in served.said
        assert "not encrypted" in served.said
        port = served.place.rpartition(":")[2]
        local = f"http://127.0.0.1:{port}"
        async with ClientSession() as http:
            async with http.get(f"{local}/?token={served.token}") as answer:
                assert answer.status == 200
            async with http.get(f"{local}/?token={served.token}", headers={"Host": "evil.example"}) as answer:
                assert answer.status == 403
    finally:
        served.stop()


def test_on_loopback_it_says_so(served: Served) -> None:
    assert served.place.startswith("http://127.0.0.1:")
    assert "from this machine only" in served.said
    assert "not encrypted" not in served.said
    assert len(served.token) == 43


async def test_a_flood_of_nonsense_ends_one_browser_and_not_the_server(served: Served) -> None:
    async with served.look() as one, served.look() as two:
        await one.shows("The oven is hot")
        await two.shows("The oven is hot")
        for said in ("nonsense", "[]", '["resize", {"width": 1e9, "height": -1}]', json.dumps(["stdin", "?" * 1000])):
            await one.line.send_str(said)
        await one.line.send_str("x" * (1 << 20))
        await soon(lambda: one.reason is not None, "the end of the one that floods")
        await two.press("?")
        await two.shows("focus the checklist and steps")
    wait_for(lambda: served.screens == [], "the end of both")
