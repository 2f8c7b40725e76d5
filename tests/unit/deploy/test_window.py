"""Deploy windows: the verdict on one moment, until when it holds, and when the next good one is."""

from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from cockpit.deploy.schedule.window import Schedule, answer, look, stretches
from cockpit.deploy.schedule.window_rules import MonthEnd, Rule
from tests.unit.deploy.windows import BERLIN, NEW_YORK, at, brute, rules, schedule, utc

# 24 November 2026 is a Tuesday.
OFFICE = ("best Tue-Thu 10:00-14:00", "allow Mon-Fri 09:00-17:00", "avoid Fri 12:00-24:00", "deny 2026-12-24")
ONE_DAY = [
    # the edges of [start, end)
    (OFFICE, "2026-11-24T08:59:59", "closed"),
    (OFFICE, "2026-11-24T09:00", "allowed"),
    (OFFICE, "2026-11-24T09:59:59", "allowed"),
    (OFFICE, "2026-11-24T10:00", "best"),
    (OFFICE, "2026-11-24T13:59:59", "best"),
    (OFFICE, "2026-11-24T14:00", "allowed"),
    (OFFICE, "2026-11-24T16:59:59", "allowed"),
    (OFFICE, "2026-11-24T17:00", "closed"),
    # the days of the week
    (OFFICE, "2026-11-23T11:00", "allowed"),
    (OFFICE, "2026-11-25T11:00", "best"),
    (OFFICE, "2026-11-26T11:00", "best"),
    (OFFICE, "2026-11-27T11:00", "allowed"),
    (OFFICE, "2026-11-28T11:00", "closed"),
    (OFFICE, "2026-11-29T11:00", "closed"),
    # an avoid opens nothing
    (OFFICE, "2026-11-27T12:00", "avoid"),
    (OFFICE, "2026-11-27T16:59", "avoid"),
    (OFFICE, "2026-11-27T17:00", "closed"),
    # deny wins over everything
    (OFFICE, "2026-12-24T11:00", "closed"),
    (OFFICE, "2026-12-23T11:00", "best"),
    (("deny Tue", "best Tue 10:00-11:00", "avoid Tue"), "2026-11-24T10:30", "closed"),
    (("avoid Tue", "best Tue 10:00-11:00", "allow Tue"), "2026-11-24T10:30", "avoid"),
    (("best Tue 10:00-11:00", "allow Tue"), "2026-11-24T10:30", "best"),
    # without any allow nothing is closed by itself; best alone does not close the rest
    ((), "2026-11-24T03:00", "allowed"),
    (("best Tue 10:00-11:00",), "2026-11-24T03:00", "allowed"),
    (("avoid Sat-Sun",), "2026-11-28T03:00", "avoid"),
    (("allow Tue 10:00-11:00",), "2026-11-24T03:00", "closed"),
    # past midnight: it belongs to the day on which it begins
    (("allow Fri 22:00-02:00",), "2026-11-27T21:59", "closed"),
    (("allow Fri 22:00-02:00",), "2026-11-27T22:00", "allowed"),
    (("allow Fri 22:00-02:00",), "2026-11-28T01:59", "allowed"),
    (("allow Fri 22:00-02:00",), "2026-11-28T02:00", "closed"),
    (("allow Fri 22:00-02:00",), "2026-11-27T01:00", "closed"),
    (("allow Sun 23:00-01:00",), "2026-11-30T00:30", "allowed"),
    (("deny Fri 18:00 - Mon 08:00",), "2026-11-27T17:59", "allowed"),
    (("deny Fri 18:00 - Mon 08:00",), "2026-11-27T18:00", "closed"),
    (("deny Fri 18:00 - Mon 08:00",), "2026-11-29T12:00", "closed"),
    (("deny Fri 18:00 - Mon 08:00",), "2026-11-30T07:59", "closed"),
    (("deny Fri 18:00 - Mon 08:00",), "2026-11-30T08:00", "allowed"),
    (("deny Mon 09:00 - Mon 08:00",), "2026-11-30T08:30", "allowed"),
    (("deny Mon 09:00 - Mon 08:00",), "2026-11-30T09:00", "closed"),
    # round the end of the week, whole days, every day, several hours
    (("deny Sat-Mon",), "2026-11-30T23:59", "closed"),
    (("deny Sat-Mon",), "2026-12-01T00:00", "allowed"),
    (("deny Sat-Mon",), "2026-11-27T23:59", "allowed"),
    (("allow 10:00-12:00,13:00-15:00",), "2026-11-28T12:30", "closed"),
    (("allow 10:00-12:00,13:00-15:00",), "2026-11-28T13:00", "allowed"),
    (("allow Mon,Wed 9-12",), "2026-11-25T09:00", "allowed"),
    (("allow Mon,Wed 9-12",), "2026-11-24T09:00", "closed"),
    # overlapping and touching
    (("allow Tue 09:00-11:00", "allow Tue 10:00-12:00"), "2026-11-24T11:30", "allowed"),
    (("allow Tue 09:00-11:00", "allow Tue 11:00-12:00"), "2026-11-24T11:00", "allowed"),
    # dates
    (("deny 2026-12-20..2027-01-03",), "2026-12-19T23:59:59", "allowed"),
    (("deny 2026-12-20..2027-01-03",), "2026-12-20T00:00", "closed"),
    (("deny 2026-12-20..2027-01-03",), "2027-01-03T23:59:59", "closed"),
    (("deny 2026-12-20..2027-01-03",), "2027-01-04T00:00", "allowed"),
    (("deny 2026-11-24 10:00-11:00",), "2026-11-24T10:59", "closed"),
    (("deny 2026-11-24 10:00-11:00",), "2026-11-24T11:00", "allowed"),
    (("deny 2026-11-24 22:00-02:00",), "2026-11-25T01:00", "closed"),
    # cron
    (("allow cron 0 9 * * 1-5 for 4h",), "2026-11-24T08:59:59", "closed"),
    (("allow cron 0 9 * * 1-5 for 4h",), "2026-11-24T09:00", "allowed"),
    (("allow cron 0 9 * * 1-5 for 4h",), "2026-11-24T12:59:59", "allowed"),
    (("allow cron 0 9 * * 1-5 for 4h",), "2026-11-24T13:00", "closed"),
    (("allow cron 0 9 * * 1-5 for 4h",), "2026-11-28T10:00", "closed"),
    (("allow cron 0 22 * * fri for 26h",), "2026-11-28T23:59", "allowed"),
    (("allow cron 0 22 * * fri for 26h",), "2026-11-29T00:00", "closed"),
    (("deny cron 0 0 1 * * for 7d",), "2026-12-07T23:59", "closed"),
    (("deny cron 0 0 1 * * for 7d",), "2026-12-08T00:00", "allowed"),
    (("allow cron */30 * * * * for 10m",), "2026-11-24T10:39", "allowed"),
    (("allow cron */30 * * * * for 10m",), "2026-11-24T10:40", "closed"),
    (("allow cron * * * * * for 1m",), "2026-11-24T10:40:30", "allowed"),
]


