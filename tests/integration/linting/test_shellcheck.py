"""shellcheck's findings stand at their place of the Markdown."""

import stat
from pathlib import Path

import pytest

from cockpit.linting.inspection import inspect
from cockpit.linting.shellcheck import IRRELEVANT, ShellcheckError, binary, shellcheck
from cockpit.runbook.lint.context import Context
from cockpit.runbook.lint.registry import open_context
from cockpit.runbook.parse import parse

RUNBOOK = """\
# S

## Deploy

- [ ] first

  ```bash
  echo fine
  rm -rf "$FOLDER/"*
  ```

```console
$ echo fine
fine
$ for f in $(ls); do echo "<what>"; done
```

```bash {interpreter=python3}
print $(x)
```

## Rollback

By hand.
"""


def _context(text: str) -> Context:
    return open_context(text, parse(text, check=None))


def test_places_are_those_of_the_markdown() -> None:
    told = sorted(shellcheck(_context(RUNBOOK), binary()), key=lambda one: one.line)
    lines = RUNBOOK.split("\n")
    assert [(one.code, one.severity, one.line) for one in told] == [("SC2115", "warning", 9), ("SC2045", "error", 15)]
    assert lines[8][told[0].column - 1 :].startswith('"$FOLDER/"')
    assert lines[14][told[1].column - 1 :].startswith("$(ls)")


def test_characters_before_a_finding_are_counted_as_columns() -> None:
    text = '## D\n```bash\necho "äöü"; rm -rf "$X/"*\n```\n'
    (one,) = shellcheck(_context(text), binary())
    assert text.split("\n")[2][one.column - 1 :].startswith('"$X/"')


@pytest.mark.parametrize(
    "script", ["cd /srv\nls", "NAME=x", ". ./env.sh", 'echo "$UNSET"', "[[ <stage> == live ]] && ls"]
)
def test_what_does_not_matter_in_a_runbook_is_not_told(script: str) -> None:
    assert shellcheck(_context(f"## D\n```bash\n{script}\n```\n"), binary()) == []


def test_a_finding_can_be_silenced_and_the_comment_must_be_needed() -> None:
    text = '## D\n```bash\n# cockpit: ignore SC2115: a scratch folder\nrm -rf "$X/"*\n```\n\n## Rollback\n- [ ] x\n'
    assert inspect(text.encode(), Path("/"), tools=False).findings == ()
    (one,) = inspect(text.replace('"$X/"*', "build/x").encode(), Path("/"), tools=False).findings
    assert (one.code, one.line) == ("suppression-unused", 3)


@pytest.mark.parametrize(
    ("body", "words"),
    [(None, "is not installed"), ("echo no", "unreadable output"), ("echo '{}'", "unreadable output")],
)
def test_without_an_answer_that_is_said_and_nothing_fails(body: str | None, words: str, tmp_path: Path) -> None:
    program = None
    if body is not None:
        program = tmp_path / "shellcheck"
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(ShellcheckError, match=words):
        shellcheck(_context(RUNBOOK), str(program) if program else None)


def test_a_missing_binary_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cockpit.linting.inspection.binary", lambda: None)
    inspected = inspect(RUNBOOK.encode(), Path("/"), tools=False)
    assert inspected.notes == ("shellcheck is not installed; only the cockpit's own rules were applied",)
    assert not any(one.code.startswith("SC") for one in inspected.findings)


def test_every_exception_has_its_reason() -> None:
    assert all(code.startswith("SC") and reason for code, reason in IRRELEVANT.items())
