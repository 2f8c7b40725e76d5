"""`cockpit.toml`: every error at once, each with its line and what was probably meant."""

from pathlib import Path

import pytest

from cockpit.opening.deploy import check_metrics
from cockpit.settings.load import Settings, SettingsError, find_line, load, schema


def _load(folder: Path, text: str, environment: str | None = None) -> Settings:
    path = folder / "cockpit.toml"
    path.write_text(text)
    return load(path, environment)


def _problems(folder: Path, text: str, environment: str | None = None) -> list[tuple[int, str]]:
    with pytest.raises(SettingsError) as caught:
        _load(folder, text, environment)
    return caught.value.problems


EVERYTHING_WRONG = """\
runbok = "x.md"
watch = "soon"

[sources.app]
url = "http://x"   # no type

[metrics.errors]  # a comment behind a heading
breach = "five"
braech = 5

[metrics."a.b"]
unit = "furlong"

[tasks."deploy/ship"]
timeout = -3
fase = "deploy"

[variables]
TOKEN = "env:TOKEN"
"""


def test_all_errors_come_at_once_with_their_lines(tmp_path: Path) -> None:
    problems = _problems(tmp_path, EVERYTHING_WRONG)
    found = dict(problems)
    assert len(found) == len(problems) == 9
    assert "did you mean 'runbook'?" in found[1]
    assert "watch: 'soon' is not a duration" in found[2]
    assert "sources.app.type" in found[4]
    assert "metrics.errors.breach: 'five' is not a threshold" in found[8]
    assert "did you mean 'breach'?" in found[9]
    assert "unit" in found[12]
    assert "timeout" in found[15]
    assert "did you mean 'phase'?" in found[16]
    assert "variables.TOKEN" in found[19]


def test_the_error_names_the_file_and_the_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, "\nwatsh = 1\n")
    assert str(caught.value).startswith(f"{tmp_path / 'cockpit.toml'}:2: watsh: unknown key; did you mean 'watch'?")


def test_a_key_that_resembles_nothing_lists_what_there_is(tmp_path: Path) -> None:
    ((line, text),) = _problems(tmp_path, "[report]\nxyzzy = 1\n")
    assert (line, text) == (2, "report.xyzzy: unknown key; known: directory")


BROKEN_FILES = [
    (b"a = \n", 1, "nvalid"),
    (b"x = 1\n[a\n", 2, ""),
    (b"a = 1\na = 2\n", 2, ""),
    (b"\xff\xfe", 0, "is not UTF-8"),
]


@pytest.mark.parametrize(("data", "line", "words"), BROKEN_FILES)
def test_a_file_that_is_no_toml_says_where(tmp_path: Path, data: bytes, line: int, words: str) -> None:
    path = tmp_path / "cockpit.toml"
    path.write_bytes(data)
    with pytest.raises(SettingsError) as caught:
        load(path)
    ((found, text),) = caught.value.problems
    assert found == line
    assert words in text


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        load(tmp_path / "cockpit.toml")


def test_an_empty_file_has_the_defaults(tmp_path: Path) -> None:
    assert _load(tmp_path, "") == Settings()


LEVELS = [
    ("watch = 2\nalert = 1\n", 3, "alert 1 % is below watch 2 %"),
    ("alert = 4\nbreach = 3\n", 3, "breach 3 % is below alert 4 %"),
    ("watch = 1.5\nalert = 1.5\nbreach = 1\n", 4, "breach 1 % is below alert 1.5 %"),
    (
        "alert = '2x baseline'\nbaseline = '0.1 %'\n",
        2,
        "alert 0.2 % (2x baseline, baseline 0.1 %) is below watch 1 %",
    ),
    (
        "direction = 'below'\nwatch = 3\nalert = 2\nbreach = 2.5\n",
        5,
        "breach 2.5 % is above alert 2 %",
    ),
]


@pytest.mark.parametrize(("levels", "line", "words"), LEVELS)
def test_levels_out_of_order_are_an_error(tmp_path: Path, levels: str, line: int, words: str) -> None:
    settings = _load(tmp_path, f"[metrics.errors]\n{levels}[sources.app]\ntype = 'openmetrics'\nurl = 'http://x'\n")
    with pytest.raises(SettingsError) as caught:
        check_metrics(tmp_path / "cockpit.toml", settings)
    assert caught.value.problems == [(line, f"metrics.errors: {words}")]


def test_levels_that_are_equal_are_in_order(tmp_path: Path) -> None:
    metric = _load(tmp_path, "[metrics.p95]\nwatch = 5\nalert = 10\nbreach = 10\n").metrics["p95"]
    assert (metric.watch, metric.alert, metric.breach) == (5, 10, 10)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_a_level_that_nothing_could_pass_is_an_error(tmp_path: Path, value: str) -> None:
    ((line, text),) = _problems(tmp_path, f"[metrics.errors]\nbreach = {value}\n")
    assert line == 2
    assert "cannot be a threshold" in text


