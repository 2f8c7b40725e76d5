"""From what a far side, a file or a program says to the percentage of a flag."""

import math

from cockpit.deploy.rollout.plan import Form
from cockpit.flags.base import FlagError, Seen
from cockpit.text.masking import outside

_ON = frozenset({"true", "on", "yes", "enabled"})
_OFF = frozenset({"false", "off", "no", "disabled"})


def seen(value: object, form: Form, where: str) -> Seen:
    """`25`, `"25"`, `"25 %"`, true, `"off"` -> percent; of a switch 1 is on. Raises FlagError for anything else."""
    if isinstance(value, bool):
        return Seen(100.0 if value else 0.0, "true" if value else "false")
    if isinstance(value, int | float):
        return _number(float(value), form, where)
    if isinstance(value, str):
        text = value.strip().lower()
        if text in _ON | _OFF:
            return Seen(100.0 if text in _ON else 0.0, text)
        try:
            return _number(float(text.removesuffix("%").strip()), form, where)
        except ValueError:
            pass
    said = outside(str(value), limit=40) or "nothing"
    raise FlagError(f"{where} reads {said!r}, which is neither a percentage nor on or off")


def _number(value: float, form: Form, where: str) -> Seen:
    if not math.isfinite(value) or not 0 <= value <= 100:
        raise FlagError(f"{where} reads {value:g}, which is not a percentage")
    if form == "switch":
        return Seen(100.0 if value else 0.0, f"{value:g}")
    return Seen(value, f"{value:g}")
