"""Errors that a person can do something about: told in one line, with an exit status, never with a traceback.

The classes stand where their errors come from; whoever catches them need not load all that.
"""

import sys

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


EXPECTED = (CockpitError, ValueError)
"""What ends a command with one line; a ValueError is a usage error."""


def refused(error: Exception) -> int:
    """Print an expected error; gives its exit status."""
    status = error.status if isinstance(error, CockpitError) else USAGE if isinstance(error, ValueError) else FAILED
    return said(str(error), status)


def said(text: str, status: int) -> int:
    """Print `cockpit: TEXT` for a person; gives the exit status."""
    sys.stderr.write(f"cockpit: {text}\n")
    return status
