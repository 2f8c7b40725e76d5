"""`[window]` of cockpit.toml: every error with its line, arrays and tables of arrays as well."""

from pathlib import Path

import pytest

from cockpit.settings.load import SettingsError, load
from cockpit.settings.scaffold import settings_text
from cockpit.settings.toml_lines import find_line
from cockpit.settings.window import WindowSettings

GOOD = """\
[window]
zone = "America/New_York"
best = "Tue-Thu 10:00-14:00"
allow = ["Mon-Fri 09:00-17:00", { when = "cron 0 9 1 * * for 2h", reason = "the monthly one" }]
deny = []
holidays = "US"
black_friday = true
month_end = 2
special_days = "deny"
warn = "30m"

[[window.freezes]]
from = 2026-12-20
to = 2027-01-03T06:00:00
reason = "the fair"

[environments.staging.window]
allow = []
holidays = []
"""


def _load(folder: Path, text: str, environment: str | None = None) -> WindowSettings | None:
    path = folder / "cockpit.toml"
    path.write_text(text)
    return load(path, environment).window


def test_a_window_is_read(tmp_path: Path) -> None:
    window = _load(tmp_path, GOOD)
    assert window is not None
    assert [(one.when, one.reason) for one in window.allow] == [
        ("Mon-Fri 09:00-17:00", ""),
        ("cron 0 9 1 * * for 2h", "the monthly one"),
    ]
    assert (window.best[0].when, window.holidays, window.warn) == ("Tue-Thu 10:00-14:00", ["US"], 1800)
    assert (window.freezes[0].from_, window.freezes[0].to) == ("2026-12-20", "2027-01-03T06:00:00")


def test_an_environment_has_its_own(tmp_path: Path) -> None:
    window = _load(tmp_path, GOOD, "staging")
    assert window is not None
    assert (window.allow, window.holidays, window.zone) == ([], [], "America/New_York")


def test_without_a_table_there_is_none(tmp_path: Path) -> None:
    assert _load(tmp_path, "") is None
    assert _load(tmp_path, "[window]\n") == WindowSettings()


WRONG = [
    ('[window]\nzone = "New York"\n', 2, "window.zone: no time zone 'New York'; did you mean"),
    ('[window]\nbest = ["Tue 9-10",\n  "Tuu 9-10"]\n', 3, "window.best.1.when: 'Tuu' is not a day of the week"),
    ('[window]\ndeny = "Mon 9"\n', 2, "window.deny.0.when: '9' is not a range of hours"),
    ('[window]\navoid = [\n  # x, "]\n  { when = "Sat" },\n  { why = "x" },\n]\n', 5, "window.avoid.1"),
    ('[window]\navoid = [{ when = "Sat", resaon = "x" }]\n', 2, "did you mean 'reason'?"),
    ("[window]\nallow = [3]\n", 2, "window.allow.0"),
    ("[window]\nmonth_end = 40\n", 2, "window.month_end: input should be less than"),
    ("[window]\nmonth_end = -1\n", 2, "window.month_end: input should be greater than"),
    ('[window]\nspecial_days = "closed"\n', 2, "window.special_days: input should be 'avoid' or 'deny'"),
    ('[window]\nwarn = "soon"\n', 2, "window.warn: 'soon' is not a duration"),
    ("[window]\nfreeze = []\n", 2, "did you mean 'freezes'?"),
    ("[window]\nfreezes = [\n{ from = 2026-12-20, to = 2026-12-19 }]\n", 3, "ends (2026-12-19) before it starts"),
    (
        '[[window.freezes]]\nfrom = 2026-12-20\nto = 2026-12-21\n[[window.freezes]]\nfrom = "x"\nto = 1\n',
        5,
        "not a day",
    ),
    ("[[window.freezes]]\nfrom = 2026-12-20T10:00:00Z\nto = 2026-12-21\n", 2, "without an offset"),
    ("[[window.freezes]]\nfrom = 2026-12-20\n", 1, "window.freezes.0.to: field required"),
    ("[[window.freezes]]\nfrom = 2026-12-20\nto = 2026-12-21\nuntil = 1\n", 4, "window.freezes.0.until: unknown key"),
    ("window = 3\n", 1, "window"),
    ('[environments.production.window]\nzone = "x/y"\n', 2, "no time zone 'x/y'"),
]


@pytest.mark.parametrize(("text", "line", "words"), WRONG)
def test_an_error_has_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, text, "production" if "environments" in text else None)
    found, said = caught.value.problems[0]
    assert found == line
    assert words in said


def test_the_example_of_the_manual_is_good(tmp_path: Path) -> None:
    manual = (Path(__file__).resolve().parents[2] / "docs" / "windows.md").read_text()
    window = _load(tmp_path, manual.partition("```toml\n")[2].partition("```")[0])
    assert window is not None
    assert (window.best[0].when, window.freezes[0].reason) == ("Tue-Thu 10:00-14:00", "the fair")


def test_the_window_that_init_writes_is_good_when_it_is_switched_on(tmp_path: Path) -> None:
    lines = settings_text("", None).partition("# [window]\n")[2].partition("\n\n")[0].splitlines()
    window = _load(tmp_path, "[window]\n" + "\n".join(line.removeprefix("# ") for line in lines))
    assert window is not None
    assert (window.holidays, window.freezes[0].reason) == (["US"], "year end")


ARRAYS = """\
a = [1, [2, 3],
  "x, ]", # , ]
  { b = [4,
    5], c = 1 }, 6,
  '''
  , ]''', 7]
[[t]]
x = 1
[[t]]
y = [
  1,
  2]
"""
ELEMENTS = [
    (("a", "0"), 1),
    (("a", "1"), 1),
    (("a", "2"), 2),
    (("a", "3"), 3),
    (("a", "3", "c"), 3),
    (("a", "4"), 4),
    (("a", "5"), 5),
    (("a", "6"), 6),
    (("a", "9"), 1),
    (("t", "0"), 7),
    (("t", "0", "x"), 8),
    (("t", "1"), 9),
    (("t", "1", "z"), 9),
    (("t", "1", "y", "1"), 12),
]


@pytest.mark.parametrize(("location", "line"), ELEMENTS)
def test_the_line_of_an_element(location: tuple[str, ...], line: int) -> None:
    assert find_line(ARRAYS, location) == line
