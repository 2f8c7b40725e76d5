"""Dialogs. Each answers with what the person wants, or None; none of them acts.

`dialogs.Ask` and the others are loaded when the first of them opens: the start does not pay for what nobody looks at.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from widgets.dialogs.ask import Ask, Choose, Show
    from widgets.dialogs.chart import ChartDialog
    from widgets.dialogs.docs import Docs
    from widgets.dialogs.move_time import MoveTimeDialog
    from widgets.dialogs.notice import Choice, NoticeDialog, Written
    from widgets.dialogs.rollback import RollbackDialog

__all__ = [
    "Ask",
    "ChartDialog",
    "Choice",
    "Choose",
    "Docs",
    "MoveTimeDialog",
    "NoticeDialog",
    "RollbackDialog",
    "Show",
    "Written",
]
_IN = {
    "ask": ("Ask", "Choose", "Show"),
    "chart": ("ChartDialog",),
    "docs": ("Docs",),
    "move_time": ("MoveTimeDialog",),
    "notice": ("Choice", "NoticeDialog", "Written"),
    "rollback": ("RollbackDialog",),
}


def __getattr__(name: str) -> Any:
    for module, names in _IN.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
