"""Headings, boxes, groups, kinds: what makes a section and what it is for."""

import pytest

from cockpit.runbook.model import Runbook, Section
from cockpit.runbook.parse import parse

SCRIPT = "```sh\nmake it\n```\n"


def _section(runbook: Runbook, title: str) -> Section:
    return next(section for section in runbook.sections if section.title == title)


def test_a_lone_h1_is_the_title() -> None:
    runbook = parse("# Ship it\n\nwords\n\n## Do\n\n- [ ] a\n")
    assert runbook.title == "Ship it"
    assert [section.title for section in runbook.sections] == ["Do"]
    assert runbook.preamble.strip() == "words"


def test_a_lone_h1_that_does_not_come_first_is_a_section_and_names_the_runbook() -> None:
    runbook = parse("## Early\n\n- [ ] a\n\n# Ship it\n\n- [ ] b\n\n## Late\n\n- [ ] c\n")
    assert runbook.title == "Ship it"
    assert [(s.title, s.parent, len(s.items)) for s in runbook.sections] == [
        ("Early", None, 1), ("Ship it", None, 1), ("Late", "ship-it", 1),
    ]  # fmt: skip


def test_without_a_heading_of_the_first_level_the_first_one_names_the_runbook() -> None:
    assert parse("## Do it\n\n- [ ] a\n\n## Then\n").title == "Do it"
    assert parse("- [ ] a\n").title == ""


def test_what_stands_below_reading_matter_is_reading_matter() -> None:
    text = "## Notes <!-- cockpit: reference -->\n\n### Old way\n\n- [ ] a\n\n## Do\n\n- [ ] b\n"
    assert [(s.title, s.kind) for s in parse(text).sections] == [
        ("Notes", "reference"), ("Old way", "reference"), ("Do", "checklist"),
    ]  # fmt: skip


def test_a_section_has_the_time_of_the_one_around_it_unless_it_has_its_own() -> None:
    text = "## Before (T-1h)\n\n### Look\n- [ ] a\n\n### Warn (T-5m)\n- [ ] b\n\n"
    text += "### Go\n<!-- cockpit: at=T+5m -->\n- [ ] c\n"
    assert [section.offset_seconds for section in parse(text).sections] == [-3600, -3600, -300, 300]


def test_two_h1_are_sections_and_the_first_names_the_runbook() -> None:
    runbook = parse("# One\n\n- [ ] a\n\n# Two\n\n## Three\n")
    assert runbook.title == "One"
    assert [(s.title, s.parent) for s in runbook.sections] == [("One", None), ("Two", None), ("Three", "two")]


def test_front_matter_is_text_and_may_name_the_runbook() -> None:
    runbook = parse("---\ntitle: 'Ship it'\n# no heading\n---\n\n## Do\n- [ ] a\n")
    assert (runbook.title, runbook.counts.headings) == ("Ship it", 1)
    runbook = parse('+++\ntitle = "Ship it"\n# no heading\n+++\n## Do\n- [ ] a\n')
    assert (runbook.title, runbook.sections[0].line) == ("Ship it", 5)


def test_headings_may_skip_levels_and_repeat() -> None:
    runbook = parse("### Early\n- [ ] a\n## Do\n#### Deep\n- [ ] b\n## Do\n- [ ] c\n")
    assert [(s.id, s.parent) for s in runbook.sections] == [
        ("early", None),
        ("do", None),
        ("do/deep", "do"),
        ("do-2", None),
    ]


def test_boxes_below_the_title_have_a_section_of_their_own() -> None:
    runbook = parse("# Ship it\n\n- [ ] a\n\n## Later\n")
    assert [(s.title, s.kind, len(s.items)) for s in runbook.sections] == [
        ("Ship it", "checklist", 1),
        ("Later", "reference", 0),
    ]


