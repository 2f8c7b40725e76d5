"""The replay without its screen: places and states, and the clock."""

import random
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.fold import apply, fold
from cockpit.deploy.state import State
from cockpit.replay import timeline as timeline_module
from cockpit.replay.playback import FASTEST, SLOWEST, Playback
from cockpit.replay.timeline import Timeline
from cockpit.report.story import story
from tests.builders import START, Deploy, item, option, plan, rule, step


def eventful() -> list[e.Event]:
    """A deploy with everything that a story tells: metrics, ticks, a failure, a way back, several things at once."""
    deploy = Deploy.of(
        item("look"),
        step("copy"),
        step("ship"),
        rollback=[option("back", step("return"))],
        metrics=[rule("errors"), rule("health")],
    )
    for number in range(12):
        deploy.later(1).read(errors=0.1 * number, health=1.0)
    deploy.tick("look").do(c.EnterPhase(phase="deploy")).passed("copy")
    deploy.later(1).read(errors=9.0, health=1.0)
    deploy.run("ship").later(3).end("ship", "failed")
    deploy.later(1).do(c.StartRollback(option="back", confirmation="production", reason="it failed", values={}))
    return deploy.later(2).end("return").events


EVENTS = eventful()


def test_every_place_has_exactly_the_fold_of_its_events() -> None:
    timeline = Timeline(EVENTS, every=3)
    places = list(range(len(EVENTS) + 1))
    shuffled = random.Random(7).sample(places, len(places))
    for count in (*places, *reversed(places), *shuffled):
        assert timeline.state(count) == fold(EVENTS[:count]), count


def test_a_jump_to_the_end_and_back_again_gives_the_same() -> None:
    timeline = Timeline(EVENTS, every=4)
    assert timeline.state(len(EVENTS)) == fold(EVENTS)
    for count in range(len(EVENTS), -1, -1):
        assert timeline.state(count) == fold(EVENTS[:count])


def test_the_story_is_walked_event_by_event_in_both_directions() -> None:
    told = [(event.seq, text) for event, text in story(EVENTS)]
    timeline = Timeline(EVENTS, every=5)
    place, forward = timeline.after(0), []
    while place is not None:
        last = timeline.last(place)
        assert last is not None
        forward.append((last[0].seq, last[1]))
        assert place == last[0].seq
        place = timeline.after(place)
    assert forward == told
    place, back = timeline.before(len(EVENTS) + 1), []
    while place is not None:
        back.append(place)
        place = timeline.before(place)
    assert back == [seq for seq, _ in reversed(told)]


def test_the_task_that_the_story_named_last() -> None:
    timeline = Timeline(EVENTS)
    for count in range(len(EVENTS) + 1):
        named = [getattr(event.body, "task", "") for event, _ in story(EVENTS[:count])]
        assert timeline.task(count) == next((name for name in reversed(named) if name), "")


def test_going_back_in_a_long_deploy_folds_from_the_last_checkpoint_only(monkeypatch: pytest.MonkeyPatch) -> None:
    body = e.ItemTicked(task="look")
    many = [*EVENTS[:2], *(e.Event(seq=3 + n, at=START + n, by="ann", body=body) for n in range(100_000))]
    timeline = Timeline(many, every=1000)
    timeline.state(len(many))
    folded: list[int] = []

    def counting(events: Sequence[e.Event], state: State) -> State:
        folded.append(len(events))
        return fold(events, state)

    monkeypatch.setattr(timeline_module, "fold", counting)
    for count in (99_999, 50_500, 50_499, 1, 0, 77_777, 77_780, len(many)):
        assert timeline.state(count).seq == count
    assert max(folded) < 1000
    assert folded[-1] == 3, "forward from where it is"


def test_nothing_is_folded_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    folded: list[int] = []

    def noting(state: State, event: e.Event) -> State:
        folded.append(event.seq)
        return apply(state, event)

    monkeypatch.setattr(timeline_module, "apply", noting)
    timeline = Timeline(EVENTS)
    assert folded == []
    timeline.state(4)
    assert folded == [1, 2, 3, 4]
    assert timeline.read_ahead(2)
    assert folded == [1, 2, 3, 4, 5, 6]
    while timeline.read_ahead(7):
        pass
    assert folded == [event.seq for event in EVENTS]


