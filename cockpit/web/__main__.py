"""The app process of one browser: `python -m cockpit.web ROOT DEPLOY [--ascii]`, with packets on its pipes."""

import asyncio
import sys
from pathlib import Path

from cockpit.client.session import Session
from cockpit.paths import Layout
from cockpit.tui.app import until_left
from cockpit.web.app import BrowserApp


def main(arguments: list[str]) -> None:
    root, deploy, *flags = arguments
    session = Session(Layout(Path(root)), deploy, "")
    asyncio.run(until_left(BrowserApp(session, ascii_only="--ascii" in flags)))


if __name__ == "__main__":
    main(sys.argv[1:])
