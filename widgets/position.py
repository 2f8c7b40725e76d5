"""Where a replay is, as the status bar says it."""

from typing import NamedTuple

from styles.roles import PAUSED, PLAYING
from widgets.rows import Piece
from widgets.words import timer


class Position(NamedTuple):
    """A moment of a replay."""

    at: float
    """Seconds from its start."""
    length: float
    """Seconds in all."""
    speed: float
    """Replayed seconds per second."""
    playing: bool
    ended: bool

    def pieces(self, *, ascii_only: bool) -> list[Piece]:
        """`▶ replay x4  00:12:31 / 01:40:02`"""
        role = PLAYING if self.playing else PAUSED
        word = f"x{self.speed:g}" if self.playing else "at its end" if self.ended else "paused"
        return [
            (f"{role.mark(ascii_only)} replay {word}  ", role.colour),
            (f"{timer(self.at)} / {timer(self.length)}  ", "bold"),
        ]