@pytest.mark.parametrize(("texts", "when", "verdict"), ONE_DAY)
def test_the_verdict_on_a_moment(texts: tuple[str, ...], when: str, verdict: str) -> None:
    made = schedule(*texts)
    assert answer(made, at(when)).verdict == verdict
    assert brute(made, at(when)) == verdict


# New York 2026: forward on 8 March at 02:00 (07:00Z), back on 1 November at 02:00 (06:00Z).
# Berlin 2026: forward on 29 March at 02:00 (01:00Z), back on 25 October at 03:00 (01:00Z).
CLOCK_CHANGES = [
    # 10:00 is 10:00 on both sides of a change
    (NEW_YORK, "allow Sun 10:00-14:00", "2026-03-08T13:59Z", "closed"),
    (NEW_YORK, "allow Sun 10:00-14:00", "2026-03-08T14:00Z", "allowed"),
    (NEW_YORK, "allow Sun 10:00-14:00", "2026-03-08T18:00Z", "closed"),
    (NEW_YORK, "allow Sun 10:00-14:00", "2026-11-01T14:59Z", "closed"),
    (NEW_YORK, "allow Sun 10:00-14:00", "2026-11-01T15:00Z", "allowed"),
    (BERLIN, "allow Sun 10:00-14:00", "2026-03-29T08:00Z", "allowed"),
    (BERLIN, "allow Sun 10:00-14:00", "2026-10-25T08:59Z", "closed"),
    (BERLIN, "allow Sun 10:00-14:00", "2026-10-25T09:00Z", "allowed"),
    # the hour that is skipped is in no window
    (NEW_YORK, "allow Sun 02:00-03:00", "2026-03-08T06:59Z", "closed"),
    (NEW_YORK, "allow Sun 02:00-03:00", "2026-03-08T07:00Z", "closed"),
    (NEW_YORK, "allow Sun 02:30-04:00", "2026-03-08T07:00Z", "allowed"),
    (NEW_YORK, "allow Sun 02:30-04:00", "2026-03-08T08:00Z", "closed"),
    (NEW_YORK, "allow Sun 01:30-02:30", "2026-03-08T06:59Z", "allowed"),
    (NEW_YORK, "allow Sun 01:30-02:30", "2026-03-08T07:00Z", "closed"),
    (BERLIN, "deny Sun 02:00-03:00", "2026-03-29T00:59Z", "allowed"),
    (BERLIN, "deny Sun 02:00-03:00", "2026-03-29T01:00Z", "allowed"),
    # the hour that comes twice is in the window twice
    (NEW_YORK, "allow Sun 01:00-02:00", "2026-11-01T05:00Z", "allowed"),
    (NEW_YORK, "allow Sun 01:00-02:00", "2026-11-01T06:30Z", "allowed"),
    (NEW_YORK, "allow Sun 01:00-02:00", "2026-11-01T07:00Z", "closed"),
    (NEW_YORK, "allow Sun 01:30-03:00", "2026-11-01T05:30Z", "allowed"),
    (NEW_YORK, "allow Sun 01:30-03:00", "2026-11-01T06:10Z", "closed"),
    (NEW_YORK, "allow Sun 01:30-03:00", "2026-11-01T06:30Z", "allowed"),
    (BERLIN, "allow Sun 02:15-02:45", "2026-10-25T00:20Z", "allowed"),
    (BERLIN, "allow Sun 02:15-02:45", "2026-10-25T00:50Z", "closed"),
    (BERLIN, "allow Sun 02:15-02:45", "2026-10-25T01:20Z", "allowed"),
    # a whole day has 23 or 25 hours
    (NEW_YORK, "allow Sun", "2026-03-09T03:59Z", "allowed"),
    (NEW_YORK, "allow Sun", "2026-03-09T04:00Z", "closed"),
    (NEW_YORK, "allow Sun", "2026-11-02T04:59Z", "allowed"),
    (NEW_YORK, "allow Sat 22:00-06:00", "2026-11-01T10:59Z", "allowed"),
    (NEW_YORK, "allow Sat 22:00-06:00", "2026-11-01T11:00Z", "closed"),
    # cron lasts in real time: skipped, it begins at the jump; twice, at the first
    (NEW_YORK, "allow cron 30 2 * * * for 2h", "2026-03-08T06:59Z", "closed"),
    (NEW_YORK, "allow cron 30 2 * * * for 2h", "2026-03-08T07:00Z", "allowed"),
    (NEW_YORK, "allow cron 30 2 * * * for 2h", "2026-03-08T08:59Z", "allowed"),
    (NEW_YORK, "allow cron 30 2 * * * for 2h", "2026-03-08T09:00Z", "closed"),
    (NEW_YORK, "allow cron 30 1 * * * for 30m", "2026-11-01T05:30Z", "allowed"),
    (NEW_YORK, "allow cron 30 1 * * * for 30m", "2026-11-01T06:00Z", "closed"),
    (NEW_YORK, "allow cron 30 1 * * * for 30m", "2026-11-01T06:30Z", "closed"),
    (BERLIN, "allow cron 0 22 * * 6 for 8h", "2026-10-25T03:59Z", "allowed"),
    (BERLIN, "allow cron 0 22 * * 6 for 8h", "2026-10-25T04:00Z", "closed"),
]