def test_a_source_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    assert _problems(tmp_path, '[metrics.errors]\nsource = "ap"\n') == [(2, "metrics.errors: no [sources.ap]")]


ENVIRONMENTS = """\
watch = "1h"
[sources.app]
type = "openmetrics"
url = "http://prod"
[metrics.errors]
breach = "5 %"
[environments.staging]
watch = "1m"
[environments.staging.sources.app]
url = "http://staging"
[environments.canary]
watch = "2m"
"""


def test_an_environment_lays_its_values_over_the_rest(tmp_path: Path) -> None:
    staging = _load(tmp_path, ENVIRONMENTS, "staging")
    assert (staging.environment, staging.watch) == ("staging", 60)
    assert staging.sources["app"].options() == {"url": "http://staging"}
    assert staging.metrics["errors"].breach == 5
    plain = _load(tmp_path, ENVIRONMENTS)
    assert (plain.environment, plain.watch, plain.sources["app"].options()["url"]) == (
        "production",
        3600,
        "http://prod",
    )


def test_an_environment_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    ((_, text),) = _problems(tmp_path, ENVIRONMENTS, "stagin")
    assert text == "--env stagin: no [environments.stagin]; known: staging, canary"


def test_an_error_in_an_environment_has_the_line_of_the_environment(tmp_path: Path) -> None:
    text = ENVIRONMENTS + "[environments.staging.metrics.errors]\nbreach = 'x'\nalret = 1\n"
    assert sorted(line for line, _ in _problems(tmp_path, text, "staging")) == [14, 15]


def test_environments_that_are_no_tables_are_an_error(tmp_path: Path) -> None:
    assert _problems(tmp_path, "environments = 3\n", "staging")[0][0] == 1
    assert _problems(tmp_path, "[environments]\nstaging = 3\n", "staging")[0][0] == 2


LINES = [
    (("watch",), 1),
    (("sources", "app", "url"), 3),
    (("sources", "app"), 2),
    (("sources", "app", "missing"), 2),
    (("metrics", "errors", "breach"), 5),
    (("tasks", "a.b/c", "timeout"), 7),
    (("variables", "TOKEN", "secret"), 9),
    (("nowhere", "x"), 0),
]


@pytest.mark.parametrize(("location", "line"), LINES)
def test_the_line_of_a_key(location: tuple[str, ...], line: int) -> None:
    text = (
        "watch = 1\n[ sources . app ] # here\nurl = 'a=b'\n[metrics]\nerrors.breach = 5\n"
        '[tasks."a.b/c"]\ntimeout = 1\n[variables]\nTOKEN = { secret = true }\n'
    )
    assert find_line(text, location) == line


def test_the_schema_lets_editors_accept_what_the_reader_accepts() -> None:
    shape = schema()
    assert set(Settings.model_fields) <= set(shape["properties"])
    watch = shape["properties"]["watch"]
    assert {one["type"] for one in watch["anyOf"]} == {"number", "string"}
    assert "from" in shape["$defs"]["VariableSettings"]["properties"]
    assert shape["additionalProperties"] is False


def test_the_demos_settings_are_good(tmp_path: Path) -> None:
    template = Path(__file__).resolve().parents[2] / "cockpit" / "demo" / "template" / "cockpit.toml"
    text = template.read_text().replace("@WATCH@", "20s").replace("@URL@", "http://x").replace("@WINDOW@", "5s")
    text = text.replace("@COUNTDOWN@", "2s").replace("@FOR@", "5s")
    text = text.replace("@SOAK@", "8s")
    assert _load(tmp_path, text).metrics["errors"].breach == 5


def test_a_key_for_an_action_that_is_not_there_is_an_error_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "cockpit.toml"
    path.write_text('[keys]\nrollback = "B"\nroll-bakc = "b"\n')
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert str(caught.value) == f"{path}:3: keys.roll-bakc: no action has this ID; did you mean 'rollback'?"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[team]\ndsn = "env:TEAM_DSN"\n', 1, "needs `project = ...`"),
        ('project = "shop"\n[team]\ndsn = "postgresql://db/team"\n', 3, "team.dsn: string should match pattern"),
        ('project = "shop"\n[team]\ndsn = "env:X"\ndead_after = "1s"\n', 4, "team.dead_after"),
        ('project = "shop"\n[team]\ndsn = "env:X"\ndeadafter = "60s"\n', 4, "did you mean 'dead_after'?"),
    ],
)
def test_a_team_needs_a_name_and_a_variable(tmp_path: Path, text: str, line: int, words: str) -> None:
    ((found, said),) = _problems(tmp_path, text)
    assert found == line
    assert words in said
