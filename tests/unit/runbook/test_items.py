"""The end of a box, offsets, annotations of items and sections."""

import pytest

from cockpit.runbook.items import check_and_reference
from cockpit.runbook.model import Annotations
from cockpit.runbook.offsets import find_offset, parse_duration, strip_offset
from cockpit.runbook.outline import offset_text
from cockpit.runbook.parse import parse


@pytest.mark.parametrize(
    ("text", "check", "reference"),
    [
        ("Tests are green (`npm test`)", "npm test", None),
        ("Pods are up (`kubectl get pods | grep -v Running`).", "kubectl get pods | grep -v Running", None),
        ("Drift is gone (`./scripts/drift.sh`)", "./scripts/drift.sh", None),
        ("Policy holds (run `scripts/policy.py --all`)", "scripts/policy.py --all", None),
        ("Built (`make`)", "make", None),
        *((f"Fine (`{alone}`)", alone, None) for alone in ("pytest", "tox", "mypy", "gitleaks", "rake")),
        ("Own tool (`frobnicate --check`)", "frobnicate --check", None),
        ("Own tool (`frobnicate --check all`)", "frobnicate --check all", None),
        ("Own tool (run `frobnicate all`)", "frobnicate all", None),
        ("Own tool (`frobnicate all`)", None, None),
        ("Own tool (`Frobnicate --check`)", None, None),
        ("Policy holds (run `scripts/policy.py`)", "scripts/policy.py", None),
        ("Policy holds (`scripts/policy.py`)", None, "scripts/policy.py"),
        ("Policy holds (run `docs/env.md`)", None, "docs/env.md"),
        ("Rows are there (see `npm test`)", None, None),
        ("Names are set (see `docs/env.md`)", None, "docs/env.md"),
        ("Names are set (`docs/env.md`)", None, "docs/env.md"),
        ("Names are set (listed in `config/names.yaml`)", None, "config/names.yaml"),
        ("Flag is off (`false`)", None, None),
        ("Column is filled (`NOT NULL`)", None, None),
        ("Branch is `main`", None, None),
        ("Run `npm test` first", None, None),
        ("Quick (under five minutes)", None, None),
        ("Odd (`npm test 'open`)", None, None),
    ],
)
def test_a_command_in_brackets_answers_and_a_path_explains(text: str, check: str | None, reference: str | None) -> None:
    assert check_and_reference(text) == (check, reference)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Freeze (T-30min)", -1800),
        ("Announce (T-1hour)", -3600),
        ("T+5min: smoke", 300),
        ("Look again [T + 2 h]", 7200),
        ("Freeze (T\u22121h30m)", -5400),
        ("Watch T+1d", 86_400),
        ("T-45s", -45),
        ("kill the T-1000", None),
        ("T-30", None),
        ("T-5minutesque", None),
        ("CAT-5m cable", None),
        ("words", None),
    ],
)
def test_an_offset_needs_a_unit(text: str, seconds: int | None) -> None:
    assert find_offset(text) == seconds


def test_an_offset_in_the_running_text_of_an_item_is_only_told() -> None:
    assert find_offset("ask again at T+5min if red", "edge") is None
    assert find_offset("see (at T+5min) again", "edge") is None
    assert find_offset("T+5min ask again", "edge") == find_offset("ask again (T+5min)", "edge") == 300


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Step 3: Migrate (T-10min)", "Step 3: Migrate"),
        ("T-10min: Migrate", "Migrate"),
        ("T+1h - Migrate", "Migrate"),
        ("Migrate - T-10min", "Migrate"),
        ("Migrate (T-10min) again", "Migrate again"),
        ("T-10min", "T-10min"),
        ("Migrate (slowly)", "Migrate (slowly)"),
        ("Migrate at T+1h", "Migrate"),
        ("Migrate @ T-5m", "Migrate"),
        ("Migrate, T-5m", "Migrate"),
        ("T\u22125m  Migrate   now", "Migrate now"),
        ("[T-5m] Migrate", "Migrate"),
        ("(~ T-5m, roughly) Migrate", "Migrate"),
        ("T-5m | Migrate", "Migrate"),
        ("(T-1h 30m)", "(T-1h 30m)"),
        ("Wait until T-5m and go", "Wait until T-5m and go"),
        ("Stop the T-1000", "Stop the T-1000"),
    ],
)
def test_a_title_is_shown_without_its_offset(text: str, title: str) -> None:
    assert strip_offset(text) == title


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10m", 600), ("1h30m", 5400), ("45", 45), ("9x", None), ("", None), ("1.5", 1.5), ("1.5h", 5400),
        ("2d 1h", 176_400), ("1w", 604_800), ("90 seconds", 90), ("2hrs5mins", 7500), ("1h30", None), ("-5", None),
        ("10ms", None), ("0", 0), ("5m ", None),
    ],
)  # fmt: skip
def test_a_duration_is_seconds(text: str, seconds: float | None) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(("seconds", "text"), [(-1800, "T-30min"), (3600, "T+1h"), (5400, "T+1h30min"), (0, "T")])
def test_an_offset_is_written_as_people_write_it(seconds: int, text: str) -> None:
    assert offset_text(seconds) == text


