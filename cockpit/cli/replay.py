"""`cockpit replay`: a past deploy on the screen, with a time of its own."""

import math
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cockpit.client.session import Session, find
from cockpit.deploy.events import Event
from cockpit.deploy.metrics.judge import seconds_words
from cockpit.errors import EXPECTED, USAGE, CockpitError, refused, said
from cockpit.history.reading import events_of
from cockpit.launch import has_terminal, is_unicode
from cockpit.paths import Layout, find_root
from cockpit.text.times import parse_moment


def start_replay(deploy: str | None, *, speed: float, at: str | None, ascii_only: bool) -> int:
    """`cockpit replay`: the screen of a deploy from its journal alone."""
    if not has_terminal():
        return said("replay needs a terminal; without one use `cockpit export`", USAGE)
    if not (math.isfinite(speed) and speed > 0):
        return said(f"--speed {speed:g}: use a number above 0; 4 is four times real time", USAGE)
    try:
        layout = Layout(find_root(Path.cwd()))
        session = Session(layout, find(layout, deploy).id, "")
        events = events_of(layout, session.deploy_id)
        if not events:
            raise CockpitError(f"{layout.journal}: nothing recorded for {session.deploy_id}")
        begin = _moment(at, events) if at is not None else None
    except EXPECTED as error:
        return refused(error)
    from cockpit.replay.app import run_replay

    ascii_only = ascii_only or not is_unicode()
    return run_replay(session, events, begin=begin, speed=speed, ascii_only=ascii_only)


def _moment(text: str, events: Sequence[Event]) -> float:
    """Unix time of `--at`. Raises ValueError where it is none, or the deploy was not under way then."""
    start, end = events[0].at, max(event.at for event in events)
    at = parse_moment(text, start)
    if not start <= at <= end:
        first, last = (datetime.fromtimestamp(one).astimezone() for one in (start, end))
        raise ValueError(
            f"--at {text}: the recording covers {first:%Y-%m-%dT%H:%M:%S%z} to {last:%Y-%m-%dT%H:%M:%S%z}, "
            f"{seconds_words(end - start)}"
        )
    return at
