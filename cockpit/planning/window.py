"""The deploy window of a deploy that is about to be opened: what goes into its plan, what refuses it, what is said."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from cockpit.deploy.schedule.planned_window import left_words
from cockpit.deploy.schedule.window import SEARCH_SECONDS, Answer, Schedule, answer, stretches
from cockpit.planning.calendar import schedule_at
from cockpit.settings.window import WindowSettings
from cockpit.text.zones import zone_warning

BEFORE_SECONDS = 86_400
AFTER_SECONDS = 14 * 86_400
"""How much of the window around opening and T goes into the plan."""
MOST_STRETCHES = 2000
"""Of a plan; a rule for every other minute has more in two weeks."""


@dataclass(frozen=True)
class WindowAtOpening:
    """`fields` of Plan; `refusal`: why it may not be opened, empty where it may; `warnings`: said, nothing more."""

    fields: dict[str, object] = field(default_factory=dict)
    refusal: str = ""
    warnings: tuple[str, ...] = ()


def window_at_opening(
    path: Path, settings: WindowSettings | None, *, now: float, planned_at: float, emergency: bool
) -> WindowAtOpening:
    """`path`: cockpit.toml, for the lines of errors. Unix times.

    Only a window that somebody configured refuses; the default schedule warns. Raises SettingsError, and ValueError
    where the planned time is outside the calendar.
    """
    try:
        schedule = schedule_at(path, settings, planned_at)
        found = answer(schedule, planned_at)
        near = min(max(now, planned_at - SEARCH_SECONDS), planned_at + SEARCH_SECONDS)
        known = stretches(schedule, min(near, planned_at) - BEFORE_SECONDS, max(near, planned_at) + AFTER_SECONDS)
        closes = _closes_at(schedule, found, planned_at)
        said = sentence(found, planned_at, schedule.zone)
    except (OverflowError, OSError, ValueError) as error:
        raise ValueError("--at: no such time in the calendar") from error
    closed = found.verdict == "closed" and settings is not None
    fields: dict[str, object] = {
        "window": f"{found.verdict}: {'; '.join(found.reasons)}",
        "window_closes_at": closes,
        "window_stretches": known[:MOST_STRETCHES],
        "window_enforced": settings is not None,
        "window_warn_seconds": settings.warn if settings is not None else WindowSettings().warn,
    }
    if closed and emergency:
        fields["bypassed"] = (f"the deploy window was closed: {'; '.join(found.reasons)}",)
    refusal = f"{said} {_way_out(found, schedule.zone)}" if closed and not emergency else ""
    warnings = [zone_warning(settings.zone)] if settings is not None else []
    if settings is None:
        said += " Continuing: this is the default schedule; set your own with [window] in cockpit.toml."
    if found.verdict == "avoid":
        warnings.append(said)
    elif found.closes_at is not None and found.closes_at - planned_at <= float(str(fields["window_warn_seconds"])):
        warnings.append(f"the window gets worse in {left_words(found.closes_at - planned_at)}. {said}")
    return WindowAtOpening(fields, refusal, tuple(one for one in warnings if one))


def sentence(found: Answer, at: float, zone: tzinfo) -> str:
    """One paragraph: the verdict with its reasons, until when, and what comes next."""
    names = {
        "best": "is in the best window",
        "allowed": "is allowed",
        "avoid": "is not recommended",
        "closed": "is closed",
    }
    parts = [f"{clock(at, zone)} {names[found.verdict]}: {'; '.join(found.reasons)}."]
    if found.closes_at is not None:
        parts.append(f"This lasts until {clock(found.closes_at, zone)}, {left_words(found.closes_at - at)}.")
    if found.next_open is not None and found.next_open != found.next_best:
        parts.append(f"It is next allowed from {clock(found.next_open, zone)}.")
    if found.next_best is not None:
        parts.append(f"The next good window starts {clock(found.next_best, zone)}.")
    elif found.verdict in ("avoid", "closed"):
        parts.append(f"No good window within {SEARCH_SECONDS // 86_400} days.")
    return " ".join(parts)


def _way_out(found: Answer, zone: tzinfo) -> str:
    opens = found.next_open if found.next_open is not None else found.next_best
    wait = f"schedule it for then (--at {rfc3339(opens, zone)}), or, " if opens is not None else ""
    return f"Options: {wait}if it cannot wait, add --emergency --approved-by NAME --reason TEXT"


def _closes_at(schedule: Schedule, found: Answer, at: float) -> float | None:
    """The first closed moment behind `at`; None where it is closed already, or none is near."""
    if found.verdict == "closed":
        return None
    ahead = stretches(schedule, at, at + SEARCH_SECONDS)
    return next((one.start for one in ahead if one.verdict == "closed"), None)


def clock(at: float, zone: tzinfo) -> str:
    """`Tue 2026-11-24 10:00 EST`."""
    return f"{_local(at, zone):%a %Y-%m-%d %H:%M %Z}"


def rfc3339(at: float, zone: tzinfo) -> str:
    """`2026-11-24T10:00:00-05:00`; a begun second is not counted."""
    return _local(at, zone).replace(microsecond=0).isoformat()


def _local(at: float, zone: tzinfo) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at)).astimezone(zone)
