"""The drawer, alternatives, and the messages that go with a deploy."""

import pytest

from cockpit.runbook.model import Step
from cockpit.runbook.parse import parse
from cockpit.runbook.templates import FieldPlace, fill_each, template_kind

SCRIPT = "\n```sh\nmake it\n```\n"


def _alternatives(text: str) -> list[str]:
    return [step.alternative for section in parse(text).sections for step in section.steps]


@pytest.mark.parametrize(
    ("title", "drawer"),
    [
        ("Rollback", True),
        ("How to roll back", True),
        ("Rolling back the app", True),
        ("Revert the release", True),
        ("Undo", True),
        ("Backout plan", True),
        ("Rollback triggers", False),
        ("When to roll back", False),
        ("Deploy (no rollback needed)", False),
        ("Payroll backfill", False),
        ("Deploy", False),
    ],
)
def test_a_title_that_says_roll_back_is_the_drawer(title: str, drawer: bool) -> None:
    outer, inner = parse(f"## {title}\n{SCRIPT}\n### Inner\n{SCRIPT}").sections
    assert (outer.kind == "rollback", inner.kind == "rollback") == (drawer, drawer)


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        (f"## Go\n\n### Option 1: a\n{SCRIPT}\n### Option 2: b\n{SCRIPT}", ["Option 1: a", "Option 2: b"]),
        (f"## Go\n\n### Path A\n{SCRIPT}\n### Path B: plain rollback\n{SCRIPT}", ["Path A", "Path B: plain rollback"]),
        (f"## Go\n\n**Method 1: a**\n{SCRIPT}\n**Method 2: b**\n{SCRIPT}", ["Method 1: a", "Method 2: b"]),
        (f"## Go\n\n### If new\n{SCRIPT}\n### If old\n{SCRIPT}", ["If new", "If old"]),
        (f"## Go\n\n### If new\n{SCRIPT}", [""]),
        (f"## Rollback\n\n### If new\n{SCRIPT}", ["If new"]),
        (f"## Go\n\n### Option 1: a\n{SCRIPT}\n### After\n{SCRIPT}", ["", ""]),
        (f"## Go\n\n### Optional\n{SCRIPT}\n### Options\n{SCRIPT}", ["", ""]),
        (f"## Go\n<!-- cockpit: choose-one -->\n\n### A\n{SCRIPT}\n### B\n{SCRIPT}", ["A", "B"]),
    ],
)
def test_titles_of_one_family_side_by_side_are_alternatives(text: str, titles: list[str]) -> None:
    assert _alternatives(text) == titles
    assert parse(text).sections[0].choose_one == (len([t for t in titles if t]) > 0)


def test_one_of_several_alternatives_stays_with_the_others() -> None:
    sections = parse(f"## Go\n\n### Path A\n{SCRIPT}\n### Path B: plain rollback\n{SCRIPT}").sections
    assert [section.kind for section in sections] == ["steps", "steps", "steps"]


def _split(body: str) -> tuple[Step, ...]:
    return parse(f"## Back\n\n```sh\n{body}```\n").sections[0].steps


def test_an_or_between_two_commands_makes_two_steps() -> None:
    first, second = _split("# By chart\nhelm rollback app\n\n# OR by image\nkubectl rollout undo deploy/app\n")
    assert (first.body, first.alternative) == ("# By chart\nhelm rollback app\n", "By chart")
    assert (second.body_line, second.commands[0].line, second.alternative) == (7, 8, "by image")
    assert first.line == second.line == 3
    assert first.id != second.id


def test_an_alternative_of_a_script_may_have_several_commands_without_a_gap() -> None:
    first, second = _split("# By chart\nhelm repo update\nhelm rollback app\n\n# OR by hand\nmake back\n")
    assert (first.body, second.body) == (
        "# By chart\nhelm repo update\nhelm rollback app\n",
        "# OR by hand\nmake back\n",
    )


@pytest.mark.parametrize("body", ["# A\nmake a\n\n# OR\nmake b\n\nmake c\n", "make a\n\nmake b\n# OR\nmake c\n"])
def test_what_might_belong_to_both_alternatives_is_not_guessed_at(body: str) -> None:
    (step,) = _split(body)
    assert (step.runnable, step.reason[:26]) == (False, "alternatives in one script")


def test_an_or_above_the_first_command_parts_nothing() -> None:
    (step,) = _split("# OR by hand\nmake a\nmake b\n")
    assert (step.runnable, step.alternative) == (True, "")


