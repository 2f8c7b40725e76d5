"""Commands that stand in a sentence or a table: `git pull` in the text, where no fence makes a script of them."""

import re

from cockpit.runbook.promotion import is_program, program_of

_SPAN = re.compile(r"(?<!`)`([^`\n]{4,400})`(?!`)")


def commands_in(text: str) -> tuple[str, ...]:
    """The code spans of `text` that begin with a known program and say more than its name."""
    found = (one.strip() for one in _SPAN.findall(text)) if "`" in text else ()
    return tuple(one for one in found if " " in one and is_program(program_of(one.removeprefix("sudo "))))
