"""One measurement, as a source gives it. The core knows no source; sources know this."""

from msgspec import Struct


class Reading(Struct, frozen=True):
    """One measurement of one metric.

    `value` None with `error` empty means *no data* (never healthy). `at` is the Unix time of the sample itself, not of
    the question. Units: ratio metrics in percent (0..100), durations in seconds, counts as they are.
    """

    metric: str
    at: float
    value: float | None = None
    error: str = ""
    window_seconds: float | None = None
    samples: int | None = None
    """How many observations stand behind the value (requests, for instance), where that is known."""
    detail: str = ""
    """Words for the screen: `200 in 31 ms`, `61 of 97 connections`."""
