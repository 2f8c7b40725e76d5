"""Notices: which fact fills which field, in every template there is; and values that can do no harm."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cockpit.deploy import commands as c
from cockpit.deploy.plan import Plan
from cockpit.deploy.state import State
from cockpit.planning.build import make_plan
from cockpit.report.notice_fields import fact_of
from cockpit.report.notices import Notice, due, notices
from cockpit.runbook.model import Template
from cockpit.runbook.parse import parse
from cockpit.runbook.templates import FieldPlace, fill_each, find_fields
from cockpit.settings.load import Settings
from tests.builders import START, Deploy, item, option, plan, rule, step

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = REPOSITORY.parent / "shared"
NEW_YORK = {"window": {"zone": "America/New_York"}}
T = 1795359300.0
"""2026-11-22 14:55 UTC, a winter's Sunday."""


def _template(body: str, kind: str = "pre_deploy") -> Template:
    return Template(id="t", title="T", line=1, body=body, fields=find_fields(body), kind=kind)  # type: ignore[arg-type]


def _deploy(body: str, kind: str = "pre_deploy", **more: Any) -> Deploy:
    given: dict[str, Any] = {
        "templates": (_template(body, kind),),
        "rollback": (option("back", step("undo")),),
        "metrics": (rule(), rule("p95", label="P95", unit="s", watch=1.0, alert=2.0, breach=5.0), rule("health")),
        "project": "web",
        "commit": "9ab03e1f00c0ffee",
        "current_commit": "4f2c1d9aa010",
        "planned_at": T,
        "changes": ("Fix the till", "Add a cake"),
        "settings": NEW_YORK,
        "baseline_seconds": 30.0,
    }
    return Deploy.of(item("look"), step("ship", offset_seconds=-300), item("after", "verify"), **{**given, **more})


def _first(deploy: Deploy, **given: str) -> Notice:
    return notices(deploy.state, deploy.now, given)[0]


LINES = [
    ("Time: <YYYY-MM-DD HH:MM UTC>", "Time: 2026-11-22 14:55 UTC (09:55 America/New_York)"),
    ("<YYYY-MM-DD HH:MM> UTC", "2026-11-22 14:55 UTC"),
    ("On YYYY-MM-DD at HH:MM UTC", "On 2026-11-22 at 14:55 UTC"),
    ("at HH:MM", "at 14:55 UTC"),
    ("When: [date and time]", "When: 2026-11-22 14:55 UTC (09:55 America/New_York)"),
    ("Changes: <Brief description>", "Changes: Fix the till; Add a cake"),
    ("What: [summary]", "What: Fix the till; Add a cake"),
    ("Version <version> of <service>", "Version 9ab03e1f00 of web"),
    ("Deployed by: <Name>", "Deployed by: ann"),
    ("Release of <app> by <engineer>", "Release of web by ann"),
    ("Env: <env>", "Env: production"),
    ("Rollback plan: <Link to this runbook>", "Rollback plan: RUNBOOK.md"),
    ("Downtime: <None/Minimal/X minutes>", None),
    ("Changelog: <Link to release notes>", None),
    ("Affected: <Feature/Service>", "Affected: web"),
    ("Done? [x] yes [ ] no", "Done? [x] yes [ ] no"),
]


@pytest.mark.parametrize(("line", "filled"), LINES)
def test_a_line_of_a_template_says_what_its_field_asks_for(line: str, filled: str | None) -> None:
    one = _first(_deploy(line))
    if filled is None:
        assert one.text == line + "\n"
        assert len(one.missing) == 1
    else:
        assert one.text == filled + "\n"
        assert one.missing == ()


POST = """\
Duration: <X minutes>
Status: <Success/Partial/Rolled back>
- Health: <Result>
- Errors: <Count, link to monitoring>
- Performance: <P95 response time>
Next steps: <Monitor for X hours / None>
Migrations: <files>
"""


def test_after_the_deploy_the_figures_stand_against_the_baseline() -> None:
    deploy = _deploy(POST, "post_deploy", watch_seconds=3600.0, migrations=("0042_add.sql",))
    for _ in range(12):
        deploy.later(1).read(errors=0.08, p95=0.4, health=1.0)
    deploy.tick("look").do(c.EnterPhase(phase="deploy")).run("ship").later(90).end("ship")
    deploy.read(errors=0.1, p95=0.52, health=1.0)
    assert _first(deploy).text.splitlines() == [
        "Duration: 1 min 30 s",
        "Status: <Success/Partial/Rolled back>",
        "- Health: all checks passing",
        "- Errors: 0.08 % -> 0.1 %",
        "- Performance: 400 ms -> 520 ms",
        "Next steps: Monitor for 1 h",
        "Migrations: 0042_add.sql",
    ]
    deploy.tick("after")
    deploy.do(c.CloseDeploy(outcome="aborted", reason="enough"))
    text = _first(deploy).text
    assert "Status: Aborted\n" in text
    assert "Next steps: None\n" in text


