"""What `cockpit outline` says of a runbook, for a person and for a script."""

import msgspec
import pytest

from cockpit.runbook.outline import offset_text, outline, outline_text
from cockpit.runbook.parse import parse

RUNBOOK = """# Ship it

## Before (T-1h)

- [ ] Tests are green (`npm test`)
  - [ ] Names are set (see `docs/env.md`)
- [ ] Rows <!-- cockpit: check=postgres.rls -->

## Go

### Option A

```sh
git tag <release-tag> \\
  -m x
psql $DB
```

### Option B

```sh
config/values.yaml
```

```
kubectl get pods
```

## Communication

```
We begin: [what]
```
"""
SAID = """Ship it
5 sections, 3 items, 4 fences: 2 shell, 1 runnable
2 content, 1 alternative, 1 reference

Before  [checklist, T-1h]  line 3
  id before
  [ ] Tests are green (`npm test`)  line 5
      answered by: npm test
    [ ] Names are set (see `docs/env.md`)  line 6
        see: docs/env.md
  [ ] Rows  line 7
      built-in check: postgres.rls

Go  [steps, choose one]  line 9
  id go
  Option A  [steps]  line 11
    id go/option-a
    $ Option A  [alternative, not run, likely, interactive]  line 13
        id go/option-a:script-1
        one of several alternatives: "Option A"
        alternative: Option A
        line 14    git tag <release-tag> \\ ...
        line 16    psql $DB
        asks for: <release-tag>
        needs: $DB
  Option B  [reference]  line 19
    id go/option-b
    $ config/values.yaml  [content, not run]  line 21
        id go/option-b:script-1
        only names of files
        only a file path
        alternative: Option B
        line 22    config/values.yaml
    $ kubectl get pods  [reference, not run]  line 25
        id go/option-b:script-2
        unlabelled, in a document that labels its scripts: offered, not run
        alternative: Option B
        line 26    kubectl get pods

Communication  [communication]  line 29
  id communication
  | (no label)  [content]  line 31
      a message to send; reads as fields and values

Messages
  Communication  [message]  line 31
    id communication:template-1
    fields: [what]

Schedule
      T-1h  line 3     Before

Inferred (override it in cockpit.toml or with an annotation)
  line 5     `npm test` answers this item
"""


def test_the_outline_says_everything_that_was_read_with_its_line() -> None:
    said = outline_text(parse(RUNBOOK))
    assert said[: len(SAID)] == SAID
    assert "\nProblems\n  line 14    info     open-placeholder: <release-tag> is asked for" in said
    last = "unlabelled commands; to run them, label the fence bash or promote it in cockpit.toml"
    assert said.endswith(f"  line 25    info     unlabelled-commands: {last}\n")


def test_what_is_not_there_is_not_in_the_outline() -> None:
    said = outline_text(parse("## \n\n- [ ] a\x07b\n")).splitlines()
    assert said == [
        "(no title)", "1 sections, 1 items, 0 fences: 0 shell, 0 runnable", "",
        "(no title)  [checklist]  line 1", "  id section", "  [ ] a?b  line 3", "", "No problems",
    ]  # fmt: skip


def test_for_a_script_the_outline_has_no_text_of_the_runbook() -> None:
    told = outline(parse(RUNBOOK))
    assert not {"front_matter", "preamble"} & told.keys()
    assert all("text" not in section for section in told["sections"])
    (step,) = told["sections"][2]["steps"]
    assert (step["title"], step["line"], "body" in step) == ("Option A", 13, False)
    assert msgspec.json.decode(msgspec.json.encode(told))["title"] == "Ship it"


@pytest.mark.parametrize(("seconds", "text"), [(86_400, "T+1d"), (-90_000, "T-1d1h"), (61, "T+1min1s"), (1, "T+1s")])
def test_days_and_seconds_of_an_offset(seconds: int, text: str) -> None:
    assert offset_text(seconds) == text
