"""What stands in the place of a script in a dry run: it is printed, and read by its interpreter without running."""

from collections.abc import Sequence
from dataclasses import replace

from cockpit.runner import files
from cockpit.runner.spawn import Order

_PRINT = """\
printf '%s\\n' 'DRY RUN: nothing is executed. It would run:' ''
printf '%s\\n' "$(<"$1")"
"""
_READ = """\
printf '%s\\n' '' 'DRY RUN: bash reads it without running it (bash -n).'
"$BASH" --norc --noprofile -p -n -- "$1"
"""
_UNREAD = """\
printf '%s\\n' '' "DRY RUN: its syntax was not checked; only bash scripts are."
"""
_UNSET = """\
shift
for name; do printf '%s\\n' "DRY RUN: \\$$name is not set here; an earlier step may set it."; done
"""


def only_read(order: Order, interpreter: str, unset: Sequence[str]) -> Order:
    """The same run without the script's own program. `unset`: variables that it uses and nobody has set."""
    text = "".join((_PRINT, _READ if interpreter == "bash" else _UNREAD, "status=$?\n", _UNSET, "exit $status\n"))
    # -p: whatever the environment holds, no function of it and no file that BASH_ENV names is run on the way.
    argv = ("bash", "--norc", "--noprofile", "-p", "-c", text, "dry-run", str(order.directory / files.SCRIPT), *unset)
    return replace(order, argv=argv, terminal_socket="")
