"""The forms of `cockpit check`, as a person and as a code host read them."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cockpit.cli.main import cli
from cockpit.linting.found import Found, of_finding
from cockpit.linting.output import plain, sarif
from cockpit.runbook.lint.model import Finding
from cockpit.runbook.lint.registry import RULES
from tests.reading import review
from tests.unit.runbook import SHARED

RUNBOOK = """\
# Shop

## Deploy

```bash
curl https://shop.example/
rm -rf "$X/"*
gh run watch
```

## Rollback

- [ ] at 10:00 EST
"""
HERMETIC = ["--no-tools", "--runbook-only"]


@pytest.fixture
def runbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "my deploy.md"
    path.write_text(RUNBOOK)
    review(path)
    return path


def _run(*words: str) -> tuple[int, str]:
    ran = CliRunner().invoke(cli, ["check", *words])
    return ran.exit_code, ran.stdout


def test_plain_lines_can_be_clicked_and_say_what_is_safer(runbook: Path) -> None:
    status, text = _run(runbook.name, *HERMETIC)
    lines = text.splitlines()
    assert status == 1
    assert lines[0] == "my deploy.md:6:1: warning curl-no-fail: curl exits 0 for an error page"
    assert lines[1] == "  fix: use `curl --fail` (`-f`), or compare `--write-out '%{http_code}'`"
    assert lines[2].startswith("my deploy.md:7:8: warning SC2115: Use ")
    assert lines[-1] == "1 error, 3 warnings"


@pytest.mark.parametrize(
    ("text", "words", "status"),
    [
        ("# S\n\n- [ ] x\n", [], 0),
        ("# S\n\n- [ ] at 10:00 EST\n", [], 0),
        ("# S\n\n- [ ] at 10:00 EST\n", ["--strict"], 1),
        (RUNBOOK, [], 1),
        ("", [], 1),
    ],
)
def test_errors_fail_and_warnings_do_when_it_is_strict(text: str, words: list[str], status: int, runbook: Path) -> None:
    runbook.write_text(text)
    assert _run(runbook.name, *HERMETIC, *words)[0] == status


@pytest.mark.parametrize("words", [["gone.md"], [], ["x.md", "--no-such-option"]])
def test_nothing_to_check_is_a_usage_error(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert _run(*words, "--no-tools") == (2, "")


def test_json_keeps_its_keys_and_has_new_ones(runbook: Path) -> None:
    status, text = _run(runbook.name, "--json", *HERMETIC)
    told: list[dict[str, Any]] = json.loads(text)
    assert status == 1
    assert told[2] == {
        "severity": "error",
        "file": "my deploy.md",
        "line": 8,
        "code": "gh-watch",
        "text": "no run ID: it prompts for one and hangs without a terminal; without --exit-status a failed run still "
        "exits 0",
        "column": 1,
        "safer": RULES["gh-watch"].safer,
        "rule": "docs/runbook-rules.md#gh-watch",
    }
    assert told[1]["rule"] == "docs/runbook-rules.md#shellcheck"


def test_sarif_has_what_the_standard_wants(runbook: Path) -> None:
    """SARIF 2.1.0, sections 3.13 (version, runs), 3.14 (tool), 3.19 (name), 3.27 (message, ruleId, level), 3.30."""
    status, text = _run(runbook.name, "--sarif", *HERMETIC)
    told: dict[str, Any] = json.loads(text)
    assert status == 1
    assert told["version"] == "2.1.0"
    assert told["$schema"].endswith("sarif-2.1.0.json")
    (run,) = told["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "deploy-cockpit"
    ids = [rule["id"] for rule in driver["rules"]]
    assert ids == ["curl-no-fail", "SC2115", "gh-watch", "zone-abbreviation"]
    assert all(rule["shortDescription"]["text"] for rule in driver["rules"])
    assert all(rule["defaultConfiguration"]["level"] in {"error", "warning", "note"} for rule in driver["rules"])
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "my%20deploy.md"
        assert place["region"]["startLine"] > 0
        assert place["region"].get("startColumn", 1) > 0
    assert [one["locations"][0]["physicalLocation"]["region"]["startLine"] for one in run["results"]] == [6, 7, 8, 13]
    assert run["invocations"][0]["executionSuccessful"] is True


def test_a_finding_without_a_line_and_notes_have_their_place() -> None:
    told = json.loads(sarif([Found("error", "cockpit.toml", 0, "settings", "no")], ["no shellcheck"]))["runs"][0]
    assert told["results"][0]["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "cockpit.toml"}}}]
    assert told["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == "no shellcheck"
    assert plain([], ["no shellcheck"]) == "note: no shellcheck\nno errors, no warnings"


def test_what_a_runbook_says_never_drives_the_terminal() -> None:
    one = of_finding(Finding("empty", "error", 1, 0, "\x1b]0;x\x07\x1b[31mred\u202e"), "a.md")
    assert plain([one]).splitlines()[0] == "a.md:1: error empty: red"


def test_the_seed_is_found_through_the_command_as_well() -> None:
    seed = SHARED / "seed" / "production_deployment.md"
    if not seed.exists():
        pytest.skip("no shared seed")
    status, text = _run(str(seed), "--json", "--no-tools")
    assert status == 1
    told = {(one["line"], one["code"]) for one in json.loads(text)}
    assert {
        (80, "dump-redirect"),
        (93, "no-such-subcommand"),
        (145, "gh-ref-commit"),
        (330, "levels-out-of-order"),
    } <= told
