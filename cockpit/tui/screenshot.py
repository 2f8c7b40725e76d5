"""The screen of a deploy as SVG, without a terminal."""

import asyncio
from pathlib import Path

from cockpit.client.session import Session
from cockpit.deploy.state import State
from cockpit.paths import Layout
from cockpit.text.sanitize import xml
from cockpit.tui.app import CockpitApp

POLLS = 5
"""The log view reads a little at a time; a picture needs its end."""


def picture(state: State, folder: Path, size: tuple[int, int] = (140, 40)) -> str:
    """SVG of the screen as it stood at the state's last event."""
    session = Session(Layout(folder.parents[2]), folder.name, "")
    app = CockpitApp(session, clock=lambda: state.at, read_only=True, state=state)

    async def shoot() -> str:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            app.do("next")
            await pilot.pause()
            for _ in range(POLLS):
                app.refresh_view()
                app.drawing.poll_log()
                await pilot.pause()
            return xml(app.export_screenshot(title=folder.name))

    return asyncio.run(shoot())
