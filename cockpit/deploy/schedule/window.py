"""May one deploy now, why (not), until when, when next. Pure: the zone and the dates come in as data.

The order in which rules decide, at any one moment:

1. a `deny` rule holds: closed;
2. there are `allow` rules, and no `allow` and no `best` rule holds: closed (an `avoid` opens nothing);
3. an `avoid` rule holds: avoid;
4. a `best` rule holds: best;
5. else: allowed.

A rule holds while the clock on the wall of its zone shows a time in [start, end). So an hour that the clock skips is in
no rule, and an hour that it shows twice is in the rule twice. Only cron lasts in real time: it begins at the first of
two equal times, and where its time is skipped, at the moment of the jump.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from math import ceil, floor
from typing import Literal

from msgspec import Struct

from cockpit.deploy.schedule.window_rules import CronFor, Rule, Span, When, days_of, midnight

Verdict = Literal["best", "allowed", "avoid", "closed"]
RANK: dict[Verdict, int] = {"best": 0, "allowed": 1, "avoid": 2, "closed": 3}
"""From good to bad."""
SEARCH_SECONDS = 60 * 86_400
"""How far ahead the next good time is looked for."""
_PROBE = 6 * 3600
"""No zone has two changes of its clock in so short a time."""


class Schedule(Struct, frozen=True, kw_only=True):
    zone: tzinfo
    rules: tuple[Rule, ...] = ()


class Stretch(Struct, frozen=True):
    """[start, end) in Unix time, with one verdict and its reasons."""

    start: float
    end: float
    verdict: Verdict
    reasons: tuple[str, ...] = ()


class Answer(Struct, frozen=True, kw_only=True):
    """What is said of one moment. Unix times."""

    verdict: Verdict
    reasons: tuple[str, ...]
    closes_at: float | None = None
    """The first moment later on that is worse; None where it is closed already, or stays as good."""
    next_best: float | None = None
    """When the next best time begins, after the present one; where none does, the next allowed one."""
    next_open: float | None = None
    """When it is next allowed or best, where it is neither now."""


class _Piece(Struct, frozen=True):
    """Unix seconds [start, end) in which the clock on the wall is `offset` seconds ahead."""

    start: int
    end: int
    offset: int


def answer(schedule: Schedule, at: float) -> Answer:
    """The verdict on a Unix time. Raises OverflowError outside the calendar."""
    return look(stretches(schedule, at, at + SEARCH_SECONDS), at)


def look(known: Sequence[Stretch], at: float) -> Answer:
    """The verdict from stretches that touch each other, of which one holds `at`. Raises ValueError where none does."""
    here = next((one for one in known if one.start <= at < one.end), None)
    if here is None:
        raise ValueError("that time is not covered")
    rank = RANK[here.verdict]
    later = known[known.index(here) + 1 :]
    closes = next((one.start for one in later if RANK[one.verdict] > rank), None)
    nearest = next((one.start for one in later if RANK[one.verdict] <= RANK["allowed"]), None)
    best = _next(here, later, "best")
    return Answer(
        verdict=here.verdict,
        reasons=here.reasons,
        closes_at=closes,
        next_best=best if best is not None else _next(here, later, "allowed"),
        next_open=nearest if rank > RANK["allowed"] else None,
    )


def _next(here: Stretch, later: Iterable[Stretch], wanted: Verdict) -> float | None:
    """When that verdict next begins; its stretches may differ in their reasons."""
    before = here.verdict
    for one in later:
        if one.verdict == wanted != before:
            return one.start
        before = one.verdict
    return None


def stretches(schedule: Schedule, start: float, end: float) -> tuple[Stretch, ...]:
    """[start, end) without a hole, cut where the verdict or its reasons change."""
    reach = max((rule.when.seconds for rule in schedule.rules if isinstance(rule.when, CronFor)), default=0)
    # A day more: where cron's time is skipped, what began it lies before the jump.
    pieces = _pieces(schedule.zone, floor(start) - reach - 86_400, ceil(end))
    marks: dict[float, list[int]] = {start: []}
    for number, rule in enumerate(schedule.rules):
        for first, last in _merged(_spans(rule.when, pieces)):
            first_, last_ = max(float(first), start), min(float(last), end)
            if first_ < last_:
                marks.setdefault(first_, []).append(number)
                marks.setdefault(last_, []).append(number)
    found: list[Stretch] = []
    holding: set[int] = set()
    times = sorted(marks)
    for at, until in zip(times, [*times[1:], end], strict=True):
        # A merged rule is either on or off: every mark turns it round.
        holding.symmetric_difference_update(marks[at])
        if at >= until:
            continue
        verdict, reasons = _decide(schedule.rules, sorted(holding))
        if found and (found[-1].verdict, found[-1].reasons) == (verdict, reasons):
            found[-1] = Stretch(found[-1].start, until, verdict, reasons)
        else:
            found.append(Stretch(at, until, verdict, reasons))
    return tuple(found)


def _decide(rules: Sequence[Rule], holding: Sequence[int]) -> tuple[Verdict, tuple[str, ...]]:
    """The order of the rules, as the top of this file has it."""
    said: dict[str, tuple[str, ...]] = {
        kind: tuple(rules[number].words for number in holding if rules[number].kind == kind)
        for kind in ("deny", "avoid", "best", "allow")
    }
    if said["deny"]:
        return "closed", said["deny"]
    if not said["allow"] and not said["best"] and any(rule.kind == "allow" for rule in rules):
        opening = [rule.label for rule in rules if rule.kind in ("best", "allow")]
        more = f" and {len(opening) - 3} more" if len(opening) > 3 else ""
        return "closed", (f"outside {', '.join(opening[:3])}{more}",)
    if said["avoid"]:
        return "avoid", said["avoid"]
    if said["best"]:
        return "best", said["best"]
    return "allowed", said["allow"] or ("no rule covers this time",)


def _pieces(zone: tzinfo, start: int, end: int) -> list[_Piece]:
    """The changes of the zone's clock, found by halving: zoneinfo does not list them."""
    found: list[_Piece] = []
    begun, at, offset = start, start, _offset(zone, start)
    while at < end:
        ahead = min(at + _PROBE, end)
        if _offset(zone, ahead) != offset:
            low, high = at, ahead
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset(zone, middle) == offset else (low, middle)
            found.append(_Piece(begun, high, offset))
            begun, offset = high, _offset(zone, high)
            ahead = high
        at = ahead
    found.append(_Piece(begun, end, offset))
    return [piece for piece in found if piece.start < piece.end]