def test_what_stands_above_the_first_section_is_named_and_annotated_like_the_runbook() -> None:
    runbook = parse("# Ship it <!-- cockpit: at=T-1h -->\nwords\n\n- [ ] a\n\n## Later\n\n- [ ] b\n")
    first, later = runbook.sections
    assert runbook.title == "Ship it"
    assert [(s.id, s.line, s.end_line, s.offset_seconds) for s in (first, later)] == [
        ("ship-it", 1, 5, -3600), ("later", 6, 8, None),
    ]  # fmt: skip
    assert [section.id for section in parse("- [ ] a\n").sections] == ["top"]
    assert parse("# Ship it\n\nwords\nmore words\n").preamble.strip() == "words\nmore words"


def test_nothing_inside_a_fence_or_a_comment_is_a_heading_or_a_box() -> None:
    runbook = parse("## Do\n\n```text\n# no\n- [ ] no\n```\n\n<!--\n## no\n- [ ] no\n-->\n\n- [ ] yes\n")
    assert (runbook.counts.headings, runbook.counts.tasks) == (1, 1)
    assert [(p.line, p.code) for p in runbook.problems] == [(10, "box-in-comment")]


def test_a_heading_in_a_quotation_begins_no_section() -> None:
    runbook = parse("## Do\n\n> ### Mind the gap\n\n- [ ] a\n")
    assert [section.title for section in runbook.sections] == ["Do"]
    assert runbook.counts.headings == 2


@pytest.mark.parametrize(
    ("below", "kind"),
    [
        ("- [ ] a\n", "checklist"),
        (SCRIPT, "steps"),
        (f"- [ ] a\n\n{SCRIPT}", "steps"),
        ("### Deeper\n\n- [ ] a\n", "checklist"),
        (f"### Deeper\n\n{SCRIPT}", "steps"),
        ("only words\n", "reference"),
        ("```sh\n# nothing\n```\n", "reference"),
        ("```\nkubectl get pods\n```\n", "steps"),
        (f"```\nkubectl get pods\n```\n\n## Then\n\n{SCRIPT}", "reference"),
        (f"<!-- cockpit: reference -->\n\n{SCRIPT}", "reference"),
        (f"<!-- cockpit: rollback -->\n\n{SCRIPT}", "rollback"),
    ],
)
def test_the_kind_of_a_section_is_what_stands_below_it(below: str, kind: str) -> None:
    section = parse(f"## Part\n\n{below}").sections[0]
    assert section.kind == kind
    assert section.actionable == (kind != "reference")


@pytest.mark.parametrize("mark", ["-", "*", "+", "1.", "1)"])
def test_every_kind_of_list_may_hold_boxes(mark: str) -> None:
    (section,) = parse(f"## Do\n\n{mark} [ ] a\n{mark} [x] b\n{mark} c\n").sections
    assert [(item.text, item.ticked) for item in section.items] == [("a", False), ("b", True)]


def test_nested_boxes_know_their_depth_and_parent() -> None:
    runbook = parse("## Do\n\n- [ ] a\n  - [ ] b\n    1. [ ] c\n- plain\n  - [ ] d\n")
    items = runbook.sections[0].items
    assert [(item.text, item.nested) for item in items] == [("a", 0), ("b", 1), ("c", 2), ("d", 0)]
    assert [item.parent for item in items] == [None, items[0].id, items[1].id, None]
    assert runbook.counts.tasks_nested == 3
    assert items[3].group == "plain"


def test_a_group_is_the_nearest_heading_or_else_a_bold_line() -> None:
    runbook = parse("## Do\n\n**Before:**\n\n- [ ] a\n\n### Checks\n\n- [ ] b\n\n#### More\n\n- [ ] c\n")
    assert [i.group for s in runbook.sections for i in s.items] == ["Before", "Checks", "More"]


def test_a_box_without_a_blank_is_read_with_a_warning() -> None:
    runbook = parse("## Do\n\n- [] a\n")
    assert [item.text for item in runbook.sections[0].items] == ["a"]
    assert [(p.line, p.code) for p in runbook.problems] == [(3, "box-without-space")]


def test_a_fence_inside_an_item_belongs_to_it() -> None:
    (section,) = parse("## Do\n\n- [ ] tag it\n\n  ```sh\n  git tag x\n  ```\n- [ ] b\n").sections
    (step,) = section.steps
    assert (step.item, step.title, step.body, step.line) == (section.items[0].id, "tag it", "git tag x\n", 5)
    assert step.commands[0].line == 6


