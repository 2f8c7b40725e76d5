"""`bin/smoke URL`: the pages that customers use, and what must be on them."""

import sys
import time
import urllib.error
import urllib.request

from .console import bad, good, pace, say

EXPECTED = (
    ("/", "orders,"),
    ("/orders", "Customer"),
    ("/delivery", "Arrives"),
    ("/health", '"status": "ok"'),
    ("/metrics", "http_requests_total"),
)


def main() -> int:
    """0 all there, 1 something is not (the first failure ends it), 2 wrong use."""
    if len(sys.argv) != 2 or not sys.argv[1].startswith(("http://", "https://")):
        bad("usage: bin/smoke <url>")
        return 2
    for path, text in EXPECTED:
        say(f"GET {path}")
        problem = _problem(sys.argv[1].rstrip("/") + path, text)
        if problem:
            bad(f"{path}: {problem}")
            return 1
        pace(0.3)
    good(f"{len(EXPECTED)} pages as expected")
    return 0


def _problem(url: str, text: str) -> str:
    """What is wrong with the page, empty if nothing."""
    started = time.perf_counter()
    try:
        with urllib.request.urlopen(url, timeout=15) as answer:  # noqa: S310  (a person's argument, http only)
            body = answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return f"status {error.code}, expected 200"
    except OSError as error:
        return f"no answer: {error}"
    if text not in body:
        return f"{text!r} is not on the page"
    good(f"{url.rsplit('/', 1)[-1] or 'front page'} in {(time.perf_counter() - started) * 1000:.0f} ms")
    return ""


if __name__ == "__main__":
    sys.exit(main())