def test_the_timeline_is_sorted_by_time_and_tells_what_was_written() -> None:
    runbook = parse("## After (T+1h)\n\n- [ ] a\n- [ ] T+2h: b\n\n## Before (T-1h)\n\n### Inner\n\n- [ ] c\n")
    assert [(e.offset_seconds, e.title) for e in runbook.timeline] == [(-3600, "Before"), (3600, "After"), (7200, "b")]
    assert [i.offset_seconds for s in runbook.sections for i in s.items] == [3600, 7200, -3600]


def test_the_time_of_a_script_is_in_the_timeline() -> None:
    runbook = parse("## Do (T-1h)\n\n```sh {at=T-5m name=up}\nls\n```\n\n```sh {at=T-1h}\nls\n```\n")
    assert [(e.line, e.offset_seconds) for e in runbook.timeline] == [(1, -3600), (3, -300)]


def test_an_item_is_annotated_at_the_end_of_its_line() -> None:
    runbook = parse("## Do\n\n- [ ] rows <!-- cockpit: check=postgres.rls required owner=ann timeout=2m at=T-5m -->\n")
    (item,) = runbook.sections[0].items
    assert (item.text, item.check, item.check_builtin, item.offset_seconds) == ("rows", "postgres.rls", True, -300)
    assert item.notes == Annotations(
        check="postgres.rls", required=True, owner="ann", timeout_seconds=120, at_seconds=-300
    )
    assert not runbook.problems


def test_a_quoted_check_is_a_command() -> None:
    runbook = parse('## Do\n\n- [ ] rows (`npm test`) <!-- cockpit: check="npm run rows -- --all" -->\n')
    (item,) = runbook.sections[0].items
    assert (item.check, item.check_builtin) == ("npm run rows -- --all", False)


def test_a_section_is_annotated_below_its_heading() -> None:
    text = "## Back\n<!-- cockpit: rollback at=T+5m -->\n\n- [ ] a\n\n## Pick <!-- cockpit: choose-one -->\n\n- [ ] b\n"
    back, pick = parse(text).sections
    assert (back.kind, back.offset_seconds, pick.choose_one, pick.title) == ("rollback", 300, True, "Pick")


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("## Do\n<!-- cockpit: rolback -->\n\n- [ ] a\n", 1, "unknown-annotation"),
        ("## Do\n\n- [ ] a <!-- cockpit: timeout=soon -->\n", 3, "unknown-annotation"),
        ("## Do\n\n```sh {nmae=a}\nls\n```\n", 3, "unknown-annotation"),
        ("## Do\n\n- [ ] a\n<!-- cockpit: critical -->\n- [ ] b\n", 4, "comment-splits-list"),
        ("## Do\n\n| a |\n|---|\n| b |\n<!-- note -->\n| c |\n\n- [ ] d\n", 6, "comment-breaks-table"),
        ("## Do\n\n- [ ] a\n\nwords\n\n<!-- cockpit: rollback -->\n", 7, "annotation-out-of-place"),
    ],
)
def test_an_annotation_that_cannot_be_used_is_reported(text: str, line: int, code: str) -> None:
    assert [(problem.line, problem.code) for problem in parse(text).problems] == [(line, code)]


@pytest.mark.parametrize(
    "text",
    [
        "## Do\n\n| a |\n|---|\n| b |\n<!-- note -->\nwords\n\n- [ ] d\n",
        "## Do\n\nwords\n\n<!-- note -->\n\n| c |\n\n- [ ] d\n",
        "## Do\n\n- [ ] a\n\n<!-- note -->\n\nwords\n",
    ],
)
def test_a_comment_that_cuts_nothing_in_two_is_no_problem(text: str) -> None:
    assert parse(text).problems == ()
