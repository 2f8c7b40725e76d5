"""`[window]` of the settings -> a Schedule: zone, rules, and the dates of holidays around a time.

`holidays` (the library) is imported only where a country is named: it takes a second. The default schedule knows no
country, and takes the machine's own zone.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from cockpit.deploy.schedule.window import Schedule
from cockpit.deploy.schedule.window_rules import Between, Dates, Kind, MonthEnd, Rule, parse_when
from cockpit.settings.load import SettingsError, find_line
from cockpit.settings.window import FreezeSettings, WindowRuleSettings, WindowSettings
from cockpit.text.suggest import nearest
from cockpit.text.zones import find_zone, here

_BUSY = "the busiest hours of the week"
_ALONE = "few people are available at the weekend"
DEFAULT_RULES: tuple[tuple[Kind, str, str], ...] = (
    ("best", "Tue-Thu 10:00-14:00", "leaves time to watch the deploy and roll back"),
    ("avoid", "Mon 00:00-12:00", _BUSY),
    ("avoid", "Fri 12:00-24:00", _ALONE),
    ("avoid", "Sat-Sun", _ALONE),
)
"""Of the runbook that the cockpit was first made for; the weekend is there for the reason that it gives for Friday."""


def schedule_at(path: Path, settings: WindowSettings | None, at: float) -> Schedule:
    """The schedule, its special days resolved for the years around `at` (Unix time).

    Without settings the default one. Raises SettingsError with the line of `path` for a country or a part of one that
    is not known, and OverflowError outside the calendar.
    """
    year = datetime.fromtimestamp(at, UTC).year
    years = range(max(year - 1, date.min.year), min(year + 1, date.max.year) + 1)
    if settings is None:
        rules = [
            Rule(kind=kind, when=parse_when(when), label=f"{kind} {when}", reason=why)
            for kind, when, why in DEFAULT_RULES
        ]
        return Schedule(zone=here(), rules=tuple(rules))
    lists: tuple[tuple[Kind, Sequence[WindowRuleSettings]], ...] = (
        ("best", settings.best),
        ("allow", settings.allow),
        ("avoid", settings.avoid),
        ("deny", settings.deny),
    )
    rules = [
        Rule(kind=kind, when=parse_when(one.when), label=f"{kind} {one.when.strip()}", reason=one.reason)
        for kind, ones in lists
        for one in ones
    ]
    rules += [_freeze(one) for one in settings.freezes]
    days = [
        *_holidays(path, settings.holidays, years),
        *_sales_days(years, friday=settings.black_friday, monday=settings.cyber_monday),
    ]
    rules += _special(days, settings.special_days)
    if settings.month_end:
        label = (
            "the last day of the month"
            if settings.month_end == 1
            else f"the last {settings.month_end} days of the month"
        )
        rules.append(Rule(kind=settings.special_days, when=MonthEnd(settings.month_end), label=label))
    return Schedule(zone=find_zone(settings.zone), rules=tuple(rules))


def _freeze(settings: FreezeSettings) -> Rule:
    start = datetime.fromisoformat(settings.from_)
    end = datetime.fromisoformat(settings.to)
    if "T" not in settings.to and end.date() < date.max:
        end += timedelta(days=1)
    label = f"freeze {settings.from_.replace('T', ' ')} to {settings.to.replace('T', ' ')}"
    return Rule(kind="deny", when=Between(start, end), label=label, reason=settings.reason)


def _special(days: Sequence[tuple[date, str]], kind: Kind) -> list[Rule]:
    return [Rule(kind=kind, when=Dates(day, day), label=f"{name} ({day})") for day, name in sorted(set(days))]


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth Monday (0) ... Sunday (6) of a month; nth -1: the last one."""
    if nth < 0:
        end = date(year, month + 1, 1) - timedelta(days=1) if month < 12 else date(year, 12, 31)
        return end - timedelta(days=(end.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _sales_days(years: Sequence[int], *, friday: bool, monday: bool) -> Iterator[tuple[date, str]]:
    """Black Friday and Cyber Monday: the day and the fourth day after the 4th Thursday of November."""
    for year in years:
        thanksgiving = nth_weekday(year, 11, 3, 4)
        if friday:
            yield thanksgiving + timedelta(days=1), "Black Friday"
        if monday:
            yield thanksgiving + timedelta(days=4), "Cyber Monday"


def _holidays(path: Path, places: Sequence[str], years: Sequence[int]) -> Iterator[tuple[date, str]]:
    if not places:
        return
    # 190 ms, and most of a second for its first country.
    from holidays import country_holidays, list_supported_countries

    problems: list[tuple[int, str]] = []
    for number, place in enumerate(places):
        country, _, part = place.partition("-")
        try:
            found = country_holidays(country, subdiv=part or None, years=years, language="en_US")
        except NotImplementedError:
            parts = list_supported_countries(include_aliases=False)
            known = [f"{country}-{one}" for one in parts[country]] if country in parts else sorted(parts)
            near = nearest(place.upper(), [*known, country.upper()] if country.upper() in parts else known)
            hint = (
                f"did you mean {near!r}?" if near and near != place else f"known: {', '.join(known[:12]) or 'no parts'}"
            )
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            problems.append(
                (
                    find_line(text, ("window", "holidays", str(number))),
                    f"window.holidays: no holidays known for {place!r}; {hint}",
                )
            )
            continue
        for day, name in found.items():
            yield day, f"{name}, {place}"
    if problems:
        raise SettingsError(path, problems)
