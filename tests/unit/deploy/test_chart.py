"""A metric over a deploy as a picture: scale, levels, marks, gaps; the legend fits."""

from typing import Any

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.marks import Mark, marks, sign_row
from cockpit.deploy.metrics.chart import in_ascii, legend, prepare, ticks
from tests.builders import START, Deploy, item, option, rule, step
from tests.rollouts import Flag


def _deploy() -> Deploy:
    deploy = Deploy.of(
        item("look"),
        step("copy", body="./backup\n"),
        step("ship", body="./deploy\n"),
        rollback=(option("back", step("undo")),),
        metrics=(rule(top=10, for_seconds=2),),
        arm_task="ship",
        automatic=True,
        baseline_seconds=10.0,
    )
    for _ in range(20):
        deploy.later(1).read(errors=0.5)
    deploy.tick("look").do(c.EnterPhase(phase="deploy"))
    deploy.run("copy").later(2).end("copy", "failed").later(1).passed("copy").later(3).run("ship")
    for _ in range(5):
        deploy.later(1).read(errors=8.0)
    return deploy.end("ship").later(20)


def test_the_marks_are_the_deploy_its_scripts_the_triggers_and_the_rollback() -> None:
    deploy = _deploy()
    found = marks(deploy.state.plan, deploy.events)
    assert [(mark.sign, mark.at - START) for mark in found] == [
        ("D", 20), ("1", 20), ("1", 23), ("A", 26), ("2", 26), ("F", 29), ("R", 51),
    ]  # fmt: skip
    assert [mark.label for mark in found][:3] == ["deploy", "Copy", "Copy"]
    assert marks(None, deploy.events)[0].sign == "D"


def test_the_stages_of_a_rollout_have_their_numbers_back_and_off_their_letters() -> None:
    flag = Flag.rolled().to_stage(1)
    flag.do(c.BackRollout(change=3)).obey().do(c.FlagOff())
    found = marks(flag.state.plan, flag.events)
    assert [(mark.sign, mark.label) for mark in found] == [
        ("1", "5 %"), ("2", "25 %"), ("B", "back to 5 %"), ("O", "checkout off"),
    ]  # fmt: skip
    # A record that makes no sense has its chart all the same.
    signs = []
    for stage in (-99, -1, 8, 9, 34, 35, 99):
        body = e.FlagSetRequested(change=1, kind="advance", stage=stage, percent=5.0)
        (mark,) = marks(flag.state.plan, [e.Event(seq=1, at=0.0, by="ann", body=body)])
        signs.append(mark.sign)
    assert "".join(signs) == "++9az++"


def test_more_scripts_than_signs_share_the_last_one() -> None:
    deploy = Deploy.of(*(step(f"s{number}") for number in range(37))).passed(*(f"s{number}" for number in range(37)))
    found = [mark for mark in marks(deploy.state.plan, deploy.events) if mark.sign != "D"]
    assert "".join(mark.sign for mark in found) == "123456789abcdefghijklmnopqrstuvwxyz++"


def test_signs_that_fall_together_stand_beside_each_other_and_never_leave_the_row() -> None:
    def row(*at: float) -> str:
        return sign_row([Mark(one, sign, "") for one, sign in zip(at, "DA1R", strict=False)], 0, 100, 11)

    assert row(0, 50, 100) == "D    A    1"
    assert row(50, 50, 51) == "     DA1"
    assert row(100, 100) == "          D"
    assert row() == ""


def _chart(*values: float | None, since: float = 0.0, **more: Any) -> list[str]:
    one = rule(**{"top": 10, **more})
    deploy = Deploy.of(item("look"), metrics=(one,))
    for value in values:
        deploy.later(1)
        deploy.read(errors=value)
    chart = prepare(one, deploy.state.metrics["errors"], (Mark(START + 2, "D", "deploy"),), since)
    return in_ascii(chart, 40, 11) if chart is not None else []


def test_the_picture_in_ascii() -> None:
    assert _chart(0.2, 0.2, 0.2, 9.0, None, 9.0, 0.2) == [
        "                D",
        "      10 % |    :",
        "           |    :         *       *",
        "           |    :        *         *",
        "           |    :       *           *",
        "breach 5 % |====:=======================",
        "           |    :      *             *",
        " alert 2 % |----:-----*---------------*-",
        "       0 % |**********                 *",
        "           +----------------------------",
        "            13:46:41        13:46:47 UTC",
    ]


@pytest.mark.parametrize(
    "values", [(0.0,), (0.0, 0.0), (5.0, None), (None, 3.0), (-1.0, 2.0), (1e9, 0.0), (10.0,) * 50]
)
def test_any_values_fit_into_the_size_and_are_ascii(values: tuple[float | None, ...]) -> None:
    for without in ((), ("top",), ("top", "watch", "alert", "breach")):
        more: dict[str, Any] = dict.fromkeys(without)
        lines = _chart(*values, since=0.0, **more)
        assert len(lines) == 11
        assert max(map(len, lines)) <= 40
        assert "\n".join(lines).isascii()
        assert any("*" in line for line in lines)


def test_no_value_in_that_time_is_no_chart() -> None:
    assert _chart(None, None) == []
    assert _chart(1.0, 2.0, since=START + 100) == []


def test_levels_that_share_a_row_give_way_to_the_more_important() -> None:
    one = rule(watch=4.9, alert=4.95, breach=5.0, top=10, expected=0.1)
    deploy = Deploy.of(item("look"), metrics=(one,)).read(errors=1.0)
    chart = prepare(one, deploy.state.metrics["errors"], ())
    assert chart is not None
    assert [words for _, words in ticks(chart, 9)] == ["base 0.1 %", "breach 5 %", "10 %"]
    assert [words for _, words in ticks(chart, 900)][1:4] == ["base 0.1 %", "watch 4.9 %", "alert 5 %"]


def test_a_long_legend_is_cut_until_it_fits() -> None:
    many = [Mark(START + place, sign, f"Step {sign}: something with a long name") for place, sign in enumerate("12345")]
    lines = legend([*many, *many], 74)
    assert len(lines) <= 3
    assert max(map(len, lines)) <= 74
    assert [line.count("Step") for line in lines] == [2, 2, 1]
    crowd = [Mark(START, chr(97 + place), "x" * 50) for place in range(26)]
    assert len(legend(crowd, 74)) == 3
    assert legend([], 74) == []
