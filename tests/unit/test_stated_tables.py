"""`cockpit init`: what the prose states becomes settings that can be loaded, each with its line."""

import tomllib
from typing import Any

import pytest

from cockpit.runbook.parse import parse
from cockpit.runbook.stated import read_stated
from cockpit.runbook.stated_windows import read_window
from cockpit.settings.load import Settings
from cockpit.settings.scaffold import settings_text
from cockpit.settings.stated_tables import Answer
from tests.unit.runbook import SHARED
from tests.unit.test_stated import TEXT

WINDOW = """
- **Best**: Tuesday-Thursday, 10:00-14:00 EST
- **Avoid**:
  - Friday PM (limited weekend coverage)
  - Monday AM (highest traffic)
  - Major holidays
  - Black Friday/Cyber Monday
"""


def _read(text: str, answer: Answer | None = None) -> tuple[str, dict[str, Any]]:
    runbook = parse(text)
    written = settings_text("RUNBOOK.md", runbook, read_stated(text, runbook), answer)
    table = tomllib.loads(written)
    Settings.model_validate(table)
    return written, table


def test_what_is_stated_is_live_and_names_its_line() -> None:
    written, table = _read(TEXT + WINDOW, ("prometheus", "http://prometheus.internal:9090"))
    assert table["sources"] == {
        "health": {"type": "health", "url": "https://shop.acme.io/health"},
        "app": {"type": "prometheus", "url": "http://prometheus.internal:9090"},
    }
    assert table["metrics"] == {
        "errors": {"baseline": "0.1 %", "watch": "1 %", "breach": "5 %"},
        "p95": {"baseline": "3 s", "watch": "5 s", "alert": "10 s", "breach": "10 s"},
    }
    assert table["rollback"] == {"reasons": ["Latency above 7 s for anyone"]}
    assert (table["watch"], table["report"]) == ("1h", {"directory": "reports/deploys"})
    window = table["window"]
    assert (window["zone"], window["best"]) == ("America/New_York", ["Tue-Thu 10:00-14:00"])
    assert window["avoid"] == [
        {"when": "Fri 12:00-24:00", "reason": "limited weekend coverage"},
        {"when": "Mon 00:00-12:00", "reason": "highest traffic"},
    ]
    assert (window["holidays"], window["black_friday"], window["cyber_monday"]) == ("US", True, True)
    assert 'url = "https://shop.acme.io/health"  # line 7' in written
    assert '# alert = "2x baseline"         # line 14, contradicts watch = 1 % of line 13' in written
    assert '# stages = [{ percent = "5 %", day = 1 }, { percent = "100 %", day = 2 }]' in written


def test_what_cannot_be_known_is_one_question_and_its_levels_wait() -> None:
    written, table = _read(TEXT)
    assert "metrics" not in table
    assert "# Where are errors and response times measured? The levels of lines 12 and 16 hold" in written
    assert '# breach = "5 %"' in written
    everything = "\n".join(line.removeprefix("# ") for line in written.split("\n") if " = " in line or "[" in line)
    assert "[metrics.errors]" in everything


def test_a_database_s_variable_is_taken_where_it_is_the_only_one() -> None:
    levels = "\n## Watch\n\n- Database connections: alert >95%\n"
    dump = "\n## Backup\n\n```bash\npg_dump $DATABASE_URL > b.sql\n```\n"
    _, table = _read(TEXT + levels + dump)
    assert table["sources"]["database"] == {"type": "postgres", "dsn": "env:DATABASE_URL"}
    assert table["metrics"]["connections"] == {"alert": "95 %"}
    written, table = _read(TEXT + levels + dump.replace("$DATABASE_URL", "$DATABASE_URL $OLD_DB_URL"))
    assert "database" not in table["sources"]
    assert "Which variable has the database's address?" in written


def test_a_runbook_that_states_nothing_gets_the_samples() -> None:
    written, table = _read("# Ship\n\n## Deploy\n\n```bash\n./ship\n```\n")
    assert not {"sources", "metrics", "window", "report", "flags"} & {*table}
    for sample in ("# [sources.app]", "# [metrics.errors]", "# [window]"):
        assert sample in written


@pytest.mark.parametrize(
    ("text", "rules", "zone"),
    [
        ("Best: Tue - Thu 10am-2pm PST", [("best", "Tue-Thu 10:00-14:00")], "America/Los_Angeles"),
        ("- Preferred window: weekdays", [], None),
        ("**Avoid:** Fridays after 15:00", [("avoid", "Fri 15:00-24:00")], None),
        ("Avoid: weekends", [("avoid", "weekends")], None),
        ("Never deploy on: Friday, Saturday or Sunday", [("avoid", "Fri,Sat,Sun")], None),
        ("- Best:\n  - Monday to Wednesday, 09:00-11:30 UTC", [("best", "Mon-Wed 09:00-11:30")], "UTC"),
        ("- Avoid:\n  - dropping columns\n  - renaming columns", [], None),
        ("Best: ask the team", [], None),
        ("Avoid: Black Friday", [], None),
        ("Best practice: test on Friday", [], None),
        ("We deployed on Tuesday, 10:00-14:00 EST", [], None),
        ("Best: Tuesday 25:00-99:00", [("best", "Tue")], None),
    ],
)
def test_windows_in_prose(text: str, rules: list[tuple[str, str]], zone: str | None) -> None:
    found = read_window(list(enumerate(text.split("\n"), 1)))
    assert [(rule.kind, rule.when) for rule in found.rules] == rules
    assert (found.zone[1] if found.zone else None) == zone


@pytest.mark.skipif(not (SHARED / "seed").exists(), reason="no shared seed")
def test_the_seed_s_own_text_becomes_its_settings() -> None:
    text = (SHARED / "seed" / "production_deployment.md").read_text()
    _, table = _read(text, ("openmetrics", "http://app/metrics"))
    assert table["sources"]["health"]["url"] == "https://app.hotrodan.com/health"
    assert table["metrics"]["errors"] == {"baseline": "0.1 %", "watch": "1 %", "breach": "5 %"}
    assert table["window"]["best"] == ["Tue-Thu 10:00-14:00"]
    assert (table["watch"], table["report"]["directory"]) == ("1h", "reports/deploys")


def test_an_address_is_written_as_a_string_of_toml_whatever_is_in_it() -> None:
    url = 'http://prometheus.internal:9090/?q="a"\\b'
    _, table = _read(TEXT, ("prometheus", url))
    assert table["sources"]["app"]["url"] == url
