"""`kill -9` at random points of a deploy, in its short form."""

import random

import pytest

from tests.faults import worlds
from tests.faults.kills import TARGETS, play


@pytest.mark.parametrize("target", TARGETS)
def test_a_killed_process_loses_nothing_and_doubles_nothing(target: str) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    with worlds.small() as root:
        outcome = play(root, target, kills=4, rng=random.Random(seed), pause=1.0)
    assert outcome.kills >= 1, seed
    assert outcome.problems == [], seed
    assert outcome.closed == "succeeded", seed
