"""What the events of measuring make true."""

from math import inf
from typing import TypeVar

from msgspec.structs import replace

from cockpit.deploy import events as e
from cockpit.deploy.metrics.gates import with_results
from cockpit.deploy.metrics.judge import BAD, BLIND
from cockpit.deploy.metrics.pending import blind_since, pending_after
from cockpit.deploy.plan import GATE
from cockpit.deploy.state import HISTORY, RECENT, Countdown, Fold, MetricState, Silenced, State, with_task

_NOT_WELL = BAD | BLIND


def _baseline(state: State, event: e.Event, body: e.BaselineMeasured) -> State:
    metrics = dict(state.metrics)
    for name, value in body.values.items():
        if name in metrics:
            metrics[name] = replace(metrics[name], baseline=value)
    return replace(state, metrics=metrics)


Value = TypeVar("Value", float, float | None)


def _thin(points: tuple[tuple[float, Value], ...]) -> tuple[tuple[float, Value], ...]:
    if len(points) <= HISTORY:
        return points
    half = len(points) // 2
    return points[:half:2] + points[half:]


def _sampled(state: State, event: e.Event, body: e.MetricsSampled) -> State:
    metrics = dict(state.metrics)
    stale = {rule.name: rule.stale_seconds for rule in state.plan.metrics} if state.plan is not None else {}
    for sample in body.samples:
        metrics[sample.metric] = with_sample(
            metrics.get(sample.metric), sample, event.at, stale.get(sample.metric, inf)
        )
    seen = {sample.metric for sample in body.samples if sample.level not in BLIND}
    silenced = tuple(one for one in state.silenced if goes_on(one, metrics.get(one.metric)))
    return replace(state, metrics=metrics, blind_accepted=state.blind_accepted - seen, silenced=silenced)


def goes_on(one: Silenced, metric: MetricState | None) -> bool:
    """True while what the person answered is still the same trouble: no sample has shown it well since."""
    if one.metric.startswith(GATE):
        return True  # until the hold is released
    if metric is None:
        return False
    return metric.latest.level in BLIND or (not one.blind and metric.latest.level == "breach")


def with_sample(old: MetricState | None, sample: e.Sample, now: float, stale: float = inf) -> MetricState:
    """What is known of a metric after one more sample."""
    point = (sample.at, sample.value)
    if old is None:
        old = MetricState(latest=sample, since=now)
    return replace(
        old,
        latest=sample,
        since=old.since if old.latest.level == sample.level else now,
        recent=(*old.recent[-(RECENT - 1) :], point),
        levels=(*old.levels[-(RECENT - 1) :], sample.level),
        history=_thin((*old.history, point)),
        fit=_fit(old, sample),
        bad_at=sample.at if sample.level in _NOT_WELL else old.bad_at,
        pending=pending_after(old.pending, sample, stale),
        errors_in_row=old.errors_in_row + 1 if sample.level == "error" else 0,
        blind_since=blind_since(old.blind_since, sample.level, sample.at),
    )


def _fit(old: MetricState, sample: e.Sample) -> tuple[tuple[float, float], ...]:
    """What a baseline may be made of: values that were judged, or only lack the baseline; each sample once."""
    usable = sample.value is not None and (sample.unjudged or sample.level not in BLIND)
    if not usable or (old.fit and sample.at <= old.fit[-1][0]):
        return old.fit
    assert sample.value is not None
    return _thin((*old.fit, (sample.at, sample.value)))


def _gate_opened(state: State, event: e.Event, body: e.GateOpened) -> State:
    task = replace(state.of(body.task), started_at=event.at, tallies={}, measured_at=0.0)
    return with_task(state, body.task, task)


def _gate_measured(state: State, event: e.Event, body: e.GateMeasured) -> State:
    task = state.of(body.task)
    tallies = with_results(task.tallies, body.results, body.samples)
    return with_task(state, body.task, replace(task, tallies=tallies, measured_at=event.at))


def _armed(state: State, event: e.Event, body: e.TriggersArmed) -> State:
    return replace(state, armed_at=event.at)


def _disarmed(state: State, event: e.Event, body: e.TriggersDisarmed) -> State:
    return replace(state, armed_at=None, countdown=None, unable=(), silenced=())


def _fired(state: State, event: e.Event, body: e.TriggerFired) -> State:
    if not body.option:
        return replace(state, unable=body.unable or body.reasons)
    countdown = Countdown(
        at=event.at, due_at=body.due_at, option=body.option, reasons=body.reasons, metrics=body.metrics
    )
    return replace(state, countdown=countdown, unable=())


FOLDS: dict[type, Fold] = {
    e.BaselineMeasured: _baseline,
    e.MetricsSampled: _sampled,
    e.BaselineRefused: lambda state, event, body: state,
    e.GateOpened: _gate_opened,
    e.GateMeasured: _gate_measured,
    e.TriggersArmed: _armed,
    e.TriggersDisarmed: _disarmed,
    e.TriggerFired: _fired,
}
