"""Log lines as the shell scripts print them."""

import os
import sys
import time

_PLAIN = bool(os.environ.get("NO_COLOR"))
_PACE = float(os.environ.get("SHOP_PACE", "1"))


def say(text: str) -> None:
    """A line with the time in UTC, visible at once also through a pipe."""
    clock = time.strftime("%H:%M:%S", time.gmtime())
    sys.stdout.write(f"{_paint('2', clock)} {text}\n")
    sys.stdout.flush()


def good(text: str) -> None:
    """Something worked."""
    say(f"{_paint('32', 'ok')}    {text}")


def bad(text: str) -> None:
    """Something did not."""
    say(f"{_paint('31', 'fail')}  {text}")


def bar(done: int, total: int, what: str) -> None:
    """A line of progress: drawn over itself on a terminal, one line per call elsewhere."""
    width = 24
    filled = width * done // total
    end = "\r" if sys.stdout.isatty() and done < total else "\n"
    sys.stdout.write(f"         [{'#' * filled}{'.' * (width - filled)}] {what}{end}")
    sys.stdout.flush()


def pace(seconds: float) -> None:
    """A pause for those who watch; SHOP_PACE=0 leaves it out."""
    time.sleep(seconds * _PACE)


def _paint(code: str, text: str) -> str:
    return text if _PLAIN else f"\033[{code}m{text}\033[0m"
