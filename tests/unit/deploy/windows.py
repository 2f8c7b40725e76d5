"""Schedules for the tests of deploy windows, and the slow way to know what is true."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cockpit.deploy.schedule.window import Schedule, Verdict
from cockpit.deploy.schedule.window_rules import Between, CronFor, Dates, Kind, MonthEnd, Rule, Weekly, parse_when

NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")


def rules(*texts: str) -> tuple[Rule, ...]:
    """Each text is `kind when`: `best Tue-Thu 10:00-14:00`."""
    kinds: tuple[Kind, ...] = ("best", "allow", "avoid", "deny")
    made = []
    for text in texts:
        word, _, when = text.partition(" ")
        (kind,) = (one for one in kinds if one == word)
        made.append(Rule(kind=kind, when=parse_when(when), label=text))
    return tuple(made)


def schedule(*texts: str, zone: ZoneInfo = NEW_YORK) -> Schedule:
    return Schedule(zone=zone, rules=rules(*texts))


def at(text: str, zone: ZoneInfo = NEW_YORK) -> float:
    """Unix time of a local time, or of one with an offset."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()


def holds(rule: Rule, moment: float, zone: ZoneInfo) -> bool:
    """The slow way, from the clock on the wall; cron: every minute before is asked."""
    when = rule.when
    clock = datetime.fromtimestamp(moment, zone)
    wall = clock.replace(tzinfo=None, fold=0)
    if isinstance(when, CronFor):
        return any(_fires(when, moment - moment % 60 - 60 * back, zone) for back in range(when.seconds // 60))
    if isinstance(when, Between):
        return when.start <= wall < when.end
    if isinstance(when, MonthEnd):
        return (wall + timedelta(days=when.days)).month != wall.month
    for back in range(9):
        day = wall.date() - timedelta(days=back)
        if isinstance(when, Weekly) and day.weekday() not in when.days:
            continue
        if isinstance(when, Dates) and not when.first <= day <= when.last:
            continue
        minutes = (wall - datetime.combine(day, datetime.min.time())).total_seconds() / 60
        if any(start <= minutes < end for start, end in when.spans):
            return True
    return False


def _fires(when: CronFor, moment: float, zone: ZoneInfo) -> bool:
    """At this minute: the clock shows it for the first time, or it jumped over such a time to get here."""
    now = datetime.fromtimestamp(moment, zone)
    wall = now.replace(tzinfo=None)
    before = datetime.fromtimestamp(moment - 60, zone).replace(tzinfo=None)
    shown = [wall] if not now.fold else []
    skipped = before + timedelta(minutes=1)
    while skipped < wall:
        shown.append(skipped)
        skipped += timedelta(minutes=1)
    return any(when.cron.on(one.date()) and one.hour * 60 + one.minute in when.cron.minutes for one in shown)


def brute(made: Schedule, moment: float) -> Verdict:
    """The order of the rules, once more."""
    zone = made.zone
    assert isinstance(zone, ZoneInfo)
    kinds = {rule.kind for rule in made.rules if holds(rule, moment, zone)}
    if "deny" in kinds:
        return "closed"
    if not kinds & {"allow", "best"} and any(rule.kind == "allow" for rule in made.rules):
        return "closed"
    return "avoid" if "avoid" in kinds else "best" if "best" in kinds else "allowed"


def utc(moment: float | None) -> str | None:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%MZ") if moment is not None else None