def test_several_scripts_below_a_heading_have_titles_of_their_own() -> None:
    text = f"## Do\n\n**By hand**\n\n{SCRIPT}\n**Again**\n\n```sh\n# First thing\nls\n```\n\n```sh\ngit push\n```\n"
    (section,) = parse(text).sections
    assert [step.title for step in section.steps] == ["By hand", "First thing", "git push"]


def test_numbered_prose_is_offered_as_a_checklist() -> None:
    (section,) = parse("## By hand\n\n1. Stop the queue\n2. Start `worker`\n").sections
    assert (section.kind, [item.text for item in section.offered]) == (
        "reference",
        ["Stop the queue", "Start `worker`"],
    )
    assert not section.items


def test_a_step_is_known_again_after_an_edit_elsewhere_and_its_own_edit_shows() -> None:
    before, elsewhere, edited = (
        _section(parse(text), "Do").steps[0]
        for text in (f"## Do\n{SCRIPT}", f"## New\n\n- [ ] a\n\n## Do\n{SCRIPT}", "## Do\n```sh\nmake that\n```\n")
    )
    assert before.id == elsewhere.id == edited.id
    assert before.digest == elsewhere.digest != edited.digest


@pytest.mark.parametrize("end", ["", "\n"])
def test_the_last_section_ends_with_the_last_line(end: str) -> None:
    first, last = parse(f"## One\n\n- [ ] a\n\n## Two\n\n- [ ] b{end}").sections
    assert (first.end_line, last.line, last.end_line) == (4, 5, 7)


def test_boxes_of_reading_matter_ask_for_nothing() -> None:
    (section,) = parse("## Notes\n<!-- cockpit: reference -->\n\n- [ ] a\n").sections
    assert (section.kind, section.actionable) == ("reference", False)


def test_an_unlabelled_fence_that_is_not_closed_is_not_offered() -> None:
    (section,) = parse("## Do\n\n```\nkubectl get pods\n").sections
    assert section.steps == ()


def test_what_was_read_into_the_runbook_is_said_with_its_line() -> None:
    text = (
        f"## Ship\n\n### Option A: blue\n\n{SCRIPT}\n### Option B: green\n\n{SCRIPT}\n"
        f"## Rollback\n\n{SCRIPT}\n### Rollback of the database\n\n{SCRIPT}\n"
    )
    assert [(one.line, one.what) for one in parse(text).inferred] == [
        (1, "alternatives; choose one"),
        (15, "the rollback section, by its title"),
    ]
    said = text.replace("## Ship", "## Ship <!-- cockpit: choose-one -->")
    assert [one.line for one in parse(said).inferred] == [15]
    told = text.replace("## Rollback\n", "## Rollback <!-- cockpit: reference -->\n")
    assert [one.line for one in parse(told).inferred] == [1]


def test_headings_after_a_quotation_begin_sections_again() -> None:
    text = "## One\n\n> look\n>\n> > ### out\n\n## Two\n\n> ### up\n\n1. [ ] a\n\n## Three\n"
    assert [section.title for section in parse(text).sections] == ["One", "Two", "Three"]


def test_numbered_lines_of_a_quotation_are_not_offered_and_those_after_it_are() -> None:
    (section,) = parse("## Do\n\n> 1. Not this\n\n1. Stop the queue\n2. Start it\n").sections
    assert [item.text for item in section.offered] == ["Stop the queue", "Start it"]


def test_a_second_paragraph_of_an_item_is_no_box() -> None:
    (section,) = parse("## Do\n\n- [ ] a\n\n  [ ] b\n\n[ ] c\n").sections
    assert [item.text for item in section.items] == ["a"]


def test_a_section_keeps_its_words() -> None:
    one, two = parse("## One\n\nFirst.\n\n- [ ] a\n\n## Two\n\nSecond.\n").sections
    assert (one.text, two.text) == ("First.\n\n- [ ] a", "Second.")