@pytest.mark.parametrize(("zone", "rule", "when", "verdict"), CLOCK_CHANGES)
def test_the_verdict_where_the_clock_changes(zone: object, rule: str, when: str, verdict: str) -> None:
    made = schedule(rule, zone=BERLIN if zone is BERLIN else NEW_YORK)
    moment = at(when.replace("Z", "+00:00"))
    assert answer(made, moment).verdict == verdict
    assert brute(made, moment) == verdict


MONTHS = [
    (1, "2026-11-29T23:59", "allowed"),
    (1, "2026-11-30T00:00", "avoid"),
    (1, "2026-12-01T00:00", "allowed"),
    (2, "2026-12-29T23:59", "allowed"),
    (2, "2026-12-30T00:00", "avoid"),
    (2, "2027-01-01T00:00", "allowed"),
    (1, "2027-02-28T12:00", "avoid"),
    (1, "2028-02-28T12:00", "allowed"),
    (1, "2028-02-29T12:00", "avoid"),
    (3, "2027-02-26T00:00", "avoid"),
    (3, "2027-02-25T23:59", "allowed"),
]


@pytest.mark.parametrize(("days", "when", "verdict"), MONTHS)
def test_the_end_of_a_month(days: int, when: str, verdict: str) -> None:
    made = Schedule(zone=NEW_YORK, rules=(Rule(kind="avoid", when=MonthEnd(days), label="month end"),))
    assert answer(made, at(when)).verdict == verdict == brute(made, at(when))


