"""Nothing that a screen reads of the world may end it: files vanish, links lead nowhere, a share does not answer.

`asked` is the way for what is read within a key's answer; `install` holds what nobody thought of, for every widget, in
the places where Textual calls it. A widget with a `went_wrong` of its own, as a dialog, says it in its own place.
"""

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from rich.segment import Segment
from textual.geometry import Region
from textual.message import Message
from textual.message_pump import MessagePump
from textual.strip import Strip
from textual.widget import Widget

ASK_SECONDS = 2.0
"""How long a key's answer waits for the world."""

Answer = TypeVar("Answer")


class _Asking(threading.Thread, Generic[Answer]):
    def __init__(self, read: Callable[[], Answer]) -> None:
        super().__init__(daemon=True)  # what hangs must not keep the process
        self._read = read
        self.answer: Answer | None = None
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.answer = self._read()
        except Exception as error:
            self.error = error


def asked(read: Callable[[], Answer], otherwise: Answer, seconds: float = ASK_SECONDS) -> tuple[Answer, str]:
    """What `read` gives, and no words; or `otherwise`, and why. Never raises, never waits longer than `seconds`."""
    asking = _Asking(read)
    asking.start()
    asking.join(seconds)
    if asking.is_alive():
        return otherwise, f"no answer within {seconds:g} s"
    if asking.error is not None:
        return otherwise, in_words(asking.error)
    return asking.answer, ""  # type: ignore[return-value]


def in_words(error: BaseException) -> str:
    """Of an error that nobody foresaw: what the system said, without values that may be secrets."""
    kind = type(error).__name__
    inner = error.__cause__ if kind == "CallbackError" and error.__cause__ else error
    inner = getattr(error, "error", error) if kind == "WorkerFailed" else inner
    if isinstance(inner, OSError) and inner.strerror:
        name = f"{inner.filename}: " if isinstance(inner.filename, str) else ""
        return plain(f"{name}{inner.strerror}")
    return plain(f"{type(inner).__name__}: {inner}" if str(inner) else type(inner).__name__)


def plain(text: str) -> str:
    """One line that can be drawn, whatever the name of a file is."""
    drawn = "".join(sign if sign.isprintable() and not "\ud800" <= sign <= "\udfff" else "?" for sign in text)
    return drawn[:200]


def _say(pump: MessagePump, error: Exception) -> None:
    """Where the eye is: in the dialog, else on the app's screen. Raises the error where neither has words for it."""
    said = getattr(pump, "went_wrong", None) or getattr(pump.app, "went_wrong", None)
    if said is None:
        raise error
    said(error)


_call_next = MessagePump.call_next


def _called_next(pump: MessagePump, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Textual's own, for the answers of dialogs too."""

    async def held() -> None:
        from textual._callback import invoke  # as Textual itself: callbacks may be coroutines

        try:
            await invoke(callback, *args, **kwargs)
        except Exception as error:
            _say(pump, error)

    _call_next(pump, held)


_dispatch = MessagePump._dispatch_message
_render_lines = Widget.render_lines


async def _dispatched(pump: MessagePump, message: Message) -> None:
    """Textual ends a widget whose callback raises, and the screen with it."""
    try:
        await _dispatch(pump, message)
    except Exception as error:
        _say(pump, error)


def _drawn(widget: Widget, crop: Region) -> list[Strip]:
    """One widget that cannot be drawn would leave the whole screen undrawn."""
    try:
        return _render_lines(widget, crop)
    except Exception as error:
        if not hasattr(widget.app, "went_wrong"):
            raise
        rows = [f"cannot draw this: {in_words(error)}", *[""] * crop.height][: crop.height]
        return [Strip([Segment(text)]).adjust_cell_length(crop.width) for text in rows]


def install() -> None:
    """From here on no widget of an app that has words for it (`went_wrong`) ends the app by what it raises. Timers and
    workers come to the app's own `_handle_exception`."""
    MessagePump.call_next = _called_next  # type: ignore[method-assign, assignment]
    MessagePump._dispatch_message = _dispatched  # type: ignore[method-assign, assignment]
    Widget.render_lines = _drawn  # type: ignore[method-assign, assignment]
