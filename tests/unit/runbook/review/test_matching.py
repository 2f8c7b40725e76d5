"""Which scripts were reviewed: the same id and text, the same text elsewhere, another text in the same place."""

from collections.abc import Sequence

import pytest

from cockpit.runbook.model import Role
from cockpit.runbook.parse import parse
from cockpit.runbook.review.answers import Answers, in_order
from cockpit.runbook.review.matching import roles_of, stand
from cockpit.runbook.review.model import Record, Standing, pending
from cockpit.runbook.review.subjects import digest, subjects

RUNBOOK = """\
# Bread

## Pre-flight
- [ ] The tests pass (`npm test`)

## Deployment steps

### Knead
```bash
./knead --all
```

### Bake
```bash
./bake
```

## Rollback
```bash
./old-bread
```

## Output
```json
{"bread": 1}
```
"""


NONE = Record()


def standings(text: str, record: Record = NONE) -> tuple[Standing, ...]:
    return stand(subjects(parse(text, check=None)), record)


def reviewed(text: str, before: Record = NONE, **roles: Role) -> Record:
    """Everything accepted by Ann; `roles`: by the word that the script's text has."""
    answers = Answers(standings(text, before), "Ann")
    for one in answers.standings:
        said = [role for word, role in roles.items() if word in one.subject.text]
        if one.pending or said:
            assert answers.give(one, said[0] if said else None) == ""
    return answers.record(before, 1_000)


def told(found: Sequence[Standing]) -> dict[str, str]:
    """By the first word of the text: where it stands."""
    return {one.subject.text.split()[0]: one.state for one in found}


def test_what_nobody_reviewed_is_new_and_what_cannot_run_is_not_asked_about() -> None:
    assert told(standings(RUNBOOK)) == {
        "npm": "new", "./knead": "new", "./bake": "new", "./old-bread": "new", '{"bread":': "free",
    }  # fmt: skip


def test_what_was_reviewed_asks_nothing() -> None:
    record = reviewed(RUNBOOK)
    found = standings(RUNBOOK, record)
    assert pending(found) == []
    assert [one.entry.by for one in found if one.entry is not None] == ["Ann"] * 4


def test_the_digest_is_that_of_the_text_that_runs() -> None:
    (knead,) = [one for one in subjects(parse(RUNBOOK, check=None)) if "knead" in one.text]
    assert knead.text == "./knead --all\n"
    assert knead.sha256 == digest("./knead --all\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("### Knead", "### Knead the dough"),
        ("## Deployment steps", "## Deploy"),
        ("# Bread\n", "# Bread\n\nSome words.\n"),
        ("```bash\n./knead --all\n```", "```sh\n./knead --all\n```"),
        ("```bash\n./knead --all\n```", "```console\n$ ./knead --all\nkneaded\n```"),
    ],
)
def test_a_renamed_heading_or_a_moved_script_stays_reviewed(old: str, new: str) -> None:
    assert pending(standings(RUNBOOK.replace(old, new), reviewed(RUNBOOK))) == []


def test_a_carriage_return_before_each_line_feed_changes_nothing() -> None:
    assert pending(standings(RUNBOOK.replace("\n", "\r\n"), reviewed(RUNBOOK))) == []


def test_one_letter_is_a_change_and_only_it_is_asked_about() -> None:
    found = pending(standings(RUNBOOK.replace("--all", "--alla"), reviewed(RUNBOOK)))
    assert [(one.state, one.subject.text) for one in found] == [("changed", "./knead --alla\n")]
    assert found[0].entry is not None
    assert found[0].entry.by == "Ann"


def test_another_program_that_reads_the_same_text_is_a_change() -> None:
    text = RUNBOOK.replace("```bash\n./bake", "```bash {interpreter=python3}\n./bake")
    assert [(one.state, one.subject.text) for one in pending(standings(text, reviewed(RUNBOOK)))] == [
        ("changed", "./bake\n")
    ]


def test_a_script_above_is_new_and_the_one_that_moved_down_is_the_same() -> None:
    text = RUNBOOK.replace("### Knead\n", "### Knead\n```bash\n./wash-hands\n```\n\n")
    assert [(one.state, one.subject.text) for one in pending(standings(text, reviewed(RUNBOOK)))] == [
        ("new", "./wash-hands\n")
    ]


def test_a_copy_of_a_reviewed_script_is_asked_about() -> None:
    text = RUNBOOK.replace("### Bake\n", "### Again\n```bash\n./knead --all\n```\n\n### Bake\n")
    assert [one.state for one in pending(standings(text, reviewed(RUNBOOK)))] == ["new"]