UNTIL = [
    # (when, closes_at, next_best) in New York
    ("2026-11-24T08:00", None, "2026-11-24T10:00"),
    ("2026-11-24T09:30", "2026-11-24T17:00", "2026-11-24T10:00"),
    ("2026-11-24T10:00", "2026-11-24T14:00", "2026-11-25T10:00"),
    ("2026-11-24T14:00", "2026-11-24T17:00", "2026-11-25T10:00"),
    ("2026-11-26T12:00", "2026-11-26T14:00", "2026-12-01T10:00"),
    ("2026-11-27T12:00", "2026-11-27T17:00", "2026-12-01T10:00"),
    ("2026-11-28T12:00", None, "2026-12-01T10:00"),
]


@pytest.mark.parametrize(("when", "closes", "best"), UNTIL)
def test_until_when_it_is_so_good_and_when_the_next_best_time_begins(when: str, closes: str | None, best: str) -> None:
    found = answer(schedule(*OFFICE), at(when))
    assert utc(found.closes_at) == (utc(at(closes)) if closes else None)
    assert utc(found.next_best) == utc(at(best))


def test_a_better_time_is_no_end() -> None:
    made = schedule("best Tue 10:00-11:00", "allow Tue 09:00-12:00")
    assert utc(answer(made, at("2026-11-24T09:00")).closes_at) == utc(at("2026-11-24T12:00"))


def test_without_a_best_time_the_next_allowed_one_is_named() -> None:
    made = schedule("allow Tue 09:00-12:00")
    assert utc(answer(made, at("2026-11-24T12:00")).next_best) == utc(at("2026-12-01T09:00"))
    assert utc(answer(made, at("2026-11-24T10:00")).next_best) == utc(at("2026-12-01T09:00"))


def test_the_nearest_open_time_is_known_beside_the_best_one() -> None:
    found = answer(schedule(*OFFICE), at("2026-11-28T12:00"))
    assert utc(found.next_open) == utc(at("2026-11-30T09:00"))
    assert answer(schedule(*OFFICE), at("2026-11-24T12:00")).next_open is None


def test_two_best_rules_that_touch_are_one_best_time() -> None:
    made = schedule("best Tue 10:00-11:00", "best Tue 11:00-12:00", "allow Mon-Fri")
    found = answer(made, at("2026-11-24T10:30"))
    assert utc(found.closes_at) == utc(at("2026-11-24T12:00"))
    assert utc(found.next_best) == utc(at("2026-12-01T10:00"))


def test_beyond_60_days_nothing_is_looked_for() -> None:
    found = answer(schedule("allow 2027-06-01"), at("2026-11-24T10:00"))
    assert (found.verdict, found.closes_at, found.next_best, found.next_open) == ("closed", None, None, None)
    near = answer(schedule("allow 2027-01-22"), at("2026-11-24T10:00"))
    assert utc(near.next_best) == utc(at("2027-01-22T00:00"))


REASONS = [
    ("2026-11-24T10:00", ("best Tue-Thu 10:00-14:00",)),
    ("2026-11-24T09:00", ("allow Mon-Fri 09:00-17:00",)),
    ("2026-11-24T08:00", ("outside best Tue-Thu 10:00-14:00, allow Mon-Fri 09:00-17:00",)),
    ("2026-11-27T13:00", ("avoid Fri 12:00-24:00",)),
    ("2026-12-24T10:00", ("deny 2026-12-24",)),
]


@pytest.mark.parametrize(("when", "reasons"), REASONS)
def test_every_reason_names_its_rule(when: str, reasons: tuple[str, ...]) -> None:
    assert answer(schedule(*OFFICE), at(when)).reasons == reasons


def test_every_rule_that_closes_is_named_with_its_own_reason() -> None:
    (rule,) = rules("deny Sat-Sun")
    made = Schedule(zone=NEW_YORK, rules=(rule, Rule(kind="deny", when=rule.when, label="freeze", reason="a fair")))
    assert answer(made, at("2026-11-28T10:00")).reasons == ("deny Sat-Sun", "freeze: a fair")


def test_many_opening_rules_are_counted() -> None:
    made = schedule(*(f"allow Mon {hour}:00-{hour}:30" for hour in range(10, 16)))
    (reason,) = answer(made, at("2026-11-24T10:00")).reasons
    assert reason.endswith("allow Mon 12:00-12:30 and 3 more")


