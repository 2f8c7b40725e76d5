"""Minimal inputs, each with what is expected of it (`EXPECTED.md` beside them): role of every fence by its line.

`+` behind a role: it runs forward without asking. What is a question of opening is tested where
that is.
"""

import pytest

from cockpit.runbook.model import Runbook
from cockpit.runbook.parse import parse
from tests.unit.runbook import SHARED
from tests.unit.runbook.lint import found

FOLDER = SHARED / "cases" / "reading"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="no shared cases")

WAY_BACK = {5: "step+", 11: "step+", 17: "rollback"}
ROLES: dict[str, dict[int, str]] = {
    "01-way-back-de.md": WAY_BACK,
    "01-way-back-es.md": WAY_BACK,
    "01-way-back-ko.md": WAY_BACK,
    "01-way-back-pt.md": WAY_BACK,
    "01-way-back-ru.md": WAY_BACK,
    "01-way-back-zh.md": WAY_BACK,
    "02-way-back-bold-label.md": WAY_BACK,
    "03-way-back-plain-label.md": {6: "step+", 13: "rollback"},
    "06-way-back-other-words.md": {5: "step+", 11: "rollback", 17: "rollback", 23: "rollback"},
    "07-title-speaks-of-rollback-only-by-the-way.md": {5: "step+", 11: "step+", 17: "step+"},
    "08-or-prose-in-script.md": {5: "step+", 11: "rollback"},
    "09-or-numbered-and-alternatively.md": {5: "alternative"},
    "10-troubleshooting.md": {5: "step+", 11: "rollback", 19: "contingency", 25: "contingency"},
    "12-emergency-procedures.md": {5: "step+", 13: "contingency", 19: "contingency"},
    "14-operations-reference.md": {5: "step+", 11: "rollback", 19: "reference", 25: "reference"},
    "15-once-done-and-optional.md": {5: "setup", 11: "step+", 17: "optional"},
    "16-example-section.md": {5: "step+", 11: "reference"},
    "20-log-lines-in-console.md": {7: "content", 12: "content", 17: "step+"},
    "21-json-log-in-bash.md": {7: "content", 14: "step+"},
    "22-env-file-snippet.md": {7: "content", 16: "step+"},
    "24-makefile-snippet.md": {7: "content", 13: "step+"},
    # Lines for here stand behind those for the client, so no part of it can run alone: a visible blocked step.
    "25-sql-below-a-client.md": {5: "broken"},
    "26-list-of-files.md": {5: "content", 13: "content", 17: "step+"},
    "28-root-prompt.md": {5: "step+", 9: "step+", 15: "step+"},
    "29-it-should-answer.md": {6: "step+", 10: "step+", 14: "content"},
    "31-heredoc-as-a-comment.md": {5: "step+"},
    # EXPECTED says "offered". Nothing in this document is labelled, as in real runbooks whose fences all are steps:
    # there an unlabelled command is read as one.
    "32-unlabelled-by-another-name.md": {5: "step+", 9: "step+"},
    "34-other-labels.md": {5: "step+", 9: "step+", 13: "step+", 17: "step+", 21: "content"},
    "35-way-back-in-a-summary.md": {5: "step+", 12: "rollback"},
    "40-mustache.md": {5: "step+"},
    "41-single-braces.md": {5: "step+"},
    "43-version-with-a-suffix.md": {5: "step+"},
    "45-synopsis-and-dots.md": {5: "step+"},
    "46-said-twice.md": {5: "step+"},
    "50-alternatives-in-a-list.md": {7: "alternative", 13: "alternative", 21: "rollback", 27: "rollback"},
    "51-tabs-mdx.md": {8: "alternative", 15: "alternative", 27: "rollback", 34: "rollback"},
    "53-tabs-hugo.md": {7: "alternative", 12: "alternative"},
    "54-when-to-roll-back.md": {5: "step+", 17: "rollback"},
    "56-options-in-other-languages.md": {7: "alternative+", 13: "alternative"},
    # The last one stands below an open `oc rsh`; its own lines are named as well (`test_sessions`).
    "60-lines-below-another-shell.md": {5: "step+", 11: "step+", 16: "step+", 20: "remote"},
    "70-box-beside-the-first-script.md": {12: "step+", 18: "step+"},
    "72-title-from-a-call-out.md": {5: "step+", 13: "step+"},
    "73-command-taken-for-a-message.md": {5: "step+", 13: "reference"},
    "85-not-a-secret.md": {5: "content", 13: "step+"},
    "92-value-missing-headless.md": {5: "step+", 11: "step+", 17: "rollback"},
    "94-all-prose.md": {},
    "98-control-odd-commands.md": {5: "step+", 17: "step+", 21: "step+", 26: "step+"},
}


