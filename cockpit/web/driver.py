"""Textual's driver for the web, for a process that must never outlive its server."""

import os

from textual.drivers.web_driver import WebDriver

SERVER_GONE = 0


class BrowserDriver(WebDriver):
    """Ends the process at once when the far side is gone, however it went (`kill -9` too). It owns nothing and has no
    terminal to put back; Textual's own goes on without input."""

    def run_input_thread(self) -> None:
        super().run_input_thread()
        if not self.exit_event.is_set():
            os._exit(SERVER_GONE)

    def write(self, data: str) -> None:
        try:
            super().write(data)
        except BrokenPipeError:
            os._exit(SERVER_GONE)

    def write_meta(self, data: dict[str, object]) -> None:
        try:
            super().write_meta(data)
        except BrokenPipeError:
            os._exit(SERVER_GONE)