def test_stretches_touch_each_other_and_fill_the_time() -> None:
    start, end = at("2026-10-20T00:00:30"), at("2026-11-20T12:00")
    found = stretches(schedule(*OFFICE), start, end)
    assert (found[0].start, found[-1].end) == (start, end)
    assert all(one.end == other.start for one, other in pairwise(found))
    assert all((one.verdict, one.reasons) != (other.verdict, other.reasons) for one, other in pairwise(found))


def test_what_is_not_known_is_not_guessed() -> None:
    found = stretches(schedule(*OFFICE), 1000.0, 2000.0)
    assert look(found, 1000.0).verdict == "closed"
    for outside in (999.0, 2000.0):
        with pytest.raises(ValueError, match="not covered"):
            look(found, outside)


@pytest.mark.parametrize(
    ("text", "begin", "spans"),
    [
        # 02:00 to 03:00 is skipped on the 8th of March; 01:00 to 02:00 comes twice on the 1st of November
        ("allow Sun 01:00-02:30", "2026-03-08T00:00", [("2026-03-08T06:00+00:00", "2026-03-08T07:00+00:00")]),
        ("allow Sun 02:30-04:00", "2026-03-08T00:00", [("2026-03-08T07:00+00:00", "2026-03-08T08:00+00:00")]),
        (
            "allow Sun 01:30-02:00",
            "2026-11-01T00:00",
            [
                ("2026-11-01T05:30+00:00", "2026-11-01T06:00+00:00"),
                ("2026-11-01T06:30+00:00", "2026-11-01T07:00+00:00"),
            ],
        ),
    ],
)
def test_at_a_change_of_the_clock_a_window_ends_to_the_second(
    text: str, begin: str, spans: list[tuple[str, str]]
) -> None:
    found = stretches(schedule(text), at(begin), at(begin) + 8 * 3600)
    assert [(one.start, one.end) for one in found if one.verdict == "allowed"] == [(at(a), at(b)) for a, b in spans]


def test_the_last_day_is_that_of_the_zone() -> None:
    kathmandu = ZoneInfo("Asia/Kathmandu")
    begin = at("2026-11-24T23:00", kathmandu)
    found = stretches(schedule("allow Wed 00:00-05:00", zone=kathmandu), begin, begin + 4 * 3600)
    assert [one.verdict for one in found] == ["closed", "allowed"]


def test_it_opens_when_it_is_allowed_again_and_not_when_it_is_only_better_avoided() -> None:
    made = schedule("allow Tue 10:00-16:00", "avoid Tue 10:00-12:00")
    assert answer(made, at("2026-11-24T09:00")).next_open == at("2026-11-24T12:00")
    assert answer(made, at("2026-11-24T11:00")).next_open == at("2026-11-24T12:00")
    assert answer(made, at("2026-11-24T13:00")).next_open is None


def test_the_longest_cron_that_has_begun_days_ago_still_holds() -> None:
    made = schedule("deny cron 0 9 21 11 * for 5d", "avoid cron 0 9 * * * for 1h")
    assert answer(made, at("2026-11-26T08:59")).verdict == "closed"
    assert answer(made, at("2026-11-26T09:00")).verdict == "avoid"


def test_outside_of_many_windows_three_are_named() -> None:
    days = [f"allow {day} 10:00-11:00" for day in ("Mon", "Tue", "Wed", "Thu")]
    moment = at("2026-11-28T10:30")
    assert answer(schedule(*days[:3]), moment).reasons == (f"outside {', '.join(days[:3])}",)
    assert answer(schedule(*days), moment).reasons == (f"outside {', '.join(days[:3])} and 1 more",)


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        (NEW_YORK, "2026-03-08", "2026-03-08T13:00+00:00"),
        (NEW_YORK, "2026-11-01", "2026-11-01T14:00+00:00"),
        (BERLIN, "2026-03-29", "2026-03-29T07:00+00:00"),
        (BERLIN, "2026-10-25", "2026-10-25T08:00+00:00"),
    ],
)
def test_on_a_day_on_which_the_clock_changes_cron_begins_by_the_clock(zone: ZoneInfo, day: str, begins: str) -> None:
    midnight = at(f"{day}T00:00", zone)
    found = stretches(schedule("allow cron 0 9 * * * for 1h", zone=zone), midnight, midnight + 14 * 3600)
    assert [(one.start, one.end) for one in found if one.verdict == "allowed"] == [(at(begins), at(begins) + 3600)]
