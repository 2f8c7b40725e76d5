"""Starting an engine as a process of its own, from a face's side."""

import subprocess
import sys
from collections.abc import Mapping

from cockpit.engine.ipc.wire import FAILED, LOCKED, READY
from cockpit.engine.process import watchdog
from cockpit.external.interpreter import own_module
from cockpit.paths import Layout


class EngineError(Exception):
    """The engine did not start; the text says why. `holder` is the deploy that holds the environment, if one does."""

    def __init__(self, text: str, *, holder: str = "") -> None:
        self.holder = holder
        super().__init__(text)


def spawn_engine(
    layout: Layout, deploy_id: str, environment: str, by: str, env: Mapping[str, str] | None = None
) -> None:
    """Start a detached engine and wait until it serves its socket. Raises EngineError, LayoutError."""
    layout.check()
    folder = layout.deploy(deploy_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = [*own_module("cockpit.engine"), str(layout.root), deploy_id, environment, by]
    argv = [sys.executable, "-I", "-S", watchdog.__file__, str(folder), *engine]
    with (folder / "engine.log").open("ab") as log:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            cwd=layout.root,
            env=dict(env) if env is not None else None,
        )
    assert process.stdout is not None
    with process.stdout:
        said = process.stdout.readline().decode(errors="replace").strip()
    if said == READY:
        return
    if said.startswith(LOCKED):
        holder, _, text = said.removeprefix(LOCKED).partition(" ")
        raise EngineError(text, holder=holder)
    last = (folder / "engine.log").read_text(errors="replace").strip().splitlines()[-1:]
    raise EngineError(said.removeprefix(FAILED) or (last[0] if last else "it exited without output"))