def _offset(zone: tzinfo, at: int) -> int:
    offset = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at)).astimezone(zone).utcoffset()
    return round(offset.total_seconds()) if offset is not None else 0


def _day(piece_time: int, offset: int) -> date:
    return (datetime(1970, 1, 1) + timedelta(seconds=piece_time + offset)).date()


def _spans(when: When, pieces: Sequence[_Piece]) -> Iterator[Span]:
    """Unix seconds in which the rule holds, in no order."""
    first, last = _day(pieces[0].start, pieces[0].offset), _day(pieces[-1].end, pieces[-1].offset)
    if isinstance(when, CronFor):
        yield from _fired(when, pieces, first, last)
        return
    for start, end in when.wall(first, last):
        for piece in pieces:
            low, high = max(start - piece.offset, piece.start), min(end - piece.offset, piece.end)
            if low < high:
                yield low, high


def _fired(when: CronFor, pieces: Sequence[_Piece], first: date, last: date) -> Iterator[Span]:
    daily = [(60 * one, 60 * one + when.seconds) for one in sorted(when.cron.minutes)]
    # Every minute of a day is one long span, not 1440; only where the clock changes each is looked at by itself.
    merged = _merged(daily)
    changes = {_day(piece.start, offset) for old, piece in pairwise(pieces) for offset in (old.offset, piece.offset)}
    for day in days_of(first, last):
        if not when.cron.on(day):
            continue
        for start, end in daily if day in changes else merged:
            at = _moment(midnight(day) + start, pieces)
            if at is not None:
                yield at, at + end - start


def _moment(wall: int, pieces: Sequence[_Piece]) -> int | None:
    """Unix time at which the clock first shows this; the moment of the jump where it never does; None outside."""
    for place, piece in enumerate(pieces):
        if wall < piece.start + piece.offset:
            return piece.start if place else None
        if wall < piece.end + piece.offset:
            return wall - piece.offset
    return None


def _merged(spans: Iterable[Span]) -> list[Span]:
    """In order, those that touch or overlap made one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found
