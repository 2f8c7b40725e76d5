"""Findings that somebody looked at: what a comment silences, and what is said of the comment."""

import pytest

from tests.unit.runbook.lint import around, codes, found

BACK = "\n## Rollback\n\nBy hand.\n"
ZONE = '<!-- cockpit: ignore-rule=zone-abbreviation reason="Panama" -->'


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("- [ ] at 10:00 EST", [1]),
        (f"{ZONE}\n- [ ] at 10:00 EST", []),
        (f"{ZONE}\n\n- [ ] at 10:00 EST\n- [ ] at 11:00 EST", []),
        (f"{ZONE}\nAt 10:00 EST.\n\nAt 11:00 EST.\n\n- [ ] x", [4]),
        (f"- [ ] at 10:00 EST {ZONE}\n- [ ] at 11:00 EST", [2]),
        (f"{ZONE}\n## When\n\n- [ ] at 10:00 EST\n\n### Or\n\nAt 11:00 EST.\n\n## Then\n\nAt 12:00 EST.", [12]),
        (f"## When {ZONE}\n\n- [ ] at 10:00 EST\n\nAt 11:00 EST.\n\n## Then\n\nAt 12:00 EST.", [9]),
    ],
)
def test_a_comment_reaches_to_the_end_of_its_block_item_or_section(text: str, left: list[int]) -> None:
    assert codes(text + BACK) == [(line, "zone-abbreviation") for line in left]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("# cockpit: ignore curl-no-fail: only looked at\ncurl https://a/\ncurl https://b/", [(8, "curl-no-fail")]),
        ("# cockpit: ignore curl-no-fail: why\ncurl \\\n  https://a/", []),
        ("# cockpit: ignore curl-no-fail\ncurl https://a/", [(6, "suppression-without-reason"), (7, "curl-no-fail")]),
        ("# cockpit: ignore curl-fail: why\ncurl -f https://a/", [(6, "suppression-unused")]),
        ("# cockpit: ignore SC2046: why\nls", []),
        ("# cockpit: ignore tool-missing: why\nls", []),
    ],
)
def test_a_comment_in_a_script_reaches_to_the_next_command(script: str, expected: list[tuple[int, str]]) -> None:
    assert codes(around(script, "bash")) == expected


def test_a_block_is_silenced_by_code_and_all_codes_of_a_comment_count() -> None:
    comment = '<!-- cockpit: ignore-rule=dump-redirect,backup-not-read reason="a test server" -->'
    text = f'# S\n\n## Deploy\n\n{comment}\n```bash\npg_dump "$U" > a.sql\n```\n{BACK}'
    assert [code for _, code in codes(text)] == ["unset-variable"]


def test_the_whole_document_is_reached_from_above_its_title() -> None:
    text = "# Shipping production\n\n## Deploy\n\n```bash\n./deploy\n```\n"
    assert codes(text) == [(1, "no-rollback")]
    comment = '<!-- cockpit: ignore-rule=no-rollback reason="in the handbook" -->\n'
    assert codes(comment + text) == []
    assert codes(comment.replace(' reason="in the handbook"', "") + text) == [
        (1, "suppression-without-reason"),
        (2, "no-rollback"),
    ]


def test_what_is_wrong_with_a_comment_is_said() -> None:
    text = f'- [ ] x\n\n<!-- cockpit: ignore-rule=zone-abreviation reason="x" -->\nText.\n\n{ZONE}\nText.\n{BACK}'
    assert [(one.line, one.message) for one in found(text)] == [
        (3, "no rule 'zone-abreviation'"),
        (6, "zone-abbreviation has no finding here"),
    ]
