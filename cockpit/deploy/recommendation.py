"""What the line below the panes says, and what `--yes` would do."""

from msgspec import Struct

from cockpit.deploy import commands as c
from cockpit.deploy.actions import as_commands


class Recommendation(Struct, frozen=True):
    """`words` may name actions (`actions.py`); `action`: the one that is next; `command`: what `--yes` would send, None
    where a person decides."""

    words: str
    action: str = ""
    task: str = ""
    command: c.Command | None = None
    urgent: bool = False
    waits: bool = False
    """It comes by itself at its time: nobody need do anything."""

    @property
    def in_commands(self) -> str:
        """The words for a place without keys."""
        return as_commands(self.words)
