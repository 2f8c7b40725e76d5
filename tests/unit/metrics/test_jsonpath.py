"""Paths into JSON, and the times and numbers at their ends."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cockpit.metrics.jsonpath import Absent, PathError, look, moment, number, parts, unix_time, written

DOCUMENT = {
    "series": [{"points": [[1, 2.5], [2, None]]}],
    "error rate": "0.4",
    "a.b": {"c": True},
    "text": "many",
    "nan": float("nan"),
    "none": None,
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("series[0].points[0][1]", 2.5),
        ("$.series[-1].points[-2][ 1 ]", 2.5),
        ('["error rate"]', 0.4),
        ("$['error rate']", 0.4),
    ],
)
def test_a_number_is_found(path: str, value: float) -> None:
    assert number(DOCUMENT, parts(path)) == value


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("series[0].points[1][1]", "series[0].points[1][1] is null"),
        ("none.deeper", "none is null"),
        ("series[3]", "series is a list of 1, without an item 3"),
        ("series[-2]", "series is a list of 1, without an item -2"),
        ("series[0].poinst", "series[0] has no 'poinst', only points"),
        ("nan", "nan is nan"),
    ],
)
def test_nothing_there_is_no_data(path: str, why: str) -> None:
    assert number(DOCUMENT, parts(path)) == Absent(why)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("series.points", "series is a list of 1, not an object with 'points'"),
        ("text[0]", "text is the text 'many', not a list with an item 0"),
        ("text", "text is the text 'many', not a number"),
        ('["a.b"].c', '["a.b"].c is true, not a number'),
        ("$", "the response is an object, not a number"),
    ],
)
def test_something_else_is_an_error_that_names_the_part(path: str, why: str) -> None:
    with pytest.raises(PathError) as caught:
        number(DOCUMENT, parts(path))
    assert str(caught.value) == why


@pytest.mark.parametrize("path", ["a..b", "a[*]", "a[0]b", "a[1:2]", "..a", 'a["b', "a b", "[x]", 'a["\\q"]'])
def test_a_path_outside_the_subset_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parts(path)


@example(["$"])
@example(["$x", "$"])
@given(st.lists(st.one_of(st.text(min_size=1, max_size=8), st.integers(-999, 999)), min_size=1, max_size=5))
def test_what_is_written_is_read_again(path: list[str | int]) -> None:
    assert parts(written(tuple(path))) == tuple(path)


@pytest.mark.parametrize(
    ("told", "at"),
    [
        (1_800_000_000, 1_800_000_000.0),
        (1_800_000_000_250, 1_800_000_000.25),
        ("1800000000", 1_800_000_000.0),
        ("2027-01-15T08:00:00Z", 1_800_000_000.0),
        ("2027-01-15T09:00:00.5+01:00", 1_800_000_000.5),
        ("2027-01-15T08:00:00", None),
        ("noon", None),
        (True, None),
        ("nan", None),
        (None, None),
    ],
)
def test_times(told: object, at: float | None) -> None:
    assert unix_time(told) == at


def test_a_time_that_is_none_is_an_error_and_a_missing_one_no_data() -> None:
    assert moment(DOCUMENT, parts("none")) == Absent("none is null")
    with pytest.raises(PathError, match="text is the text 'many', not a time"):
        moment(DOCUMENT, parts("text"))
    assert look({}, ()) == {}