def test_a_single_condition_in_the_drawer_is_nothing_to_choose_from() -> None:
    assert not parse(f"## Rollback\n\n**If new**\n{SCRIPT}").sections[0].choose_one
    assert parse(f"## Rollback\n\n**If new**\n{SCRIPT}\n**If old**\n{SCRIPT}").sections[0].choose_one


def test_an_or_in_a_longer_script_is_not_guessed_at() -> None:
    (step,) = _split("# First\nmake a\n\n# OR\nmake b\n\n# Then\nmake c\n")
    assert (step.runnable, step.reason[:26]) == (False, "alternatives in one script")


def test_an_or_without_a_command_is_only_a_remark() -> None:
    (step,) = _split("# Restore\nmake a\n\n# OR use the console\n# by hand\n")
    assert (step.runnable, step.alternative) == (True, "")


MESSAGE = "\n```\nWe begin: [what], commit <sha>\n```\n"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (f"## Communication\n{MESSAGE}", ["message"]),
        (f"## Communication\n\n### Before the deploy\n{MESSAGE}", ["pre_deploy"]),
        (f"## Notifications\n\n### Post-deploy\n{MESSAGE}", ["post_deploy"]),
        (f"## Go\n\n**Slack template**:\n{MESSAGE}", ["message"]),
        (f"## Rollback\n\n### Message template\n{MESSAGE}", ["rollback"]),
        ("## Deployment log\n\n```markdown\n# Deploy YYYY-MM-DD\n```\n", ["log"]),
        ("## Template\n\n```yaml\na: <b>\n```\n", []),
        (f"## Elsewhere\n{MESSAGE}", []),
        ("## Template\n\n```sh\nmake <a>\n```\n", []),
    ],
)
def test_text_below_a_heading_about_messages_is_a_template(text: str, kinds: list[str]) -> None:
    assert [template.kind for template in parse(text).templates] == kinds


def test_the_fields_of_a_message_are_its_holes_and_nothing_else_in_brackets() -> None:
    text = (
        "## Template\n\n```\n[Issue] on <commit sha>, see [docs](x) - [ ] [x] at YYYY-MM-DD, <commit_sha> <who?>\n```"
    )
    (template,) = parse(text).templates
    assert [(field.name, field.token) for field in template.fields] == [
        ("issue", "[Issue]"), ("commit-sha", "<commit sha>"), ("yyyy-mm-dd", "YYYY-MM-DD"), ("who?", "<who?>"),
    ]  # fmt: skip


def test_a_field_is_chosen_by_its_name_and_by_what_stands_around_it_on_its_line() -> None:
    body = "ETA: <X minutes> (UTC)\nDowntime: <X minutes>\nby <Who>"
    seen: list[FieldPlace] = []

    def choose(place: FieldPlace) -> str | None:
        seen.append(place)
        return {"ETA: ": "<who>", "by ": None}.get(place.before, "5")

    assert fill_each(body, choose) == "ETA: <who> (UTC)\nDowntime: 5\nby <Who>"
    assert seen == [
        ("x-minutes", "<X minutes>", "ETA: ", " (UTC)"),
        ("x-minutes", "<X minutes>", "Downtime: ", ""),
        ("who", "<Who>", "by ", ""),
    ]


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Announcement (T-1h)", "pre_deploy"),
        ("Announcement (T+1h)", "post_deploy"),
        ("Slack", "message"),
        ("Message at T-0m", "message"),
        ("Rollback message (T-1h)", "rollback"),
    ],
)
def test_a_message_that_only_its_time_tells_about_is_one_before_or_after(title: str, kind: str) -> None:
    assert [template.kind for template in parse(f"## {title}\n{MESSAGE}").templates] == [kind]


@pytest.mark.parametrize(
    ("language", "titles", "kind"),
    [
        ("markdown", ["Deployment log"], "log"),
        ("md", ["Release record", "Of today"], "log"),
        ("md", ["Release record", "Of", "Today"], None),
        ("text", ["Release record"], None),
        ("markdown", ["Slack"], "message"),
        ("markdown", ["Slack", "A", "B"], None),
        ("", ["Slack", "A", "B"], "message"),
        ("", ["Slack", "Rollback", "Status update"], "rollback"),
        ("", ["Rollback messages", "After the deploy"], "post_deploy"),
        ("python", ["Slack"], None),
        ("markdown", [], None),
    ],
)
def test_what_kind_of_message_a_fence_holds_is_told_by_what_stands_above_it(
    language: str, titles: list[str], kind: str | None
) -> None:
    assert template_kind(language, titles) == kind


def test_a_section_of_messages_is_for_communication() -> None:
    sections = parse(f"## Communication\n\n### Before (T-1h)\n{MESSAGE}").sections
    assert [section.kind for section in sections] == ["communication", "communication"]
