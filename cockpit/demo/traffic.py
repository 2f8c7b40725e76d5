"""Customers: a steady stream of requests that goes on whatever the shop answers."""

import http.client
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

PER_SECOND = 40
TIMEOUT_SECONDS = 8.0

_THREADS = 48
_PATHS = ("/", "/orders")
_CUSTOMERS = 5000


class Traffic:
    """Open-loop: a slow shop gets the same number of requests, as it would from people.

    `counts()` has `sent`, one entry per status ("200"), `lost` (no answer at all) and `skipped` (every thread was
    waiting already).
    """

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._waiting = 0
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="customer")
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin in the background."""
        self._thread.start()

    def stop(self) -> None:
        """No further requests; those under way are not waited for."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def counts(self) -> dict[str, int]:
        """What happened so far."""
        with self._lock:
            return dict(self._counts)

    def _run(self) -> None:
        due, choice = time.monotonic(), random.Random(7)  # noqa: S311  (customers, not keys)
        while True:
            due = max(due + 1 / PER_SECOND, time.monotonic() - 1)  # after a stall: no burst
            if self._stop.wait(max(0.0, due - time.monotonic())):
                return
            with self._lock:
                room = self._waiting < _THREADS
                self._counts["sent" if room else "skipped"] += 1
                self._waiting += room
            if room:
                self._pool.submit(
                    self._request,
                    f"{choice.choice(_PATHS)}?region=EU-{choice.randrange(9)}&customer={choice.randrange(_CUSTOMERS)}",
                )

    def _request(self, path: str) -> None:
        connection = http.client.HTTPConnection(*self._address, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("GET", path, headers={"User-Agent": "customer"})
            answer = connection.getresponse()
            answer.read()
            outcome = str(answer.status)
        except (OSError, http.client.HTTPException):
            outcome = "lost"
        finally:
            connection.close()
        with self._lock:
            self._counts[outcome] += 1
            self._waiting -= 1
