"""The one table of weights: how much each kind of evidence says, and for which role.

Two questions are asked of a fence. Is it commands at all (`commands` against `content`)? And if it is, when are they
run? Each is answered by the heaviest sum; the distance to the next one tells how sure the answer is. A weight is no
probability: 30 is what any labelled script has by being there, so what weighs 50 needs more than a title against it.
"""

from typing import Literal, NamedTuple

from cockpit.runbook.model import Role

Answer = Role | Literal["commands"]


class Weight(NamedTuple):
    answer: Answer
    weight: int


WEIGHTS: dict[str, Weight] = {
    # Is it commands?
    "shell-label": Weight("commands", 40),
    "prompts": Weight("commands", 70),
    "programs": Weight("commands", 30),
    "unlabelled-commands": Weight("commands", 60),
    "other-label": Weight("content", 200),
    "unlabelled": Weight("content", 100),
    "template": Weight("content", 300),
    "nothing-runs": Weight("content", 120),
    "shape": Weight("content", 130),
    "settings-only": Weight("content", 90),
    "for-a-file": Weight("content", 60),
    "expected": Weight("content", 45),
    "expected-strong": Weight("content", 90),
    # When are they run?
    "there": Weight("step", 30),
    "title-forward": Weight("step", 15),
    "chapter-forward": Weight("step", 10),
    "moves-on": Weight("step", 90),
    "told-required": Weight("step", 200),
    "told-rollback": Weight("rollback", 300),
    "told-reference": Weight("reference", 300),
    "told-optional": Weight("optional", 250),
    "title-rollback": Weight("rollback", 130),
    "chapter-rollback": Weight("rollback", 200),
    "document-rollback": Weight("rollback", 150),
    "document-reference": Weight("reference", 70),
    "document-trouble": Weight("contingency", 70),
    "sign-rollback": Weight("rollback", 110),
    "item-rollback": Weight("rollback", 80),
    "takes-back": Weight("rollback", 60),
    "lead-rollback": Weight("rollback", 60),
    "title-trouble": Weight("contingency", 70),
    "chapter-trouble": Weight("contingency", 75),
    "sign-trouble": Weight("contingency", 60),
    "title-if": Weight("contingency", 60),
    "sign-if": Weight("contingency", 60),
    "item-if": Weight("contingency", 50),
    "lead-if": Weight("contingency", 55),
    "lead-asks": Weight("contingency", 40),
    "section-if": Weight("contingency", 50),
    "chapter-teardown": Weight("contingency", 65),
    "lead-only-if": Weight("optional", 50),
    "title-once": Weight("setup", 65),
    "chapter-once": Weight("setup", 70),
    "sign-once": Weight("setup", 60),
    "lead-once": Weight("setup", 60),
    "makes-a-secret": Weight("setup", 45),
    "title-optional": Weight("optional", 75),
    "chapter-optional": Weight("optional", 70),
    "item-optional": Weight("optional", 70),
    "lead-optional": Weight("optional", 60),
    "section-may-be-skipped": Weight("optional", 60),
    "title-reference": Weight("reference", 60),
    "chapter-reference": Weight("reference", 70),
    "sign-reference": Weight("reference", 55),
    "folded": Weight("reference", 60),
    "title-example": Weight("reference", 65),
    "section-example": Weight("reference", 55),
    "lead-example": Weight("reference", 15),
    "only-explains": Weight("reference", 50),
    "never-ends": Weight("reference", 20),
    "elsewhere": Weight("remote", 20),
    "help-only": Weight("reference", 60),
    "after-the-end": Weight("reference", 40),
    "offered": Weight("reference", 200),
}  # fmt: skip

SURE = 40
"""So far from the next answer a reading is sure; half of it is likely."""
