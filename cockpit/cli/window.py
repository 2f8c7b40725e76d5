"""`cockpit window`: may one deploy then, why (not), and when next. Needs no runbook and no engine."""

import json
import time
from pathlib import Path

import click

from cockpit.deploy.schedule.window import answer
from cockpit.errors import USAGE, said
from cockpit.paths import LayoutError, find_root
from cockpit.planning.calendar import schedule_at
from cockpit.planning.window import rfc3339, sentence
from cockpit.settings.load import FILE, SettingsError, load
from cockpit.text.times import parse_time
from cockpit.text.zones import zone_warning

YES, NO = range(2)


def show_window(at: str | None, environment: str | None, *, as_json: bool) -> int:
    """Exit status: 0 best, allowed or avoid, 1 closed, 2 usage."""
    try:
        path = find_root(Path.cwd()) / FILE
        settings = load(path, environment).window if path.exists() else None
        now = time.time()
        moment = _time(at, now) if at is not None else now
        schedule = schedule_at(path, settings, moment)
        found = answer(schedule, moment)
        verdict = sentence(found, moment, schedule.zone)
    except (SettingsError, LayoutError) as error:
        return said(str(error), USAGE)
    except (ValueError, OverflowError, OSError) as error:
        words = str(error) if isinstance(error, ValueError) and "--at" in str(error) else f"--at {at}: not a time"
        return said(words, USAGE)
    if settings is not None and (warning := zone_warning(settings.zone)):
        said(warning, USAGE)
    if as_json:
        told = {
            "verdict": found.verdict,
            "reasons": list(found.reasons),
            "closes_at": rfc3339(found.closes_at, schedule.zone) if found.closes_at is not None else None,
            "next_best": rfc3339(found.next_best, schedule.zone) if found.next_best is not None else None,
        }
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        schedule_words = "" if settings is not None else f" (The default schedule; {FILE} has no [window].)"
        click.echo(verdict + schedule_words)
    return NO if found.verdict == "closed" else YES


def _time(text: str, now: float) -> float:
    try:
        return parse_time(text, now)
    except ValueError as error:
        raise ValueError(str(error) if "--at" in str(error) else f"--at {text}: {error}") from None
