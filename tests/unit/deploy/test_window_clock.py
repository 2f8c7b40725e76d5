"""A deploy window is about the clock on people's walls: where that is set, the window goes by it, and that is said."""

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy.schedule.planned_window import wall_time, why_closed
from cockpit.deploy.schedule.window import Stretch
from tests.builders import START, Deploy, item, step

HOUR = 3600.0
OPEN_THEN_CLOSED = (
    Stretch(START - 24 * HOUR, START + HOUR, "allowed"),
    Stretch(START + HOUR, START + 48 * HOUR, "closed", ("Friday evening",)),
)
CLOSED_THEN_OPEN = (
    Stretch(START - 24 * HOUR, START + HOUR, "closed", ("before nine",)),
    Stretch(START + HOUR, START + 48 * HOUR, "allowed"),
)


def _deploy(stretches: tuple[Stretch, ...]) -> Deploy:
    return Deploy.of(item("look"), step("ship"), window_stretches=stretches, window_enforced=True)


@pytest.mark.parametrize(
    ("stretches", "behind", "closed"),
    [
        (OPEN_THEN_CLOSED, 0.0, False),
        (OPEN_THEN_CLOSED, -2 * HOUR, True),  # set forward: it is Friday evening already
        (CLOSED_THEN_OPEN, 0.0, True),
        (CLOSED_THEN_OPEN, -2 * HOUR, False),
    ],
)
def test_a_clock_that_was_set_forward_opens_and_closes_the_window(
    stretches: tuple[Stretch, ...], behind: float, closed: bool
) -> None:
    deploy = _deploy(stretches)
    if behind:
        deploy.do(c.RecordClock(seconds=-behind, behind=behind), by="cockpit")
    deploy.do(c.TickItem(task="look"))
    said = why_closed(deploy.state, deploy.now)
    assert bool(said) is closed
    refusal = deploy.ask(c.EnterPhase(phase="deploy"))
    assert (refusal is not None) is closed
    if closed and behind:
        assert "by this machine's clock, which is 2 h ahead of the deploy's" in said


@pytest.mark.parametrize(("stretches", "closed"), [(OPEN_THEN_CLOSED, False), (CLOSED_THEN_OPEN, True)])
def test_a_clock_that_was_set_back_does_so_too(stretches: tuple[Stretch, ...], closed: bool) -> None:
    deploy = _deploy(stretches)
    deploy.now += 2 * HOUR
    assert bool(why_closed(deploy.state, deploy.now)) is not closed
    deploy.do(c.RecordClock(seconds=-2 * HOUR, behind=2 * HOUR), by="cockpit")
    said = why_closed(deploy.state, deploy.now)
    assert bool(said) is closed
    if closed:
        assert "by this machine's clock, which is 2 h behind the deploy's" in said


def test_what_was_entered_while_it_was_open_may_finish_whatever_the_clock_is_set_to() -> None:
    deploy = _deploy(OPEN_THEN_CLOSED).do(c.TickItem(task="look")).do(c.EnterPhase(phase="deploy"))
    deploy.now += 1
    deploy.do(c.RecordClock(seconds=2 * HOUR, behind=-2 * HOUR), by="cockpit")
    assert why_closed(deploy.state, deploy.now) == ""
    assert wall_time(deploy.state, START) == START
    assert wall_time(deploy.state, deploy.now) == deploy.now + 2 * HOUR
