"""Every rule finds its own bad example and leaves its good one alone. A rule without them cannot come in."""

import re

import pytest

from cockpit.runbook.lint.model import Rule
from cockpit.runbook.lint.registry import CHECKS, RULES
from cockpit.runbook.lint.rules_reader import FROM_OUTSIDE, READER
from tests.unit.runbook.lint import around, codes

ASKED = {rule.code for rule in FROM_OUTSIDE}
HERE = [rule for code, rule in RULES.items() if code not in ASKED]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("rule", HERE, ids=lambda rule: rule.code)
def test_a_rule_finds_its_bad_example_and_not_its_good_one(rule: Rule) -> None:
    bad = codes(_bytes(around(rule.bad, rule.language)))
    good = codes(_bytes(around(rule.good, rule.language)))
    assert rule.code in [code for _, code in bad]
    assert rule.code not in [code for _, code in good]


@pytest.mark.parametrize("rule", HERE, ids=lambda rule: rule.code)
def test_a_good_example_breaks_no_other_rule(rule: Rule) -> None:
    own = {code for _, code in codes(_bytes(around(rule.good, rule.language)))}
    assert not own - {"no-actionable-section", "not-runnable"}


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_a_rule_is_described(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)+|empty", rule.code)
    assert rule.title
    assert rule.safer
    assert rule.bad != rule.good
    assert rule.why.endswith((".", ")"))
    assert not rule.title.endswith(".")


def test_codes_are_unique() -> None:
    assert len(RULES) == len(CHECKS) + len(READER) + len(FROM_OUTSIDE) + 2
