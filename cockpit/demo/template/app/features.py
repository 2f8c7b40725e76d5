"""Feature flags: what share of the customers gets a feature, read from `flags.json` beside the releases at every
request. Setting it off takes effect with the next request; nothing is restarted."""

import json
import threading
from pathlib import Path

FLAG = "free_delivery"


def bucket(customer: str) -> int:
    """0 to 99, always the same for a customer: FNV-1a modulo 100. Whoever has the feature keeps it when the share
    grows."""
    value = 0x811C9DC5
    for byte in customer.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value % 100


class Features:
    """`fails_from`: percentage from which on the feature fails at first: its cache is too small for so many customers,
    and is larger by the time somebody has gone back from there. 0: never."""

    def __init__(self, file: Path, fails_from: float = 0.0) -> None:
        self._file = file
        self._fails_from = fails_from
        self._lock = threading.Lock()
        self._overrun = False
        self._grown = not fails_from

    def percentage(self) -> float:
        """0 where there is no file, or nobody can read it: a feature that is not known to be on is off."""
        try:
            value = float(json.loads(self._file.read_text())[FLAG])
        except (OSError, ValueError, KeyError, TypeError):
            value = 0.0
        with self._lock:
            if self._fails_from and value >= self._fails_from:
                self._overrun = True
            elif self._overrun:
                self._grown = True
        return value

    def free_delivery(self, customer: str) -> bool:
        """Whether the customer's delivery is free. Raises ValueError while the cache is overrun."""
        percentage = self.percentage()
        if not customer or bucket(customer) >= percentage:
            return False
        if self._overrun and not self._grown:
            raise ValueError("delivery prices: the cache is full")
        return True
