"""Who asks over the socket is a name that a person gave, and never the cockpit's own."""

import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from cockpit.cli.main import cli
from cockpit.deploy import commands as c
from cockpit.engine.config.environment import Environment
from cockpit.engine.core import Engine
from cockpit.engine.ipc.client import SocketClient
from cockpit.engine.ipc.server import Server
from cockpit.journal.sqlite import Journal
from cockpit.paths import Layout
from tests.builders import plan, step
from tests.past import keep, shipped

NAMES = [
    ("ann", "ann"),
    ("cockpit", "somebody"),
    (" Cockpit ", "somebody"),
    ("", "somebody"),
    ("\x1b[31mE\nve", "E ve"),
]


@pytest.mark.parametrize(("given", "taken"), NAMES, ids=["plain", "cockpit", "cockpit too", "empty", "escapes"])
async def test_a_face_speaks_for_a_person(tmp_path: Path, given: str, taken: str) -> None:
    layout = Layout(tmp_path)
    layout.make()
    engine = Engine(Journal(layout.journal), layout, "d1", lambda _: Environment({}), time.time)
    await engine.load()
    assert await engine.handle(c.OpenDeploy(plan=plan(step("ship", second_person=True))), "ann") is None
    server = Server(engine, tmp_path / "socket")
    await server.start()
    try:
        client = await SocketClient.connect(tmp_path / "socket", given)
        assert await client.ask(c.AddNote(text="here")) is None
        refusal = await client.ask(c.ConfirmTask(task="ship", attempt=1))
        assert (refusal is not None) == (taken == "somebody")
        await client.close()
    finally:
        await server.stop()
        await engine.close()
    assert [note.by for note in engine.state.notes] == [taken]


@pytest.mark.parametrize("name", ["cockpit", " ", "somebody"])
def test_as_wants_a_persons_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    keep(tmp_path, d1=shipped(plan(step("ship")), 1000.0, {}, outcome=None))
    (tmp_path / "cockpit.toml").touch()
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["attach", "d1", "--headless", "--as", name])
    assert done.exit_code == 2
    assert "not a person's name" in done.output
