"""Errors that a person can do something about: told in one line, with an exit status, never with a traceback.

The classes stand where their errors come from; whoever catches them need not load all that.
"""

DONE, FAILED, USAGE, ROLLED_BACK, REFUSED, LOCKED = range(6)
"""Exit statuses of the command line's contract."""

OF_OUTCOME = {"succeeded": DONE, "failed": FAILED, "aborted": FAILED, "rolled back": ROLLED_BACK}


class CockpitError(Exception):
    """Cannot go on; the text says why, and what to do. `status` is the exit status."""

    status = FAILED

    def __init__(self, text: str, status: int | None = None) -> None:
        if status is not None:
            self.status = status
        super().__init__(text)


class NoTeam(CockpitError):
    """There is no team's journal to ask."""
