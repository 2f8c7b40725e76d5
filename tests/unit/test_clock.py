"""The deploy's clock: whatever happens to the machine's, durations are what they were."""

from dataclasses import dataclass

import pytest

from cockpit.engine.clock import DeployClock


@dataclass
class World:
    wall: float = 1_000_000.0
    even: float = 50.0

    def clock(self) -> DeployClock:
        return DeployClock(lambda: self.wall, lambda: self.even)

    def go(self, seconds: float, wall: float | None = None) -> None:
        self.even += seconds
        self.wall += seconds if wall is None else wall


@pytest.mark.parametrize("by", [-3600.0, -30.0, 30.0, 3600.0, -1.5])
def test_a_clock_that_is_set_changes_no_duration_and_is_told_once(by: float) -> None:
    world = World()
    clock = world.clock()
    before = clock()
    world.go(15.0)
    world.wall += by
    assert clock() - before == 15.0
    assert clock.jump() == by
    assert clock.behind == -by
    assert clock.jump() == 0.0
    world.go(5.0)
    assert clock() - before == 20.0


def test_a_clock_that_is_corrected_bit_by_bit_did_not_jump() -> None:
    world = World()
    clock = world.clock()
    for _ in range(100):
        world.go(1.0, wall=1.0005)
        assert clock.jump() == 0.0


def test_two_jumps_add_up() -> None:
    world = World()
    clock = world.clock()
    for by in (-3600.0, 60.0, 3540.0):
        world.wall += by
        assert clock.jump() == pytest.approx(by)
    assert clock.behind == pytest.approx(0.0)


def test_the_next_engine_goes_on_where_the_record_stands() -> None:
    world = World()
    clock = world.clock()
    clock.begin(3600.0, not_before=0.0)
    assert clock() == world.wall + 3600.0
    assert clock.jump() == 0.0


def test_time_never_goes_back_behind_the_last_event() -> None:
    """The machine's clock was set back while no engine ran."""
    world = World()
    clock = world.clock()
    clock.begin(0.0, not_before=world.wall + 600.0)
    assert clock() == world.wall + 600.0
    assert clock.jump() == -600.0


def test_standing_still_is_told_and_a_short_pause_is_not() -> None:
    world = World()
    clock = world.clock()
    world.go(3.0)
    assert clock.gap() == 0.0
    world.go(120.0)
    assert clock.gap() == 120.0
    assert clock.gap() == 0.0
