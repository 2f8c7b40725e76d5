"""`cockpit check`: settings and metric sources before a deploy, with file and line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cockpit.cli.check import Options, run_check
from cockpit.linting.found import Found
from cockpit.linting.output import plain
from cockpit.opening.preflight import check
from tests.integration.metrics.service import Service, service
from tests.reading import review

RUNBOOK = """\
# Shipping

## Deploy
```bash
./backup
```
```bash {name=ship}
./deploy now
```

## Rollback

**Option 1: The release before**
```bash
./deploy --previous
```
"""
BUCKETS = {"0.1": 10.0, "0.5": 20.0, "10": 20.0, "+Inf": 20.0}


@pytest.fixture
def app() -> Iterator[Service]:
    with service() as one:
        one.growing = lambda n: one.page(2000 * n, 2 * n, {le: count * n for le, count in BUCKETS.items()})
        yield one


def _found(folder: Path, settings: str, runbook: str = RUNBOOK) -> list[Found]:
    (folder / "RUNBOOK.md").write_text(runbook)
    (folder / "cockpit.toml").write_text(settings)
    return check(str(folder / "RUNBOOK.md"))


def _said(found: list[Found]) -> list[tuple[str, int, str]]:
    return [(one.severity, one.line, one.code) for one in found]


def _app(app: Service) -> str:
    return f'[sources.app]\ntype = "openmetrics"\nurl = "{app.url("/metrics")}"\nwindow = "10s"\n'


def test_a_good_setup_says_what_arms_the_triggers_and_where_they_lead(tmp_path: Path, app: Service) -> None:
    found = _found(tmp_path, _app(app) + '[metrics.p95]\nwatch = "1 s"\nalert = "2 s"\nbreach = "5 s"\n')
    assert _said(found) == [("info", 1, "answers"), ("info", 4, "arms"), ("info", 14, "way-back")]
    assert [one.text for one in found] == [
        "sources.app: 2 of 2 metrics are ok",
        '"./backup" arms the triggers: errors, p95 (`./backup` is not known to be read-only)',
        'triggers use "Option 1: The release before"',
    ]
    assert {Path(one.file).name for one in found} == {"cockpit.toml", "RUNBOOK.md"}


def test_a_metric_that_breaches_now_is_not_well(tmp_path: Path, app: Service) -> None:
    app.growing = lambda n: app.page(18 * n, 2 * n, {le: count * n for le, count in BUCKETS.items()})
    found = _found(tmp_path, _app(app))
    assert (found[0].severity, found[0].code) == ("error", "breach")
    assert found[0].text.startswith("metrics.errors: breaches now: errors 10 % > 5 %; a deploy waits")
    assert not any("2 of 2 metrics are well" in one.text for one in found)


def test_each_source_is_asked_and_what_it_lacks_is_told_with_its_line(tmp_path: Path, app: Service) -> None:
    settings = (
        _app(app)
        + '[metrics.p95]\nbreach = "20 s"\n'
        + '[sources.gone]\ntype = "health"\nurl = "http://127.0.0.1:1/"\n'
        + '[sources.api]\ntype = "http_json"\nurl = "env:NO_SUCH_ADDRESS"\n'
        + '[metrics.queue]\nsource = "api"\noptions = { path = "x" }\n'
        + '[sources.idle]\ntype = "http_json"\nurl = "http://127.0.0.1:1/"\n'
        + '[metrics.old]\nsource = "shell"\noptions = { command = "echo 1, but not here" }\n'
        + '[sources.shell]\ntype = "command"\n'
    )
    found = _found(tmp_path, settings)
    assert _said(found)[:7] == [
        ("error", 5, "unreachable-level"),
        ("warning", 5, "unreachable-level"),
        ("info", 1, "answers"),
        ("error", 7, "no-answer"),
        ("error", 10, "source"),
        ("warning", 16, "unused"),
        ("error", 19, "no-answer"),
    ]
    assert found[4].text == "sources.api.url: $NO_SUCH_ADDRESS is not set"
    assert found[0].text == "metrics.p95: breach 20 s can never be reached: the histogram's top finite bucket is 10 s"


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("http://no-such-host.invalid/up", "no-answer", "unknown host: http://no-such-host.invalid/up"),
        ("http://127.0.0.1:1/up", "no-answer", "connection refused by http://127.0.0.1:1/up"),
        ("/nowhere", "down", "404 in "),
    ],
)
def test_a_health_address_that_is_not_up_is_never_well_and_says_why(
    path: str, code: str, words: str, tmp_path: Path, app: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):  # a proxy would answer for a host that there is not
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    app.growing, app.status = None, 404
    url = app.url(path) if path.startswith("/") else path
    (found, *rest) = _found(tmp_path, f'[sources.web]\ntype = "health"\nurl = "{url}"\n[metrics.health]\n')
    assert (found.severity, found.line, found.code) == ("error", 4, code)
    assert found.text.startswith(f"metrics.health: {'down' if code == 'down' else 'no answer'}: {words}")
    assert "Is the URL right" in found.text
    assert "([sources.web]); a deploy waits" in found.text
    assert "answers" not in [one.code for one in rest]


@pytest.mark.parametrize(
    ("settings", "line", "words"),
    [
        ("watch = 1\nwacht = 2\n", 2, "wacht: unknown key; did you mean 'watch'?"),
        ('[sources.a]\ntype = "helth"\n', 2, "sources.a: no source type 'helth'; did you mean 'health'?"),
        ('bell = true\n\n[rollback]\narm = "x"\n', 4, "rollback.arm: no deploy step named 'x'"),
        ("[rollback]\noption = 4\n", 2, "rollback.option: no option 4"),
        (
            '[sources.a]\ntype = "health"\nurl = "http://h"\n[gates.g]\nmetrics = ["slow"]\n',
            5,
            "gates.g: no metric 'slow'; known: health",
        ),
    ],
)
def test_settings_that_cannot_be_used_are_errors_with_their_line(
    settings: str, line: int, words: str, tmp_path: Path
) -> None:
    (found,) = _found(tmp_path, settings)
    assert (found.severity, found.line, found.code) == ("error", line, "settings")
    assert found.text.startswith(words)


@pytest.mark.parametrize(
    ("settings", "runbook", "expected"),
    [
        ("[rollback]\nautomatic = false\n", RUNBOOK, ("info", 2, "triggers")),
        ("", "# Shipping\n\n## Deploy\n- [ ] By hand\n", ("warning", 0, "triggers")),
        ("", RUNBOOK.replace("--previous", "<version>"), ("warning", 14, "way-back")),
        ("", RUNBOOK.partition("## Rollback")[0], ("warning", 0, "way-back")),
    ],
)
def test_why_no_trigger_can_roll_back_is_told(
    settings: str, runbook: str, expected: tuple[str, int, str], tmp_path: Path
) -> None:
    health = '[sources.web]\ntype = "health"\nurl = "http://127.0.0.1:1/"\n'
    assert _said(_found(tmp_path, settings + health, runbook))[-1] == expected


@pytest.mark.parametrize(
    ("name", "meant"),
    [("deploy:script-2", ""), ("deploy:skript-2", "did you mean 'deploy:script-2'?"), ("x", "list the IDs")],
)
def test_a_correction_that_has_lost_its_task_is_an_error_with_its_line(name: str, meant: str, tmp_path: Path) -> None:
    found = [
        one for one in _found(tmp_path, f'bell = true\n[tasks."{name}"]\nconfirm = true\n') if "tasks." in one.text
    ]
    assert [(one.severity, one.line, meant in one.text) for one in found] == ([("error", 2, True)] if meant else [])


def test_variables_that_cannot_be_had_are_errors_and_secrets_are_masked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOOR_KEY", "hunter2-hunter2")
    settings = (
        '[variables]\nDOOR_KEY = {}\nLEVEL = { from = "env:NO_SUCH_LEVEL" }\n'
        '[sources.shell]\ntype = "command"\nshell = true\n'
        '[metrics.own]\nsource = "shell"\noptions = { command = "echo $DOOR_KEY >&2; exit 1" }\n'
    )
    found = _found(tmp_path, settings)
    assert _said(found)[:2] == [("error", 3, "variables"), ("error", 7, "no-answer")]
    assert found[1].text == "metrics.own: echo: exit status 1: ***"


def test_a_variable_that_a_step_sets_is_a_warning_in_the_settings_of_an_earlier_init(tmp_path: Path) -> None:
    """`init` once listed these too: the deploy never needed them from outside."""
    runbook = (
        "# D\n\n## Deploy\n\n```bash\nexport SET_BY_STEP=1\n```\n\n```bash\necho $SET_BY_STEP $SET_BY_NOBODY\n```\n"
    )
    listed = "".join(f'{name} = {{ from = "env:{name}" }}\n' for name in ("SET_BY_STEP", "SET_BY_NOBODY"))
    found = [one for one in _found(tmp_path, f"[variables]\n{listed}", runbook) if one.code == "variables"]
    assert [(one.severity, one.line) for one in found] == [("warning", 2), ("error", 3)]
    assert "set by a step; remove it from [variables]" in found[0].text


def test_the_command_gives_lines_or_json_and_an_exit_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_check(None, Options()) == 2
    assert "no runbook given" in capsys.readouterr().err
    (tmp_path / "RUNBOOK.md").write_text(RUNBOOK)
    review(tmp_path / "RUNBOOK.md")
    assert run_check(None, Options(tools=False)) == 0
    assert capsys.readouterr().out == "no errors, no warnings\n"
    (tmp_path / "cockpit.toml").write_text("")
    assert run_check("RUNBOOK.md", Options(tools=False)) == 0
    assert "info triggers: no metric has a breach threshold" in capsys.readouterr().out
    (tmp_path / "cockpit.toml").write_text("wacht = 2\n")
    assert run_check("RUNBOOK.md", Options(form="json", tools=False)) == 1
    told: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    assert [(one["severity"], one["file"], one["line"], one["code"]) for one in told] == [
        ("error", "cockpit.toml", 1, "settings")
    ]
    words = plain([Found(**one) for one in told])
    assert words.startswith("cockpit.toml:1: error settings: wacht: unknown key")
    assert words.endswith("\n1 error, no warnings")
    assert run_check("RUNBOOK.md", Options(tools=False, runbook_only=True)) == 0
    assert run_check(None, Options(tools=False)) == 1