def test_what_was_not_measured_is_not_known() -> None:
    one = _first(_deploy(POST, "post_deploy"))
    assert [field.name for field in one.missing] == [
        "duration", "status", "health", "errors", "p95", "next", "migrations",
    ]  # fmt: skip


ROLLBACK = "[What happened]\nAt <YYYY-MM-DD HH:MM UTC>\nBack to <sha>\nETA: <X minutes>\nImpact: <User impact>\n"


def test_a_rollback_tells_its_reason_its_target_and_the_breaches() -> None:
    deploy = _deploy(ROLLBACK, "rollback").tick("look").run("ship").read(errors=9.0)
    deploy.do(c.StartRollback(option="back", confirmation="production", reason="errors everywhere"))
    assert _first(deploy).text.splitlines() == [
        "errors everywhere",
        "At 1970-01-12 13:46 UTC (08:46 America/New_York)",
        "Back to 4f2c1d9aa0",
        "ETA: <X minutes>",
        "Impact: errors 9 % > 5 %",
    ]
    assert _first(deploy, eta="5 minutes").missing == ()


def test_a_rollback_to_a_chosen_commit_names_that_one_and_an_unknown_one_is_asked_for() -> None:
    undo = step("undo", body="./release <commit-sha>\n")
    deploy = _deploy(ROLLBACK, "rollback", rollback=(option("back", undo),)).tick("look").run("ship")
    command = c.StartRollback(option="back", confirmation="production", values={"commit-sha": "77aa77aa77aa"})
    assert "Back to 77aa77aa77aa\n" in _first(deploy.do(command)).text
    unknown = _deploy(ROLLBACK, "rollback", current_commit="")
    assert "target" in [field.name for field in _first(unknown).missing]


def test_an_emergency_stands_in_the_notice_with_every_guard_that_was_bypassed() -> None:
    more: dict[str, Any] = {"emergency": True, "approved_by": "bob", "emergency_reason": "no\nbread"}
    more["bypassed"] = ("window", "x\x1b[2J")
    one = _first(_deploy("Hello\n", **more))
    assert one.text == "Hello\n\nEmergency, approved by bob: no bread\nBypassed: window\nBypassed: x\n"
    own = _first(_deploy("Approved: <approver>\nBypassed: <guards>\n", **more))
    assert own.text == "Approved: bob\nBypassed: window; x\n"


def test_what_a_person_gives_counts_by_the_facts_word_or_the_fields_own_name() -> None:
    body = "Downtime: <None/Minimal/X minutes>\nMore: <Link to the issue>\n"
    given = {"Downtime": "none", "link to_the issue": "https://example.com/7"}
    one = notices(_deploy(body).state, START, given)[0]
    assert one.text == "Downtime: none\nMore: https://example.com/7\n"
    assert [field.name for field in one.fields] == ["downtime", "link to the issue"]


def test_a_kind_that_the_runbook_has_not_is_built_in() -> None:
    found = notices(_deploy("Hello", "rollback").state, START)
    assert [(one.kind, one.built_in) for one in found] == [
        ("rollback", False), ("pre_deploy", True), ("post_deploy", True),
    ]  # fmt: skip
    assert notices(State(), START) == []


def test_the_notice_that_is_due_goes_with_the_deploy() -> None:
    deploy = _deploy("x")
    assert due(deploy.state) == "pre_deploy"
    deploy.tick("look").passed("ship")
    assert due(deploy.state) == "post_deploy"
    deploy.do(c.StartRollback(option="back", confirmation="production"))
    assert due(deploy.state) == "rollback"


EVIL = [
    ("Fix \x1b]0;evil\x07the \x1b[31mtill\x1b[0m\u202e", "Fix the till"),
    ("<sha> and [Issue] and YYYY-MM-DD", "<sha> and [Issue] and YYYY-MM-DD"),
    ("one\r\ntwo\nBcc: x", "one two Bcc: x"),
    ("use token=hunter2hunter2 now", "use token=*** now"),
    ("push ghp_0123456789abcdefghij0123456789abcdef", "push ***"),
    ("to https://hooks.slack.com/services/T00/B00/abcdef", "to https://***"),
    ("clone https://ann:pw@example.com/x", "clone https://***@example.com/x"),
    ("<!channel> & <@U1>", "<!channel> & <@U1>"),
    ("y" * 3000, "y" * 497 + "..."),
]


@pytest.mark.parametrize(("subject", "shown"), EVIL)
def test_a_commit_message_stays_one_plain_line_without_credentials(subject: str, shown: str) -> None:
    one = _first(_deploy("Changes: <changes>\nCommit: <sha>\n", changes=(subject,)))
    assert one.text == f"Changes: {shown}\nCommit: 9ab03e1f00\n"
    assert one.missing == ()


