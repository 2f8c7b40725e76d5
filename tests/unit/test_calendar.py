"""From `[window]` to a schedule: special days of the year, the default schedule, zones."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cockpit.deploy.schedule.window import answer
from cockpit.planning.calendar import nth_weekday, schedule_at
from cockpit.settings.load import SettingsError
from cockpit.settings.window import WindowSettings
from cockpit.text.zones import find_zone, here, zone_warning
from tests.unit.deploy.windows import at

NOWHERE = Path("cockpit.toml")


def _verdict(when: str, **window: Any) -> tuple[str, str]:
    settings = WindowSettings(**{"zone": "America/New_York", **window}) if window else None
    found = answer(schedule_at(NOWHERE, settings, at(when)), at(when))
    return found.verdict, "; ".join(found.reasons)


DEFAULT = [
    ("2026-11-24T09:59", "allowed", "no rule"),
    ("2026-11-24T10:00", "best", "Tue-Thu 10:00-14:00"),
    ("2026-07-14T10:00", "best", "Tue-Thu"),  # in summer too
    ("2026-07-14T13:59", "best", "Tue-Thu"),
    ("2026-11-25T14:00", "allowed", "no rule"),
    ("2026-11-20T11:59", "allowed", "no rule"),
    ("2026-11-20T12:00", "avoid", "Fri 12:00-24:00"),
    ("2026-11-21T12:00", "avoid", "Sat-Sun"),
    ("2026-11-23T11:59", "avoid", "Mon 00:00-12:00"),
    ("2026-11-23T12:00", "allowed", "no rule"),
    # It knows no country: nobody's holidays.
    ("2026-11-26T15:00", "allowed", "no rule"),
    ("2026-07-02T15:00", "allowed", "no rule"),
    ("2026-11-30T15:00", "allowed", "no rule"),
]


@pytest.fixture(autouse=True)
def _in_new_york(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")


@pytest.mark.parametrize(("when", "verdict", "words"), DEFAULT)
def test_the_default_schedule(when: str, verdict: str, words: str) -> None:
    found, reasons = _verdict(when)
    assert found == verdict
    assert words in reasons


@pytest.mark.parametrize("zone", ["Europe/Berlin", ":Asia/Kolkata", "Australia/Sydney"])
def test_the_default_schedule_is_in_the_zone_of_the_machine(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    assert str(schedule_at(NOWHERE, None, at("2026-11-24T10:00")).zone) == zone.removeprefix(":")


def test_a_machine_without_a_zone_of_a_name_has_utc_or_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "XYZ-7")
    assert find_zone(here().key)


def test_the_default_schedule_never_closes() -> None:
    for hour in range(24 * 7):
        day = f"2026-11-{23 + hour // 24:02d}T{hour % 24:02d}:30"
        assert _verdict(day)[0] != "closed"


SALES = [
    (2024, date(2024, 11, 29), date(2024, 12, 2)),
    (2025, date(2025, 11, 28), date(2025, 12, 1)),
    (2026, date(2026, 11, 27), date(2026, 11, 30)),
    (2027, date(2027, 11, 26), date(2027, 11, 29)),
    (2028, date(2028, 11, 24), date(2028, 11, 27)),
    (2029, date(2029, 11, 23), date(2029, 11, 26)),
]


@pytest.mark.parametrize(("year", "friday", "monday"), SALES)
def test_black_friday_and_cyber_monday(year: int, friday: date, monday: date) -> None:
    assert _verdict(f"{friday}T23:59", black_friday=True) == ("avoid", f"Black Friday ({friday})")
    assert _verdict(f"{monday}T00:00", cyber_monday=True) == ("avoid", f"Cyber Monday ({monday})")
    assert _verdict(f"{friday}T12:00", cyber_monday=True)[0] == "allowed"
    assert _verdict(f"{monday}T12:00", black_friday=True)[0] == "allowed"
    assert _verdict(f"{friday}T12:00", black_friday=True, special_days="deny")[0] == "closed"


NTH = [
    (2026, 11, 3, 4, date(2026, 11, 26)),
    (2026, 11, 6, 1, date(2026, 11, 1)),
    (2026, 5, 0, -1, date(2026, 5, 25)),
    (2026, 12, 3, -1, date(2026, 12, 31)),
    (2024, 2, 3, -1, date(2024, 2, 29)),
]


@pytest.mark.parametrize(("year", "month", "weekday", "nth", "day"), NTH)
def test_the_nth_weekday_of_a_month(year: int, month: int, weekday: int, nth: int, day: date) -> None:
    assert nth_weekday(year, month, weekday, nth) == day


HOLIDAYS = [
    ("US", "2026-07-04T12:00", "Independence Day, US"),
    ("US", "2026-03-31T12:00", ""),
    ("US-CA", "2026-03-31T12:00", "Cesar Chavez Day, US-CA"),
    ("DE", "2026-10-03T12:00", "German Unity Day, DE"),
    ("DE", "2026-01-06T12:00", ""),
    ("DE-BY", "2026-01-06T12:00", "Epiphany, DE-BY"),
    (["GB", "DE"], "2026-10-03T12:00", "German Unity Day, DE"),
]


@pytest.mark.parametrize(("places", "when", "words"), HOLIDAYS)
def test_public_holidays_of_a_country_and_of_a_part_of_it(places: str | list[str], when: str, words: str) -> None:
    assert _verdict(when, holidays=places)[0] == ("avoid" if words else "allowed")
    assert words in _verdict(when, holidays=places, special_days="deny")[1]


UNKNOWN = [("XX", "known: "), ("us", "did you mean 'US'?"), ("US-CAL", "did you mean 'US-CA'?")]


@pytest.mark.parametrize(("place", "words"), UNKNOWN)
def test_a_country_that_is_not_known_is_an_error_with_its_line(tmp_path: Path, place: str, words: str) -> None:
    path = tmp_path / "cockpit.toml"
    path.write_text(f'[window]\nholidays = [\n  "DE",\n  "{place}",\n]\n')
    with pytest.raises(SettingsError) as caught:
        schedule_at(path, WindowSettings(holidays=["DE", place]), at("2026-11-24T10:00"))
    ((line, text),) = caught.value.problems
    assert line == 4
    assert f"window.holidays: no holidays known for {place!r}; " in text
    if place != "XX":
        assert words in text


FREEZES = [
    ("2026-12-20", "2027-01-03", "2026-12-19T23:59", "allowed"),
    ("2026-12-20", "2027-01-03", "2026-12-20T00:00", "closed"),
    ("2026-12-20", "2027-01-03", "2027-01-03T23:59", "closed"),
    ("2026-12-20", "2027-01-03", "2027-01-04T00:00", "allowed"),
    ("2026-12-20", "2026-12-20", "2026-12-20T12:00", "closed"),
    ("2026-12-20T18:00", "2026-12-21T06:00:00", "2026-12-20T17:59", "allowed"),
    ("2026-12-20T18:00", "2026-12-21T06:00:00", "2026-12-20T18:00", "closed"),
    ("2026-12-20T18:00", "2026-12-21T06:00:00", "2026-12-21T06:00", "allowed"),
]


@pytest.mark.parametrize(("first", "last", "when", "verdict"), FREEZES)
def test_a_freeze(first: str, last: str, when: str, verdict: str) -> None:
    freezes = [{"from": first, "to": last, "reason": "the fair"}]
    found, reasons = _verdict(when, freezes=freezes, best=["daily"])
    assert found == ("best" if verdict == "allowed" else verdict)
    assert ("freeze 2026-12-20" in reasons and reasons.endswith(": the fair")) == (verdict == "closed")


def test_month_ends_are_named() -> None:
    assert _verdict("2026-11-30T12:00", month_end=1) == ("avoid", "the last day of the month")
    assert _verdict("2026-11-29T12:00", month_end=2) == ("avoid", "the last 2 days of the month")


NO_ZONES = [
    ("America/New_Yorc", "did you mean 'America/New_York'?"),
    ("america/new_york", "did you mean 'America/New_York'?"),
    ("New York", "did you mean 'America/New_York'?"),
    ("berlin", "did you mean 'Europe/Berlin'?"),
    ("PST", "did you mean 'America/Los_Angeles'?"),
    ("CEST", "did you mean 'Europe/Berlin'?"),
    ("xyzzy", "use a name such as"),
    ("", "use a name such as"),
    ("../etc/passwd", "no time zone"),
    ("America", "no time zone"),
]


@pytest.mark.parametrize(("name", "words"), NO_ZONES)
def test_a_zone_that_is_not_there_names_the_nearest(name: str, words: str) -> None:
    with pytest.raises(ValueError, match="no time zone") as caught:
        find_zone(name)
    assert words in str(caught.value)


def test_abbreviations_that_are_zones_are_warned_of() -> None:
    assert "an hour off 'America/New_York'" in zone_warning("EST")
    assert "an hour off 'America/Denver'" in zone_warning("MST")
    assert "use 'America/New_York'" in zone_warning("EST5EDT")
    assert "use 'Europe/Berlin'" in zone_warning("CET")
    for name in ("America/New_York", "UTC", "Europe/Berlin"):
        assert zone_warning(name) == ""


def test_est_is_an_hour_off_new_york_in_summer() -> None:
    rules = {"best": ["Tue 10:00-14:00"]}
    assert _verdict("2026-07-14T10:00", **rules)[0] == "best"
    assert _verdict("2026-07-14T10:00", zone="EST", **rules)[0] == "allowed"
    assert _verdict("2026-11-24T10:00", zone="EST", **rules)[0] == "best"


OFFSETS = [
    ("GMT+2", "2 h ahead of UTC all year is 'Etc/GMT-2'"),
    ("UTC-5", "5 h behind UTC all year is 'Etc/GMT+5'"),
    ("+02:00", "2 h ahead of UTC all year is 'Etc/GMT-2'"),
    ("UTC+5:30", "use the name of a place"),
    ("GMT+25", "use the name of a place"),
]


@pytest.mark.parametrize(("name", "words"), OFFSETS)
def test_an_offset_is_told_with_the_sign_that_was_meant(name: str, words: str) -> None:
    with pytest.raises(ValueError, match="no time zone") as error:
        find_zone(name)
    assert words in str(error.value)
    assert "did you mean" not in str(error.value)


def test_the_other_sign_of_the_database_is_warned_of() -> None:
    assert "2 h behind UTC" in zone_warning("Etc/GMT+2")
    assert "2 h ahead of UTC" in zone_warning("Etc/GMT-2")
    assert zone_warning("Etc/GMT") == ""
