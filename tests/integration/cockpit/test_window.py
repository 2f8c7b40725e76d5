"""`cockpit window`, and what a closed window does with `cockpit run`."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from cockpit.cli.window import show_window
from tests.integration.cockpit.helpers import Repository, repository
from tests.reading import review

RUNBOOK = "# Shipping\n\n## Deployment steps\n\n### Step 1: Say hello\n```bash\necho hello from the step\n```\n"
NEVER = '[window]\nzone = "America/New_York"\nallow = ["daily"]\ndeny = [{ when = "daily", reason = "the fair" }]\n'
# 24 November 2026 is a Tuesday.
OFFICE = """\
[window]
zone = "America/New_York"
best = ["Tue-Thu 10:00-14:00"]
allow = ["Mon-Fri 09:00-17:00"]
avoid = ["Fri 12:00-24:00"]
black_friday = true
"""


@pytest.fixture
def bakery(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    with repository(RUNBOOK) as made:
        made.git("config", "user.name", "Ann Baker")
        monkeypatch.chdir(made.root)
        yield made


ASKED = [
    ("2026-11-24T11:20-05:00", 0, "best", "2026-11-24T14:00:00-05:00", "2026-11-25T10:00:00-05:00"),
    ("2026-11-24T14:00:00Z", 0, "allowed", "2026-11-24T17:00:00-05:00", "2026-11-24T10:00:00-05:00"),
    ("2026-11-27T11:00-05:00", 0, "avoid", "2026-11-27T17:00:00-05:00", "2026-12-01T10:00:00-05:00"),
    ("2026-11-28T11:00-05:00", 1, "closed", None, "2026-12-01T10:00:00-05:00"),
    ("2026-03-06T18:00-05:00", 1, "closed", None, "2026-03-10T10:00:00-04:00"),
]


@pytest.mark.parametrize(("at", "status", "verdict", "closes", "best"), ASKED)
def test_the_answer_as_json_and_its_exit_status(
    bakery: Repository,
    capsys: pytest.CaptureFixture[str],
    at: str,
    status: int,
    verdict: str,
    closes: str | None,
    best: str,
) -> None:
    (bakery.root / "cockpit.toml").write_text(OFFICE)
    assert show_window(at, None, as_json=True) == status
    told = json.loads(capsys.readouterr().out)
    assert list(told) == ["verdict", "reasons", "closes_at", "next_best"]
    assert (told["verdict"], told["closes_at"], told["next_best"]) == (verdict, closes, best)
    assert told["reasons"]
    assert all(isinstance(reason, str) for reason in told["reasons"])


def test_the_answer_in_words_is_one_paragraph(bakery: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    (bakery.root / "cockpit.toml").write_text(OFFICE)
    assert show_window("2026-11-28T11:00-05:00", None, as_json=False) == 1
    assert capsys.readouterr().out == (
        "Sat 2026-11-28 11:00 EST is closed: outside best Tue-Thu 10:00-14:00, allow Mon-Fri 09:00-17:00. It is "
        "next allowed from Mon 2026-11-30 09:00 EST. The next good window starts Tue 2026-12-01 10:00 EST.\n"
    )


def test_without_a_table_the_default_schedule_answers(
    bakery: Repository, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    assert show_window("2026-07-14T10:00-04:00", None, as_json=False) == 0
    said = capsys.readouterr().out
    assert said.startswith("Tue 2026-07-14 10:00 EDT is in the best window: best Tue-Thu 10:00-14:00")
    assert "The default schedule" in said


def test_a_zone_that_is_hardly_meant_is_warned_of(bakery: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    (bakery.root / "cockpit.toml").write_text('[window]\nzone = "EST"\n')
    assert show_window(None, None, as_json=True) == 0
    assert "use that name" in capsys.readouterr().err


USAGE = [
    (OFFICE, "whenever", None, "--at whenever: use 14:00"),
    (OFFICE, "+99999999d", None, "--at +99999999d: not a time"),
    (OFFICE, "9999-12-31T23:00Z", None, "--at 9999-12-31T23:00Z: not a time"),
    (OFFICE, "+soon", None, "--at +soon: "),
    ('[window]\nzone = "Bonn"\n', None, None, "cockpit.toml:2: window.zone"),
    ('[window]\nholidays = "XX"\n', None, None, "cockpit.toml:2: window.holidays"),
    ("[environments.staging]\n", None, "stagin", "no [environments.stagin]"),
]


@pytest.mark.parametrize(("text", "at", "environment", "words"), USAGE)
def test_wrong_usage_has_status_2(
    bakery: Repository,
    capsys: pytest.CaptureFixture[str],
    text: str,
    at: str | None,
    environment: str | None,
    words: str,
) -> None:
    (bakery.root / "cockpit.toml").write_text(text)
    assert show_window(at, environment, as_json=False) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert said.out == ""


def test_a_closed_window_refuses_with_status_4_and_says_what_to_do(bakery: Repository) -> None:
    (bakery.root / "cockpit.toml").write_text(NEVER)
    done = bakery.cockpit("run", "docs/deploy.md", "--headless", "--yes")
    assert done.returncode == 4, done.stdout + done.stderr
    for words in ("is closed: deny daily: the fair", "No good window within 60 days", "--emergency --approved-by NAME"):
        assert words in done.stderr
    own = bakery.cockpit(
        "run", "docs/deploy.md", "--headless", "--emergency", "--approved-by", " ann  BAKER", "--reason", "x"
    )
    assert own.returncode == 2
    assert "must be someone other than Ann Baker" in own.stderr
    assert not bakery.layout.folder.exists()
    asked = bakery.cockpit("window", "--json")
    assert (asked.returncode, json.loads(asked.stdout)["verdict"]) == (1, "closed")


def test_an_emergency_passes_over_it_and_that_is_written_down(bakery: Repository) -> None:
    review(bakery.root / "docs" / "deploy.md")
    (bakery.root / "cockpit.toml").write_text(NEVER)
    emergency = ("--emergency", "--approved-by", "Eve", "--reason", "shop is down")
    done = bakery.cockpit("run", "docs/deploy.md", "--headless", "--yes", *emergency)
    assert done.returncode == 0, done.stdout + done.stderr
    plan = bakery.state.plan
    assert plan is not None
    assert plan.bypassed == ("the deploy window was closed: deny daily: the fair",)
    assert (plan.window, plan.window_closes_at) == ("closed: deny daily: the fair", None)
    assert (plan.approved_by, plan.emergency_reason) == ("Eve", "shop is down")
    log = bakery.log.read_text()
    assert "approved by Eve: shop is down" in log
    assert "the deploy window was closed: deny daily: the fair" in log


def test_the_planned_time_counts_and_the_default_schedule_refuses_nothing(bakery: Repository) -> None:
    review(bakery.root / "docs" / "deploy.md")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    (bakery.root / "cockpit.toml").write_text(f'[window]\ndeny = ["{tomorrow:%Y-%m-%d}"]\n')
    late = bakery.cockpit("run", "docs/deploy.md", "--headless", "--yes", "--at", f"{tomorrow:%Y-%m-%dT12:00Z}")
    assert late.returncode == 4
    (bakery.root / "cockpit.toml").unlink()
    saturday = bakery.cockpit("run", "docs/deploy.md", "--headless", "--yes", "--at", "2026-11-28T12:00-05:00")
    assert saturday.returncode == 0, saturday.stdout + saturday.stderr
    assert "is not recommended: avoid Sat-Sun" in saturday.stderr
    plan = bakery.state.plan
    assert plan is not None
    assert (plan.window_enforced, plan.bypassed) == (False, ())
