"""Which piece of which run's log is to be sent next."""

from cockpit.deploy.events import StepStarted
from cockpit.team.base import Facts
from cockpit.team.output import PIECE, Piece, next_piece

OUTPUT_SECONDS = 0.25
"""Output goes at most four times a second and step."""


class Logs:
    """Remembers how far each log is sent, and when it was looked at last."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._seen = 0
        self._tasks: dict[str, tuple[str, int]] = {}
        """By run folder: its task and attempt."""
        self._bytes: dict[str, int] = {}
        self._looked: dict[str, float] = {}
        self._ended: set[str] = set()

    def have(self, sizes: dict[str, int]) -> None:
        """The far side's word on how much it has."""
        self._bytes = dict(sizes)
        self._ended.clear()

    def sent(self, directory: str, piece: Piece) -> None:
        self._bytes[directory] = piece.start + len(piece.data)

    def next(self, now: float, share: float, *, all_of_it: bool) -> tuple[str, Piece] | None:
        """A run's folder and its next piece; None where nothing is due. `now`: monotonic; `share`: of the largest
        piece."""
        self._learn()
        for directory in self._tasks:
            if directory in self._ended:
                continue
            if not all_of_it and now - self._looked.get(directory, float("-inf")) < OUTPUT_SECONDS:
                continue
            self._looked[directory] = now
            runs = self._runs(directory)
            start, most = self._bytes.get(directory, 0), int(PIECE * share)
            piece = next_piece(self._facts.folder / directory, start, most, self._facts.clock())
            if piece is not None:
                return directory, piece
            if not runs:
                self._ended.add(directory)
        return None

    def _learn(self) -> None:
        events = self._facts.events()
        for event in events[self._seen :]:
            if isinstance(event.body, StepStarted) and event.body.directory:
                self._tasks[event.body.directory] = (event.body.task, event.body.attempt)
        self._seen = len(events)

    def _runs(self, directory: str) -> bool:
        task, attempt = self._tasks[directory]
        have = self._facts.state().of(task)
        return have.attempt == attempt and have.status == "running"
