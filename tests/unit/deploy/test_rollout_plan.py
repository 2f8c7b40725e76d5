"""Forms of a rollout: stages that grow, by itself, a switch; a key of its own; and that a deploy knows none of it."""

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy.recommend import recommend
from cockpit.deploy.rollout.plan import Rollout, Stage, is_rollout, key_of, why_no_stages
from tests import builders as b
from tests.rollouts import STAGES, Flag, plan


@pytest.mark.parametrize(
    ("stages", "words"),
    [
        ((), "no stages"),
        ((5, 5), "stage 2 (5 %) must be above stage 1 (5 %)"),
        ((50, 25), "stage 2 (25 %) must be above stage 1 (50 %)"),
        ((5, 101), "stage 2 is 101 %; use a percentage from 0 to 100"),
        ((-1, 5), "stage 1 is -1 %; use a percentage from 0 to 100"),
        ((0, 5), "stage 1 is 0 %, which is off; a stage must be above that"),
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
        assert "not a flag rollout" in deploy.refusal(command)


def test_words_of_a_percentage() -> None:
    rollout = Rollout(flag="x", stages=STAGES)
    assert [rollout.named(place) for place in (-1, 0, 3)] == ["off", "5 %", "100 %"]


def test_by_itself_it_goes_on_only_where_the_settings_say_so() -> None:
    flag = Flag.rolled(advance="auto")
    flag.measured(20)
    assert not flag.have.changes, "the first stage is a person's"
    flag.advance().obey()
    for _ in range(200):
        if flag.state.closed is not None:
            break
        if flag.have.under_way is not None:
            flag.obey()
        flag.measured(1)
    assert flag.state.closed == "succeeded"
    assert [(change.percent, change.by) for change in flag.have.changes] == [
        (5.0, "ann"),
        (25.0, "cockpit"),
        (50.0, "cockpit"),
        (100.0, "cockpit"),
    ]


def test_a_switch_is_verified_off_then_on_and_watched() -> None:
    flag = Flag.rolled(form="switch", stages=(Stage(0.0, 60.0), Stage(100.0, 100.0)))
    assert "set checkout to off (stage 1 of 2)" in recommend(flag.state, flag.now).words
    flag.advance().obey().measured(7)
    assert flag.statuses == ["passed", "waiting"]
    assert "set checkout to on (stage 2 of 2)" in recommend(flag.state, flag.now).words
    flag.advance().obey().measured(11)
    assert flag.statuses == ["passed", "passed"]
    flag.measured(1, errors=9.0)
    assert (flag.last.percent, flag.have.stage) == (0.0, 0)
