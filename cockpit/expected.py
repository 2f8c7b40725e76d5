"""Errors that a person can do something about: told in one line, with an exit status, never with a traceback.

The classes stand where their errors come from; whoever catches them need not load all that.
"""

USAGE = 2


class Expected(Exception):
    """Cannot go on; the text says why, and what to do. `status` is the exit status."""

    status = 1


class NoTeam(Expected):
    """There is no team's journal to ask."""
