"""Keys as they are pressed, and lines where something is asked for, on a terminal that is not drawn on."""

import asyncio
import contextlib
import os
import sys
import termios
import tty
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

DEAF_SECONDS = 0.3
"""After a question is asked: what was pressed before it was read is no answer."""
ENTER, ESCAPE, BACK = "\r\n", "\x1b", "\x7f\b"


class Keyboard:
    """One reader at a time: `keys` gives what is pressed, `ask` takes over while a line is typed."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._typed: asyncio.Queue[str] = asyncio.Queue()
        self.asking = False
        """A line is being typed."""

    @contextmanager
    def open(self) -> Iterator["Keyboard"]:
        """Keys come one by one, not echoed; the terminal is as before afterwards."""
        before = termios.tcgetattr(self._fd)
        loop = asyncio.get_running_loop()
        tty.setcbreak(self._fd, termios.TCSADRAIN)
        loop.add_reader(self._fd, self._read)
        try:
            yield self
        finally:
            loop.remove_reader(self._fd)
            termios.tcsetattr(self._fd, termios.TCSADRAIN, before)

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            for letter in os.read(self._fd, 256).decode("utf-8", "ignore"):
                self._typed.put_nowait(letter)

    async def keys(self) -> AsyncIterator[str]:
        while True:
            yield await self._typed.get()

    async def ask(self, question: str) -> str:
        """The line that is typed, without blanks around it; empty where the person went back with escape."""
        self._say(question)
        self.asking = True
        try:
            await asyncio.sleep(DEAF_SECONDS)
            while not self._typed.empty():
                self._typed.get_nowait()
            return await self._line()
        finally:
            self.asking = False

    async def _line(self) -> str:
        line = ""
        while True:
            letter = await self._typed.get()
            if letter in ENTER or letter == ESCAPE:
                self._say("\n")
                return line.strip() if letter in ENTER else ""
            if letter in BACK:
                line, back = line[:-1], "\b \b" if line else ""
                self._say(back)
            elif letter.isprintable():
                line += letter
                self._say(letter)

    @staticmethod
    def _say(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()
