"""The fold: total, the same in every version, and never in need of more than the events."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.deploy import events as e
from cockpit.deploy.builtin_checks import watch_left
from cockpit.deploy.fold import apply, fold
from cockpit.deploy.recommend import recommend
from cockpit.deploy.state import HISTORY, RECENT, State
from tests.builders import START, Deploy, item, plan, rule, step
from tests.unit.deploy.strategies import BODIES, any_body

GOLDEN = Path(__file__).resolve().parents[2] / "golden"


def _event(seq: int, body: e.Body, at: float = START) -> e.Event:
    return e.Event(seq=seq, at=at, by="ann", body=body)


def _golden(path: Path) -> list[e.Event]:
    found = []
    for line in path.read_text().splitlines():
        shape = json.loads(line)
        body = e.decode_body(json.dumps(shape.pop("body")).encode())
        found.append(e.Event(body=body, **shape))
    return found


def _shape(state: State) -> dict[str, Any]:
    shape: dict[str, Any] = msgspec.to_builtins(state)
    return {**shape, "variables": sorted(shape["variables"])}


def _contains(new: Any, old: Any, where: str = "state") -> None:
    """Everything that the old shape says, the new one says too; it may say more."""
    if isinstance(old, dict):
        for key, value in old.items():
            assert key in new, f"{where}.{key} is gone"
            _contains(new[key], value, f"{where}.{key}")
    elif isinstance(old, list):
        assert len(new) == len(old), where
        for number, (one, other) in enumerate(zip(new, old, strict=True)):
            _contains(one, other, f"{where}[{number}]")
    else:
        assert new == old, where


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("v*.jsonl")), ids=lambda path: path.stem)
def test_a_journal_of_every_format_folds_to_the_state_that_was_true_then(path: Path) -> None:
    stored = json.loads(path.with_suffix("").with_suffix(".state.json").read_text())
    _contains(_shape(fold(_golden(path))), stored)


def test_the_golden_journals_hold_every_kind_of_event() -> None:
    kinds = {type(event.body) for path in GOLDEN.glob("v*.jsonl") for event in _golden(path)}
    assert kinds == {*BODIES, e.UnknownEvent}


def test_the_golden_comparison_notices_a_difference() -> None:
    stored = json.loads((GOLDEN / "v1.state.json").read_text())
    events = _golden(GOLDEN / "v1.jsonl")
    for left_out in (1, 10, 40):
        with pytest.raises(AssertionError):
            _contains(_shape(fold(events[:left_out] + events[left_out + 1 :])), {**stored, "opened_at": START})


def test_folding_in_two_parts_gives_the_same_as_in_one() -> None:
    events = _golden(GOLDEN / "v1.jsonl")
    whole = fold(events)
    for cut in range(0, len(events), 7):
        assert fold(events[cut:], fold(events[:cut])) == whole


def test_folding_does_not_change_the_state_before() -> None:
    events = _golden(GOLDEN / "v1.jsonl")
    state = State()
    for event in events:
        before = _shape(state)
        after = apply(state, event)
        assert _shape(state) == before
        state = after


@pytest.mark.parametrize("body", list(e.KINDS.values()), ids=lambda body: body.__name__)
def test_every_kind_of_event_has_a_fold_and_words(body: type) -> None:
    from cockpit.deploy.fold import _FOLDS
    from cockpit.report.story import _WORDS

    assert body in _FOLDS
    assert body in _WORDS


@settings(max_examples=150, deadline=None)
@given(st.lists(any_body, max_size=12))
def test_any_events_in_any_order_fold_without_a_crash(bodies: list[e.Body]) -> None:
    """Total: a journal that makes no sense gives a strange state and no exception; so do its readers."""
    opened = _event(1, e.DeployOpened(plan=plan(item("a"), step("b"), metrics=(rule(),))))
    state = fold([_event(number, body) for number, body in enumerate(bodies, 1)])
    assert state.seq == len(bodies)
    later = fold(
        [opened, *(_event(n, body) for n, body in enumerate(bodies, 2) if not isinstance(body, e.DeployOpened))]
    )
    recommend(later, START)
    watch_left(later, START)


@settings(max_examples=300, deadline=None)
@given(any_body)
def test_every_event_survives_its_bytes(body: e.Body) -> None:
    raw = e.encode_body(body)
    assert e.decode_body(raw) == body
    assert e.encode_body(e.decode_body(raw)) == raw


UNKNOWN = b'{"type":"FlagTurned","flag":"x","on":true}'


def test_an_event_of_a_newer_version_is_kept_byte_for_byte_and_skipped() -> None:
    body = e.decode_body(UNKNOWN)
    assert body == e.UnknownEvent(kind="FlagTurned", raw=UNKNOWN)
    assert e.encode_body(body) == UNKNOWN
    deploy = Deploy.of(item("a"))
    after = apply(deploy.state, _event(deploy.state.seq + 1, body))
    assert after.unknown_events == 1
    assert msgspec.structs.replace(after, unknown_events=0, seq=0, at=0.0) == msgspec.structs.replace(
        deploy.state, seq=0, at=0.0
    )


def test_a_field_of_a_newer_version_is_passed_over() -> None:
    assert e.decode_body(b'{"type":"NoteAdded","text":"hi","colour":"red"}') == e.NoteAdded(text="hi")


def test_a_field_of_this_version_that_an_older_journal_lacks_has_its_default() -> None:
    body = e.decode_body(b'{"type":"StepFinished","task":"a","attempt":1,"outcome":"succeeded"}')
    assert body == e.StepFinished(task="a", attempt=1, outcome="succeeded")


BROKEN = [
    b"",
    b"{",
    b"\xff",
    b"[]",
    b"1",
    b"null",
    b"{}",
    b'{"type":1}',
    b'{"type":"NoteAdded"}',
    b'{"type":"NoteAdded","text":5}',
    b'{"type":"StepFinished","task":"a","attempt":1,"outcome":"well"}',
]


@pytest.mark.parametrize("raw", BROKEN)
def test_bytes_that_are_no_event_are_an_error(raw: bytes) -> None:
    with pytest.raises(ValueError, match="event"):
        e.decode_body(raw)


def _sample(metric: str, value: float | None) -> e.Sample:
    level: e.Level = "no data" if value is None else "ok"
    return e.Sample(metric=metric, at=START, level=level, value=value)


@given(st.permutations([_sample(name, value) for name, value in (("a", 1.0), ("b", None), ("c", 3.0), ("d", 0.0))]))
def test_the_order_of_metrics_in_one_event_does_not_matter(samples: list[e.Sample]) -> None:
    opened = _event(1, e.DeployOpened(plan=plan(item("x"))))
    state = fold([opened, _event(2, e.MetricsSampled(samples=tuple(samples)))])
    expected = fold([opened, _event(2, e.MetricsSampled(samples=tuple(sorted(samples, key=lambda s: s.metric))))])
    assert state == expected


def test_what_is_kept_of_a_metric_is_bounded_and_keeps_the_newest() -> None:
    deploy = Deploy.of(item("x"), metrics=(rule(),))
    for number in range(3 * HISTORY):
        deploy.later(1).read(errors=number / 1000)
    metric = deploy.state.metrics["errors"]
    assert len(metric.recent) == RECENT
    assert len(metric.history) <= HISTORY
    assert metric.recent[-1] == metric.history[-1] == (deploy.now, (3 * HISTORY - 1) / 1000)
    times = [at for at, _ in metric.history]
    assert times == sorted(set(times))
    assert times[0] < START + HISTORY


def test_the_time_since_which_a_level_holds() -> None:
    deploy = Deploy.of(item("x"), metrics=(rule(),)).read(errors=0.1).later(1).read(errors=3.0)
    since = deploy.now
    assert deploy.later(1).read(errors=3.5).state.metrics["errors"].since == since


def test_commands_of_another_attempt_are_not_mixed_in() -> None:
    deploy = Deploy.of(step("ship", body="a\nb\n")).run("ship")
    before = deploy.state.of("ship")
    state = apply(deploy.state, _event(99, e.CommandReached(task="ship", attempt=7, index=0, at=START)))
    assert state.of("ship") == before
