"""Which check an item's words ask for: the items of many checklists, and those that only look alike."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from cockpit.checks.registry import is_known
from cockpit.deploy import commands as c
from cockpit.deploy.builtin_checks import is_live
from cockpit.deploy.recommend import recommend
from cockpit.planning.build import make_plan
from cockpit.planning.inference import inferred_check
from cockpit.runbook.parse import parse
from cockpit.settings.load import Settings
from tests.builders import Deploy, item

METRICS = ("errors", "p95", "connections", "health")


@pytest.mark.parametrize(
    ("text", "phase", "name"),
    [
        ("All CI checks are green", "preflight", "ci.status"),
        ("Pipeline passed on main", "preflight", "ci.status"),
        ("No Gitleaks findings", "preflight", "secrets.scan"),
        ("Secrets were rotated this quarter", "preflight", "secrets.age"),
        ("No `.env` file is committed", "preflight", "git.no_env_files"),
        ("Environment variables are set", "preflight", "env.required"),
        ("`yarn.lock` is committed", "preflight", "git.lockfile"),
        ("Working tree is clean", "preflight", "git.clean"),
        ("RLS verified on new tables", "preflight", "postgres.rls"),
        ("Backup taken", "preflight", "backup.fresh"),
        ("TLS certificates valid for a month", "preflight", "tls.expiry"),
        ("Disk space is sufficient", "preflight", "disk.space"),
        ("Health endpoint responds", "verify", "health"),
        ("No error spikes", "verify", "metric:errors"),
        ("P95 as before", "verify", "metric:p95"),
        ("Database connections healthy", "verify", "metric:connections"),
        ("Monitor metrics for 1 hour", "close", "watched"),
        ("Update deployment log", "close", "log"),
        # What only looks alike.
        ("Monitor metrics for 1 hour", "deploy", ""),
        ("Migrations tested in staging, backup taken there", "preflight", ""),
        ("Alert on error rate configured", "preflight", ""),
        ("Review error logs", "close", ""),
        ("The team knows about the deploy", "preflight", ""),
        ("Circuit breakers tested", "preflight", ""),
        ("Backup plan discussed", "preflight", ""),
    ],
)
def test_what_the_words_ask_for(text: str, phase: str, name: str) -> None:
    found = inferred_check(text, phase, METRICS, has_health=True)
    assert found == name
    assert not found or is_known(found) or is_live(found)


@pytest.mark.parametrize("text", ["Health endpoint responds", "No error spikes", "P95 as before"])
def test_what_nothing_here_measures_stays_with_people(text: str) -> None:
    assert inferred_check(text, "verify", (), has_health=False) == ""


def test_the_plan_says_what_it_inferred_and_the_settings_can_forbid_it() -> None:
    runbook = parse(b"# Ship\n\n## Pre-flight\n\n- [ ] Backup taken\n\n## Steps\n\n```bash\ntrue\n```\n")
    given: dict[str, Any] = {"root": "/srv/app", "runbook_path": "RUNBOOK.md", "runbook_text": ""}
    plan = make_plan(runbook, Settings(), **given)
    (task,) = plan.in_phase("preflight")
    assert (task.builtin, task.inferred, task.is_outside) == ("backup.fresh", True, True)
    assert 'line 5: "Backup taken" is answered by backup.fresh' in plan.inferred
    (by_hand,) = make_plan(runbook, Settings(infer=False), **given).in_phase("preflight")
    assert (by_hand.kind, by_hand.builtin) == ("manual", "")


def _guessed() -> Deploy:
    return Deploy.of(replace(item("ready"), kind="check", builtin="backup.fresh", outside=True, inferred=True))


def test_where_the_check_does_not_know_a_persons_tick_counts() -> None:
    deploy = _guessed().do(c.RecordCheck(task="ready", verdict="unknown", summary="no idea"), "cockpit")
    following = recommend(deploy.state, deploy.now)
    assert following.command == c.TickItem(task="ready")
    assert "backup.fresh inconclusive: no idea" in following.words
    deploy.tick("ready")
    assert deploy.status("ready") == "pass"


def test_where_it_fails_only_a_reason_helps() -> None:
    deploy = _guessed().do(c.RecordCheck(task="ready", verdict="fail", summary="too old"), "cockpit")
    assert "cannot be ticked" in deploy.refusal(c.TickItem(task="ready"))
    deploy.do(c.WaiveItem(task="ready", reason="it is elsewhere"))
    assert deploy.status("ready") == "waived"


def test_the_page_about_the_checks_is_up_to_date() -> None:
    tool = Path(__file__).resolve().parents[2] / "tools" / "checks_doc.py"
    ran = subprocess.run([sys.executable, str(tool), "--check"], check=False)
    assert ran.returncode == 0, "run tools/checks_doc.py"