@given(st.lists(st.text(max_size=40), max_size=4), st.text(max_size=40), st.text(max_size=40))
def test_no_value_makes_a_line_an_escape_or_a_field(changes: list[str], who: str, project: str) -> None:
    body = "A <changes> B\nC <name> D\nE <project> F\n"
    made = plan(item("x"), templates=(_template(body),), changes=tuple(changes), project=project)
    text = notices(State(plan=made, opened_by=who), START)[0].text
    lines = text.split("\n")
    assert len(lines) == 4
    assert [line[:2] for line in lines] == ["A ", "C ", "E ", ""]
    assert text.isprintable() or not set(text) & set(map(chr, (*range(9), *range(11, 32), 127, 0x9B, 0x202E)))


@given(st.text(max_size=80), st.text(max_size=20))
def test_filling_is_one_pass(body: str, value: str) -> None:
    assert fill_each(body, lambda place: None) == body
    fields = [field.token for field in find_fields(body)]
    filled = fill_each(body, lambda place: value)
    for token in fields:
        assert token not in filled or token in value or token in fill_each(body, lambda place: "\n")


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_any_field_has_a_fact_or_none(name: str, before: str, after: str) -> None:
    assert fact_of(FieldPlace(name, f"<{name}>", before, after)) in {
        "", "time", "date", "clock", "p95", "errors", "health", "downtime", "approved", "bypassed", "runbook", "eta",
        "impact", "service", "next", "migrations", "duration", "target", "commit", "status", "reason", "who",
        "environment", "changes",
    }  # fmt: skip


def _of(path: Path) -> Plan:
    text = path.read_text(encoding="utf-8")
    return make_plan(
        parse(text),
        Settings.model_validate(NEW_YORK),
        root="/x",
        runbook_path="docs/deploy.md",
        runbook_text=text,
        planned_at=T,
        commit="9ab03e1c55d2",
        current_commit="4f2c1d9aa010",
        project="web",
        changes=("Fix the till",),
    )


def _missing(path: Path) -> dict[str, list[str]]:
    state = State(plan=_of(path), opened_by="ann")
    return {one.title: [field.name for field in one.missing] for one in notices(state, T) if not one.built_in}


def test_the_demos_templates_before_the_deploy() -> None:
    path = REPOSITORY / "cockpit" / "demo" / "template" / "docs" / "deploy.md"
    assert _missing(path) == {
        "Rollback message template": ["reason", "eta", "impact", "link to the issue"],
        "Announcement": ["downtime", "link to the changes"],
        "Report": ["duration", "status", "health", "errors", "p95"],
    }
    kinds = [(one.title, one.kind) for one in notices(State(plan=_of(path)), T)]
    assert kinds == [
        ("Rollback message template", "rollback"),
        ("Announcement", "pre_deploy"),
        ("Report", "post_deploy"),
    ]


@pytest.mark.skipif(not SHARED.exists(), reason="the seed is not here")
def test_the_seeds_templates_before_the_deploy() -> None:
    path = SHARED / "seed" / "production_deployment.md"
    assert _missing(path) == {
        "Rollback Communication Template": ["reason", "eta", "impact", "link to status page/issue"],
        "Pre-Deploy Notification": ["downtime", "link to release notes"],
        "Post-Deploy Notification": ["duration", "status", "errors", "p95", "next"],
    }
    text = next(one.text for one in notices(State(plan=_of(path)), T) if one.kind == "pre_deploy")
    assert "Time: 2026-11-22 14:55 UTC (09:55 America/New_York)\n" in text
    assert "Expected duration: 45 min\n" in text
    assert "Changes: Fix the till\n" in text


@pytest.mark.skipif(not SHARED.exists(), reason="the corpus is not here")
@pytest.mark.parametrize("path", sorted((SHARED / "corpus").glob("[0-9]*.md")), ids=lambda path: path.stem)
def test_every_runbook_of_the_corpus_has_the_three_notices(path: Path) -> None:
    found = notices(State(plan=_of(path), opened_by="ann"), T)
    assert {"pre_deploy", "post_deploy", "rollback"} <= {one.kind for one in found}
    for one in found:
        assert one.text.strip()
        assert all(field.token in one.text for field in one.missing)


def test_a_zone_that_is_utc_is_said_once() -> None:
    for zone in ("UTC", "Africa/Abidjan", "No/Where"):
        deploy = _deploy("<YYYY-MM-DD HH:MM>", settings={"window": {"zone": zone}})
        assert _first(deploy).text == "2026-11-22 14:55 UTC\n"
    tokyo = _deploy("<YYYY-MM-DD HH:MM>", settings={"window": {"zone": "Asia/Tokyo"}}, planned_at=T + 3600)
    assert _first(tokyo).text == "2026-11-22 15:55 UTC (2026-11-23 00:55 Asia/Tokyo)\n"


def test_silence_is_never_written_as_a_figure() -> None:
    deploy = _deploy("Errors: <count>\nHealth: <result>\n", "post_deploy").read(errors=0.1, health=1.0)
    deploy.read(errors=None, health=None)
    one = _first(deploy)
    assert [field.name for field in one.missing] == ["errors", "health"]
    state = replace(deploy.state, metrics={**deploy.state.metrics})
    assert notices(state, deploy.now)[0] == one
