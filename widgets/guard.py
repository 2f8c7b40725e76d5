"""Nothing that a screen reads of the world may end it: files vanish, links lead nowhere, a share does not answer.

`asked` is the way for what is read within a key's answer; `Guarded` holds what nobody thought of.
"""

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from textual.message import Message
from textual.message_pump import MessagePump

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
    inner = error.__cause__ if type(error).__name__ == "CallbackError" and error.__cause__ else error
    if isinstance(inner, OSError) and inner.strerror:
        name = f"{inner.filename}: " if isinstance(inner.filename, str) else ""
        return plain(f"{name}{inner.strerror}")
    return plain(f"{type(inner).__name__}: {inner}" if str(inner) else type(inner).__name__)


def plain(text: str) -> str:
    """One line that can be drawn, whatever the name of a file is."""
    drawn = "".join(sign if sign.isprintable() and not "\ud800" <= sign <= "\udfff" else "?" for sign in text)
    return drawn[:200]


class Guarded(MessagePump):
    """Mixed into whatever answers keys and reads something: an exception of a callback becomes words."""

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            self.went_wrong(error)

    def call_next(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Textual's own, for the answers of dialogs too."""
        super().call_next(self._held, callback, *args, **kwargs)

    async def _held(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        from textual._callback import invoke  # as Textual itself: callbacks may be coroutines

        try:
            await invoke(callback, *args, **kwargs)
        except Exception as error:
            self.went_wrong(error)

    def went_wrong(self, error: Exception) -> None:
        """Say it where the eye is; by default the app does."""
        said = getattr(self.app, "went_wrong", None)
        if said is None:
            raise error
        said(error)