def test_of_two_equal_scripts_that_both_moved_none_is_asked_about() -> None:
    twice = RUNBOOK.replace("./bake", "./knead --all")
    text = twice.replace("### Knead", "### First").replace("### Bake", "### Second")
    assert pending(standings(text, reviewed(twice))) == []


def test_two_equal_scripts_of_different_roles_that_moved_are_asked_about() -> None:
    twice = RUNBOOK.replace("./old-bread", "./knead --all")
    text = twice.replace("### Knead", "### First").replace("## Rollback", "## Roll back")
    assert len(pending(standings(text, reviewed(twice)))) == 2


def test_a_script_that_is_read_otherwise_now_is_asked_about() -> None:
    text = RUNBOOK.replace("### Bake\n", "### If the oven burns\n")
    found = pending(standings(text, reviewed(RUNBOOK)))
    assert [(one.state, one.role) for one in found] == [("role", "contingency")]


WAYS = (
    "# A\n\n## Deploy\n\n### Option 1: By hand\n```bash\n./hand\n```\n\n### Option 2: By robot\n```bash\n./robot\n```\n"
)


def test_one_of_several_ways_that_becomes_the_usual_one_is_asked_about() -> None:
    record = reviewed(WAYS)
    assert pending(standings(WAYS, record)) == []
    usual = WAYS.replace("By robot", "By robot (recommended)")
    found = pending(standings(usual, record))
    assert [(one.state, one.subject.text, one.subject.usual) for one in found] == [("role", "./robot\n", True)]
    assert pending(standings(usual, reviewed(usual))) == []
    assert pending(standings(WAYS, reviewed(usual))) == []


def test_a_person_who_said_so_before_the_reader_is_not_asked_again() -> None:
    text = RUNBOOK.replace("### Bake\n", "### If the oven burns\n")
    assert pending(standings(text, reviewed(RUNBOOK, bake="contingency"))) == []


def test_the_role_that_a_person_set_holds_in_both_directions() -> None:
    record = reviewed(RUNBOOK, bake="content", bread="step")
    roles = roles_of(standings(RUNBOOK, record))
    assert sorted(roles.values()) == ["content", "step", "step"]  # ./bake, the JSON; ./old-bread has the word too
    assert pending(standings(RUNBOOK, record)) == []


def test_a_fence_that_a_person_called_a_step_is_asked_about_when_it_changes() -> None:
    record = reviewed(RUNBOOK, bread="step")
    found = pending(standings(RUNBOOK.replace('{"bread": 1}', '{"bread": 2}'), record))
    assert [(one.state, one.role) for one in found] == [("changed", "step")]


def test_what_an_annotation_says_goes_before_the_record() -> None:
    record = reviewed(RUNBOOK, bake="rollback")
    text = RUNBOOK.replace("```bash\n./bake", "```bash {ignore=true}\n./bake")
    (bake,) = [one for one in standings(text, record) if "./bake" in one.subject.text]
    assert (bake.role, bake.pending) == ("content", False)
    refusal = Answers([bake], "Ann").give(bake, "step")
    assert "annotation: ignore" in refusal


def test_the_command_of_a_check_box_that_may_change_something_now_is_a_change() -> None:
    found = pending(standings(RUNBOOK.replace("npm test", "npm publish"), reviewed(RUNBOOK)))
    assert [(one.state, one.role) for one in found] == [("changed", "optional")]


def test_what_the_settings_take_into_the_plan_is_asked_about() -> None:
    (block,) = [one for one in subjects(parse(RUNBOOK, check=None)) if one.role == "content"]
    assert stand([block], Record(), {(block.body_line, block.text)})[0].state == "new"


def test_a_record_keeps_what_somebody_else_has_said_meanwhile() -> None:
    ann, ben = (Answers(standings(RUNBOOK), name) for name in ("Ann", "Ben"))
    ann.give(ann.open[0])
    ben.give(ben.open[1])
    both = ben.record(ann.record(Record(), 1), 2)
    assert [(entry.by, entry.at) for entry in both.entries] == [("Ann", 1), ("Ben", 2)]


def test_all_that_is_sure_leaves_ways_back_and_what_destroys() -> None:
    text = RUNBOOK.replace("./bake", "rm -rf build")
    answers = Answers(standings(text), "Ann")
    assert answers.give_plain() == 2
    assert sorted(one.subject.text for one in answers.open) == ["./old-bread\n", "rm -rf build\n"]


def test_the_doubtful_ones_come_first_and_then_the_plan_s_order() -> None:
    record = reviewed(RUNBOOK.replace("./bake", "./bake --slow"))
    text = RUNBOOK.replace("### Knead\n", "### Knead\n```bash\n./wash-hands\n```\n\n")
    found = in_order(standings(text, record), [])
    assert [one.state for one in found] == ["changed", "new", "reviewed", "reviewed", "reviewed", "free"]