def _read(name: str) -> Runbook:
    return parse((FOLDER / name).read_bytes())


@pytest.mark.parametrize("name", ROLES)
def test_every_fence_has_the_role_that_is_expected(name: str) -> None:
    scripts = _read(name).scripts
    assert {one.line: one.role + "+" * one.runs for one in scripts} == ROLES[name]
    assert all(one.reasons for one in scripts)


HOLES = {
    "29-it-should-answer.md": ["<version>"],
    "40-mustache.md": ["{{BACKUP_COMMAND}}", "{{SERVICE_NAME}}", "{{ version }}"],
    "41-single-braces.md": ["{version}", "{node_id}"],
    "43-version-with-a-suffix.md": ["vX.Y.Z", "X.Y.Z"],
    "46-said-twice.md": ["<your-github-token>"],
    "98-control-odd-commands.md": [],
}


@pytest.mark.parametrize("name", HOLES)
def test_a_hole_is_asked_for_once_and_said_once(name: str) -> None:
    read = _read(name)
    steps = [step for section in read.sections for step in section.steps if step.runnable]
    assert [hole.token for step in steps for hole in step.placeholders] == HOLES[name]
    told = [problem for problem in read.problems if problem.code.endswith("placeholder")]
    assert [problem.code for problem in told] == ["open-placeholder"] * len(HOLES[name])


@pytest.mark.parametrize(
    ("name", "code", "lines"),
    [
        ("45-synopsis-and-dots.md", "soft-placeholder", [6, 7, 8]),
        ("93-boxes-of-a-word-processor.md", "box-as-sign", [5, 8, 9]),
        ("60-lines-below-another-shell.md", "ssh-then-lines", [6, 12, 21]),
    ],
)
def test_it_warns_on_these_lines(name: str, code: str, lines: list[int]) -> None:
    assert [problem.line for problem in _read(name).problems if problem.code == code] == lines


def test_a_call_out_gives_no_step_its_title() -> None:
    steps = [step for section in _read("72-title-from-a-call-out.md").sections for step in section.steps]
    assert [step.title for step in steps] == ["./fetch", "./upgrade"]


def test_a_comment_in_a_here_document_is_no_command() -> None:
    (step,) = (step for section in _read("31-heredoc-as-a-comment.md").sections for step in section.steps)
    assert [command.text for command in step.commands] == ["storectl snapshot save backup.db", "storectl status"]


def test_only_a_command_that_looks_answers_its_box() -> None:
    items = [
        item for section in _read("90-box-with-a-command-that-changes-things.md").sections for item in section.items
    ]
    assert [item.check for item in items] == [None, None, None, "npm test"]
    assert [item.offers for item in items] == ["rm -rf ./old", "npm start", "kubectl apply -f staging/", ""]


@pytest.mark.parametrize(
    ("name", "code", "lines"),
    [
        ("80-never-ends.md", "never-ends", [7, 11, 15, 16, 17, 18, 22]),
        ("81-asks.md", "asks-a-question", [6, 7, 8, 9, 10]),
        ("83-migrations-of-other-tools.md", "no-verification", [6]),
        ("84-destroys-data.md", "destroys-data", [6, 7, 8]),
        ("85-not-a-secret.md", "secret-in-text", []),
        ("86-a-secret.md", "secret-in-text", [6, 7]),
    ],
)
def test_check_says_it_of_these_lines(name: str, code: str, lines: list[int]) -> None:
    assert [one.line for one in found((FOLDER / name).read_bytes()) if one.code == code] == lines