def test_points_without_numbers_are_not_offered_as_a_checklist() -> None:
    (section,) = parse("## Do\n\n- Stop the queue\n- Start it\n").sections
    assert section.offered == ()


def test_the_group_of_a_nested_box_is_the_nearest_plain_point_around_it() -> None:
    (section,) = parse("## Do\n\n- outer\n  - inner\n    - [ ] a\n      - [ ] b\n- [ ] c\n").sections
    assert [(item.text, item.group) for item in section.items] == [("a", "inner"), ("b", "inner"), ("c", "")]


def test_a_fence_that_is_opened_in_the_last_line_is_not_closed_by_it() -> None:
    assert [(p.line, p.code) for p in parse("## Do\n\n- [ ] a\n\n```").problems] == [(5, "unterminated-fence")]


def test_a_fence_below_a_plain_point_of_a_box_belongs_to_the_box() -> None:
    (section,) = parse("## Do\n\n- [ ] tag it\n  - by hand\n\n    ```sh\n    git tag x\n    ```\n").sections
    (step,) = section.steps
    assert (step.item, step.title) == (section.items[0].id, "by hand")


def test_ids_are_counted_within_their_section_and_a_box_is_known_by_its_words() -> None:
    text = f"## Do\n\n- [ ] a\n- [ ] b\n\n{SCRIPT}\n{SCRIPT}\n## Then\n\n- [ ] a\n\n## By hand\n\n1. c\n2. d\n"
    do, then, by_hand = parse(text).sections
    assert [item.id for item in do.items] == ["do:box-1", "do:box-2"]
    assert [step.id for step in do.steps] == ["do:script-1", "do:script-2"]
    assert [item.id for item in by_hand.offered] == ["by-hand:line-1", "by-hand:line-2"]
    assert do.items[0].digest == then.items[0].digest != do.items[1].digest
    assert by_hand.offered[0].digest != by_hand.offered[1].digest


def test_a_script_of_reading_matter_says_why_it_does_not_run() -> None:
    (section,) = parse(f"## Notes\n<!-- cockpit: reference -->\n\n{SCRIPT}").sections
    assert [(step.runnable, step.reason) for step in section.steps] == [(False, "the section is marked as reference")]


def test_what_a_script_asks_of_a_person_is_said_with_its_line() -> None:
    runbook = parse("## Do\n\n```sh\nread answer\n```\n\n```sh {interactive=false}\nread answer\n```\n")
    assert [step.interactive for step in runbook.sections[0].steps] == [True, False]
    assert [(one.line, one.what) for one in runbook.inferred] == [(4, "needs a terminal: read waits for an answer")]
    split = parse("## Back\n\n```sh\n# A\nmake a\n\n# OR B\nmake b\n```\n")
    assert (3, "2 alternatives in one script (OR); choose one") in [(one.line, one.what) for one in split.inferred]
    assert [(step.id, step.title) for step in split.sections[0].steps] == [
        ("back:script-1", "A"), ("back:script-2", "B"),
    ]  # fmt: skip


def test_a_script_is_in_the_group_of_the_line_above_it_and_named_by_its_first_sentence() -> None:
    (section,) = parse(
        f"## Do\n\n**Now:**\n\n{SCRIPT}\n1. First this. Then wait. Go on:\n\n   ```sh\n   ls\n   ```\n"
    ).sections
    assert [(step.group, step.title) for step in section.steps] == [
        ("Now", "make it"),
        ("First this. Then wait. Go on:", "First this"),
    ]


def test_messages_are_counted_and_have_the_time_of_their_section() -> None:
    text = "## Communication (T-1h)\n\n```\nWe begin: [what]\n```\n\n```\nAgain: [what]\n```\n\n```\n\n```\n"
    runbook = parse(text)
    assert [(one.id, one.offset_seconds) for one in runbook.templates] == [
        ("communication:template-1", -3600), ("communication:template-2", -3600),
    ]  # fmt: skip
    assert (3, "a message template (pre-deploy) by its headings") in [(one.line, one.what) for one in runbook.inferred]
