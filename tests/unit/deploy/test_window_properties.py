"""Deploy windows of any rules, in zones with every kind of clock, against the slow way to know."""

from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.deploy.schedule.window import RANK, SEARCH_SECONDS, Schedule, answer, stretches
from tests.unit.deploy.windows import brute, schedule

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Lord Howe changes by half an hour, Kathmandu is at +5:45, Casablanca changes four times a year.
ZONES = ("America/New_York", "Europe/Berlin", "UTC", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca")

clock = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02d}:{quarter % 4 * 15:02d}")
hours = st.tuples(clock, clock).filter(lambda pair: pair[0] != pair[1]).map("-".join)
days = st.one_of(st.sampled_from(DAYS), st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)).map("-".join))
weekly = st.one_of(days, hours, st.tuples(days, hours).map(" ".join))
across = st.tuples(st.sampled_from(DAYS), clock, st.sampled_from(DAYS), clock).map(
    lambda parts: "{} {} - {} {}".format(*parts)
)
dates = st.tuples(st.integers(1, 28), st.sampled_from(("2026-03", "2026-10", "2026-11"))).map(
    lambda pair: f"{pair[1]}-{pair[0]:02d}"
)
cron = st.tuples(
    st.sampled_from(("0", "30", "*/20", "15,45")),
    st.sampled_from(("*", "1", "2", "0-3", "22")),
    st.sampled_from(("*", "1", "25-31", "*/7")),
    st.sampled_from(("*", "sun", "1-5")),
    st.integers(1, 30),
).map(lambda parts: "cron {} {} {} * {} for {}m".format(*parts[:4], parts[4] * 10))
rule = st.tuples(st.sampled_from(("best", "allow", "avoid", "deny")), st.one_of(weekly, across, dates, cron)).map(
    " ".join
)
# Minutes around the two changes of the clock in New York and Berlin, and anywhere else in the year.
moments = st.one_of(
    st.integers(29_549_000, 29_583_000), st.integers(29_881_000, 29_895_000), st.integers(29_400_000, 29_950_000)
).map(lambda minute: minute * 60)


def _made(texts: list[str], zone: str) -> Schedule:
    return schedule(*texts, zone=ZoneInfo(zone))


@settings(max_examples=80, deadline=None)
@given(st.lists(rule, max_size=5), st.sampled_from(ZONES), moments)
def test_the_verdict_is_that_of_the_slow_way_at_every_minute(texts: list[str], zone: str, start: int) -> None:
    made = _made(texts, zone)
    found = stretches(made, start, start + 3 * 3600)
    for one in found:
        for moment in range(int(one.start), int(one.end), 300):
            assert brute(made, moment) == one.verdict
        assert brute(made, one.end - 60) == one.verdict


@settings(max_examples=80, deadline=None)
@given(st.lists(rule, max_size=5), st.sampled_from(ZONES), moments)
def test_closes_at_is_the_first_moment_that_is_worse(texts: list[str], zone: str, moment: int) -> None:
    made = _made(texts, zone)
    found = answer(made, moment)
    rank = RANK[found.verdict]
    if found.verdict == "closed":
        assert found.closes_at is None
        return
    until = found.closes_at if found.closes_at is not None else moment + SEARCH_SECONDS
    assert all(RANK[one.verdict] <= rank for one in stretches(made, moment, until))
    if found.closes_at is not None:
        assert found.closes_at > moment
        assert RANK[brute(made, found.closes_at)] > rank
        assert RANK[brute(made, found.closes_at - 60)] <= rank


@settings(max_examples=80, deadline=None)
@given(st.lists(rule, max_size=5), st.sampled_from(ZONES), moments)
def test_the_next_good_time_is_one_and_begins_there(texts: list[str], zone: str, moment: int) -> None:
    made = _made(texts, zone)
    found = answer(made, moment)
    if found.next_best is None:
        later = stretches(made, moment, moment + SEARCH_SECONDS)
        here = found.verdict
        assert here in ("best", "allowed") or all(one.verdict not in ("best", "allowed") for one in later)
        return
    verdict = brute(made, found.next_best)
    assert verdict in ("best", "allowed")
    assert moment < found.next_best < moment + SEARCH_SECONDS
    assert brute(made, found.next_best - 60) != verdict
    if verdict == "allowed":
        assert answer(made, found.next_best).verdict == "allowed"


@settings(max_examples=60, deadline=None)
@given(st.lists(rule, max_size=5), st.sampled_from(ZONES), moments, st.integers(1, 5000))
def test_the_verdict_does_not_depend_on_where_the_look_begins(
    texts: list[str], zone: str, moment: int, earlier: int
) -> None:
    made = _made(texts, zone)
    before = stretches(made, moment - earlier * 60, moment + 86_400)
    (there,) = (one for one in before if one.start <= moment < one.end)
    here = stretches(made, moment, moment + 86_400)[0]
    assert (here.verdict, here.reasons) == (there.verdict, there.reasons)
    assert here.end == there.end