def test_a_clock_that_jumped_back_holds_time_up_and_loses_nothing() -> None:
    ats = [100.0, 110.0, 120.0, 60.0, 70.0, 125.0, 130.0]
    events = [replace(event, at=at) for event, at in zip(EVENTS, ats, strict=False)]
    assert Timeline(events).times == [100.0, 110.0, 120.0, 120.0, 120.0, 125.0, 130.0]
    playback = Playback(Timeline(events).times, lambda: 0.0)
    playback.seek(119.9)
    assert playback.count == 2
    playback.seek(120.0)
    assert playback.count == 5


def test_when_runs_ended_is_known_by_their_folders() -> None:
    timeline = Timeline(EVENTS)
    started = {event.body.directory: event for event in EVENTS if isinstance(event.body, e.StepStarted)}
    finished = [event for event in EVENTS if isinstance(event.body, e.StepFinished)]
    assert set(timeline.ends) == set(started)
    assert sorted(timeline.ends.values()) == sorted(event.at for event in finished)


# The clock


class Hand:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 5000.0

    def __call__(self) -> float:
        return self.now


TIMES = [100.0, 100.0, 103.0, 110.0, 110.0, 160.0]


def playing(**more: float) -> tuple[Playback, Hand]:
    hand = Hand()
    return Playback(TIMES, hand, **more), hand


def turn(playback: Playback, hand: Hand, seconds: float) -> tuple[float, int]:
    hand.now += seconds
    playback.advance()
    return playback.now, playback.count


def test_it_plays_at_its_speed_and_stays_at_the_end() -> None:
    playback, hand = playing()
    assert (playback.now, playback.count, playback.playing) == (100.0, 2, True)
    assert turn(playback, hand, 2.5) == (102.5, 2)
    assert turn(playback, hand, 0.5) == (103.0, 3)
    playback.change_speed(2)
    assert turn(playback, hand, 3.5) == (110.0, 5)
    assert not playback.ended
    assert turn(playback, hand, 1000) == (160.0, 6)
    assert playback.ended
    assert not playback.playing
    assert not playback.toggle()
    assert turn(playback, hand, 10) == (160.0, 6)


def test_paused_time_does_not_count() -> None:
    playback, hand = playing()
    turn(playback, hand, 2)
    assert playback.toggle()
    assert turn(playback, hand, 500) == (102.0, 2)
    hand.now += 500
    assert playback.toggle()
    assert turn(playback, hand, 1) == (103.0, 3)


def test_scrubbing_goes_on_playing_and_stays_inside() -> None:
    playback, hand = playing()
    playback.scrub(10)
    assert (playback.now, playback.count) == (110.0, 5)
    playback.scrub(-60)
    assert (playback.now, playback.count) == (100.0, 2)
    assert turn(playback, hand, 3) == (103.0, 3)
    playback.scrub(600)
    assert playback.ended
    assert not playback.playing


def test_events_of_one_moment_are_stepped_one_by_one_and_played_together() -> None:
    playback, hand = playing()
    playback.stop_at(4)
    assert (playback.now, playback.count, playback.playing) == (110.0, 4, False)
    assert turn(playback, hand, 50) == (110.0, 4)
    playback.stop_at(1)
    assert (playback.now, playback.count) == (100.0, 1)
    playback.stop_at(6)
    assert playback.ended
    playback.stop_at(4)
    assert playback.toggle()
    assert turn(playback, hand, 1) == (111.0, 5)


def test_speed_has_limits_in_both_directions() -> None:
    playback, _ = playing()
    while playback.change_speed(2):
        pass
    assert playback.speed == FASTEST
    while playback.change_speed(0.5):
        pass
    assert playback.speed == SLOWEST
    fast, _ = playing(speed=5000)
    assert not fast.change_speed(2)
    assert fast.change_speed(0.5)
    assert fast.speed == FASTEST


def test_it_begins_where_it_is_told_to() -> None:
    playback, _ = playing(begin=111.0)
    assert (playback.now, playback.count) == (111.0, 5)
    playback, _ = playing(begin=160.0)
    assert playback.ended
    assert not playback.playing


def test_a_plan_alone_can_be_replayed() -> None:
    deploy = Deploy()
    deploy.do(c.OpenDeploy(plan=plan(item("look"))))
    timeline = Timeline(deploy.events[:1])
    playback = Playback(timeline.times, Hand())
    assert playback.ended
    assert timeline.state(1).plan is not None
