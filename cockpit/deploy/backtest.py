"""Recorded samples through the judge, triggers and gates of a deploy: what would have fired, when, and why. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import inf, nextafter

from msgspec import Struct, field
from msgspec.structs import replace

from cockpit.deploy.commands import Reading
from cockpit.deploy.events import Level, Sample
from cockpit.deploy.metrics.baselines import base_of, baseline, needs_baseline
from cockpit.deploy.metrics.fold import with_sample
from cockpit.deploy.metrics.gate_samples import newest
from cockpit.deploy.metrics.gates import GateVerdict, Tally, verdict, with_results
from cockpit.deploy.metrics.judge import gone_stale, judge
from cockpit.deploy.plan import Gate, MetricRule
from cockpit.deploy.rollback.triggers import fired
from cockpit.deploy.state import MetricState


class Fired(Struct, frozen=True):
    t: float
    metric: str
    reason: str


class Change(Struct, frozen=True):
    """A metric came to another level."""

    t: float
    level: Level
    reason: str


class GateEnd(Struct, frozen=True):
    name: str
    verdict: GateVerdict
    t: float
    message: str


class Backtest(Struct):
    """`fired`: once per stretch of trouble, in the order of time. `counts`: samples per level. `unknown`: metrics that
    no rule judges. `baseline`: what was measured before the triggers were armed."""

    fired: list[Fired] = field(default_factory=list)
    levels: dict[str, list[Change]] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    gates: list[GateEnd] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    baseline: dict[str, float] = field(default_factory=dict)
    samples: int = 0


class _Run:
    def __init__(self, rules: Sequence[MetricRule], gates: Sequence[Gate], armed_at: float) -> None:
        self.rules = {rule.name: rule for rule in rules}
        self.gates: dict[str, tuple[Gate, dict[str, Tally], float]] = {g.name: (g, {}, armed_at) for g in gates}
        self.armed_at = armed_at
        # What is measured at the very moment belongs to it: the record begins with it.
        self.opened_at = nextafter(armed_at, -inf)
        self.metrics: dict[str, MetricState] = {}
        self.firing: set[str] = set()
        self.found = Backtest()

    def moment(self, at: float, readings: Iterable[Reading]) -> None:
        """Everything that was measured at one time; silence of the others is noticed too."""
        taken = list(readings)
        self._gates_until(at)
        if self.metrics and not self.found.baseline and at >= self.armed_at:
            self._measure_baseline()
        seen = {reading.metric for reading in taken}
        for name, metric in list(self.metrics.items()):
            stale = gone_stale(self.rules[name], metric, at) if name not in seen else None
            if stale is not None:
                self._take(stale)
        for reading in taken:
            rule = self.rules.get(reading.metric)
            if rule is None:
                if reading.metric not in self.found.unknown:
                    self.found.unknown.append(reading.metric)
                continue
            self.found.samples += 1
            self._take(judge(rule, reading, at, base_of(rule, self.metrics.get(rule.name))))

    def _take(self, sample: Sample) -> None:
        rule, old = self.rules[sample.metric], self.metrics.get(sample.metric)
        new = with_sample(old, sample, sample.at, rule.stale_seconds)
        if self.found.baseline or sample.at >= self.armed_at:
            # Nobody looks back any more: what the screen would show is not kept.
            new = replace(new, recent=(), levels=(), history=(), fit=())
        self.metrics[sample.metric] = new
        count = self.found.counts.setdefault(sample.metric, {})
        count[sample.level] = count.get(sample.level, 0) + 1
        if old is None or old.latest.level != sample.level:
            self.found.levels.setdefault(sample.metric, []).append(Change(sample.at, sample.level, sample.reason))
        why = fired(rule, new, self.armed_at)
        if why and sample.metric not in self.firing:
            self.firing.add(sample.metric)
            self.found.fired.append(Fired(sample.at, sample.metric, why))
        elif not why and sample.level != "error":
            self.firing.discard(sample.metric)

    def _measure_baseline(self) -> None:
        for name, metric in self.metrics.items():
            base = baseline(metric)
            if base is not None:
                self.found.baseline[name] = base
                self.metrics[name] = replace(metric, baseline=base)

    def _gates_until(self, at: float) -> None:
        """Gates measure in their own interval, with what was the newest sample then."""
        for name, (gate, tallies, due) in list(self.gates.items()):
            after, due_after = tallies, due
            while due_after < at and name in self.gates:
                results, samples = newest(
                    gate, self.rules, self._known(due_after), after, self.opened_at, None, due_after
                )
                after = with_results(after, results, samples)
                word, said = verdict(gate, after)
                if word != "running":
                    self.found.gates.append(GateEnd(name, word, due_after, said))
                    del self.gates[name]
                    break
                due_after += gate.interval_seconds
            else:
                if name in self.gates:
                    self.gates[name] = (gate, after, due_after)

    def _known(self, at: float) -> dict[str, MetricState]:
        """What was fresh at that time: a sample that was too old then is none."""
        return {
            name: have for name, have in self.metrics.items() if at - have.latest.at <= self.rules[name].stale_seconds
        }

    def end(self, at: float) -> Backtest:
        self._gates_until(nextafter(at, inf))
        for gate, tallies, _ in self.gates.values():
            self.found.gates.append(GateEnd(gate.name, "running", at, verdict(gate, tallies)[1]))
        return self.found


def backtest(
    rules: Sequence[MetricRule], gates: Sequence[Gate], readings: Sequence[Reading], baseline_seconds: float = 60.0
) -> Backtest:
    """Readings in the order of time through everything. Armed from the first one on; where a level needs a measured
    baseline, only after `baseline_seconds`. Gates begin when the triggers are armed."""
    if not readings:
        return Backtest()
    wait = baseline_seconds if any(map(needs_baseline, rules)) else 0.0
    run = _Run(rules, gates, readings[0].at + wait)
    for at, together in _moments(readings):
        run.moment(at, together)
    return run.end(readings[-1].at)


def _moments(readings: Sequence[Reading]) -> Iterator[tuple[float, Iterable[Reading]]]:
    yield from groupby(readings, key=lambda reading: reading.at)
