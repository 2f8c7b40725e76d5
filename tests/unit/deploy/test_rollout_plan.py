"""The plan of a rollout: stages that grow, a key of its own, words; and that a deploy knows none of it."""

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy.rollout_plan import Rollout, Stage, is_rollout, key_of, why_no_stages
from tests import builders as b
from tests.rollouts import STAGES, Flag, plan


@pytest.mark.parametrize(
    ("stages", "words"),
    [
        ((), "there is no stage"),
        ((5, 5), "stage 2 (5 %) does not grow: stage 1 is 5 %"),
        ((50, 25), "stage 2 (25 %) does not grow: stage 1 is 50 %"),
        ((5, 101), "stage 2 is 101 %: write a percentage from 0 to 100"),
        ((-1, 5), "stage 1 is -1 %: write a percentage from 0 to 100"),
        ((0, 5), "stage 1 is 0 %, which is off: a stage begins above that"),
        ((0.5, 99.5, 100), ""),
    ],
)
def test_stages_grow_from_above_0_to_100(stages: tuple[float, ...], words: str) -> None:
    made = tuple(Stage(float(percent), 1.0) for percent in stages)
    assert why_no_stages(made) == words
    flag = Flag()
    command = c.OpenDeploy(plan=plan(stages=made))
    if words:
        assert flag.refusal(command) == f"checkout: {words}"
    else:
        flag.do(command)


def test_a_later_stage_is_not_due_earlier() -> None:
    assert why_no_stages((Stage(5.0, 1.0, 100.0), Stage(25.0, 1.0, 50.0))) == "stage 2 is due before stage 1"


@pytest.mark.parametrize("flag", ["checkout", "a/b", "a_b", "x; rm -rf /", "../../etc", "ä", " "])
def test_the_key_of_a_flag_is_its_own_and_safe(flag: str) -> None:
    key = key_of("production", flag)
    assert is_rollout(key)
    assert not is_rollout("production")
    safe = key.removeprefix("production/flag:")
    assert all(char.isascii() and (char.isalnum() or char in "-_.") for char in safe)
    assert key != key_of("production", f"{flag}x")


def test_names_that_look_alike_do_not_share_a_key() -> None:
    assert len({key_of("production", one) for one in ("a/b", "a_b", "a b", "a:b")}) == 4


def test_the_plan_of_a_deploy_keeps_its_environment_as_its_key() -> None:
    assert b.plan().key == "production"
    assert plan().key == "production/flag:checkout"
    assert plan().environment == "production"


def test_a_deploy_knows_none_of_it() -> None:
    deploy = b.Deploy.of(b.item("look"))
    for command in (c.AdvanceRollout(change=1), c.BackRollout(change=1), c.FlagOff(), c.ConfirmFlag(change=1)):
        assert "not the rollout of a flag" in deploy.refusal(command)


def test_words_of_a_percentage() -> None:
    rollout = Rollout(flag="x", stages=STAGES)
    assert [rollout.named(place) for place in (-1, 0, 3)] == ["off", "5 %", "100 %"]
