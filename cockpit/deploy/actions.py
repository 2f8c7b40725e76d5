"""Actions by name: what a person can do about something. The core never says by which key.

Its texts name an action as `⟦hold⟧`; a frontend puts there what it is reached by: the key that is bound to it, or a
command line. Pure.
"""

import re
from collections.abc import Callable

_NAMED = re.compile("⟦([a-z.-]+)⟧")


def expand(text: str, name: Callable[[str], str]) -> str:
    """The text with each `⟦action⟧` as `name` has it."""
    return _NAMED.sub(lambda found: name(found[1]), text) if "⟦" in text else text


def as_commands(text: str) -> str:
    """For places without keys: logs, notices, a shell. `⟦hold⟧` becomes `` `cockpit act hold` ``."""
    return expand(text, "`cockpit act {}`".format)


def named(text: str) -> list[str]:
    """The actions that the text names, in order."""
    return _NAMED.findall(text)
