"""What the line below the panes says, and what `--yes` would do."""

from msgspec import Struct

from cockpit.deploy import commands as c


class Recommendation(Struct, frozen=True):
    """`key`: its name as Textual has it; `command`: what `--yes` would send, None where a person decides."""

    words: str
    key: str = ""
    task: str = ""
    command: c.Command | None = None
    urgent: bool = False
    waits: bool = False
    """It comes by itself at its time: nobody need do anything."""
