"""The draft of a post-mortem: what the record knows is filled in, what only people know is asked."""

from collections.abc import Iterator, Sequence

from cockpit.deploy import events as e
from cockpit.deploy.plan import Plan
from cockpit.deploy.state import State
from cockpit.report.charts import charts
from cockpit.report.log_tasks import Places
from cockpit.report.story import story
from cockpit.text.amounts import seconds_words, value_words
from cockpit.text.sanitize import markdown
from cockpit.text.times import clock, day, minutes


def postmortem(state: State, events: Sequence[e.Event], deploy_id: str, places: Places) -> str:
    """Markdown. Blameless by its form: what happened, in order; names stand for who can tell more."""
    plan = state.plan
    assert plan is not None
    return "\n".join(
        [
            f"# Post-mortem: {markdown(plan.environment)}, {day(state.opened_at)} (draft)",
            "",
            f"Deploy `{deploy_id}` of `{plan.commit[:10] or 'unknown'}`, opened {minutes(state.opened_at)} UTC by "
            f"{markdown(state.opened_by)}; {_end(state)}.",
            "",
            "## Summary",
            "",
            "- [ ] _Two sentences for readers who were not involved._",
            "",
            "## Impact",
            "",
            *_impact(state, plan, events),
            "- [ ] _How many customers were affected, and what could they not do?_",
            "",
            "## Detection",
            "",
            *_fired(state, events),
            "",
            "## Timeline (UTC)",
            "",
            "| Time | Who | What |",
            "| --- | --- | --- |",
            *(
                f"| {clock(event.at)} | {markdown(event.by)} | {markdown(text)} |"
                for event, text in story(events)
                if event.body.in_postmortem
            ),
            *charts(state, events),
            "",
            "## People",
            "",
            *_people(events),
            "",
            "## Logs",
            "",
            *(_logs(state, plan, places) or ["- Nothing ran"]),
            "",
            "## Open questions",
            "",
            *_questions(state, plan, events),
            "",
            "## Action items",
            "",
            "| Action | Owner | Due |",
            "| --- | --- | --- |",
            "|  |  |  |",
            "",
        ]
    )


def _end(state: State) -> str:
    if state.closed is None:
        return "still open"
    return f"{state.closed} at {minutes(state.closed_at or state.at)} UTC ({markdown(state.closed_reason)})"


def _impact(state: State, plan: Plan, events: Sequence[e.Event]) -> Iterator[str]:
    """Per metric that was bad: how long, and how bad at worst."""
    rules = {rule.name: rule for rule in plan.metrics}
    bad: dict[str, list[e.Sample]] = {}
    for event in events:
        if isinstance(event.body, e.MetricsSampled):
            for sample in event.body.samples:
                if sample.level in ("alert", "breach") and sample.metric in rules:
                    bad.setdefault(sample.metric, []).append(sample)
    for name, samples in bad.items():
        rule = rules[name]
        values = [sample.value for sample in samples if sample.value is not None]
        worst = (min(values) if rule.below or rule.unit == "up" else max(values)) if values else None
        first, last = samples[0].at, samples[-1].at
        base = state.metrics[name].baseline if name in state.metrics else None
        before = f", before {value_words(base, rule.unit)}" if base is not None else ""
        yield (
            f"- {markdown(rule.label)}: above threshold {clock(first)} to {clock(last)} ("
            f"{seconds_words(last - first)}), worst {value_words(worst, rule.unit)}{before}"
        )
    if not bad:
        yield "- No metric crossed its alert threshold"


def _fired(state: State, events: Sequence[e.Event]) -> list[str]:
    found = [
        f"- {clock(event.at)}: {markdown(reason)}"
        for event in events
        if isinstance(event.body, e.TriggerFired)
        for reason in event.body.reasons
    ]
    if state.rollback is not None:
        done = state.rollback.finished_at
        took = f", {seconds_words(done - state.rollback.requested_at)} to the result" if done is not None else ""
        found.append(f"- Rolled back ({state.rollback.status}{took}): {markdown(state.rollback.summary)}")
    return found or ["- No trigger fired"]


def _people(events: Sequence[e.Event]) -> list[str]:
    """How many things each person did, in the order of the first."""
    counted: dict[str, int] = {}
    for event in events:
        if event.by != e.COCKPIT:
            counted[event.by] = counted.get(event.by, 0) + 1
    return [f"- {markdown(name)}: {count} actions" for name, count in counted.items()] or ["- None"]


def _logs(state: State, plan: Plan, places: Places) -> list[str]:
    return [
        f"- {markdown(task.title)}: {state.of(task.id).status} {places.link(state.of(task.id))}".rstrip()
        for task in plan.every_task()
        if state.of(task.id).directory
    ]


def _questions(state: State, plan: Plan, events: Sequence[e.Event]) -> Iterator[str]:
    """What the record itself leaves open."""
    for task in plan.every_task():
        have = state.of(task.id)
        if have.status in ("fail", "unknown"):
            said = markdown(have.reason or have.summary)
            yield f"- [ ] Why did {markdown(task.title)} end as {have.status} ({said})?"
        elif have.status in ("waived", "skipped"):
            yield f"- [ ] {markdown(task.title)} was {have.status} ({markdown(have.reason)}). Would it have helped?"
    for guard in plan.bypassed:
        yield f"- [ ] Bypassed: {markdown(guard)}. Was that right?"
    if state.rollback is not None and not any(isinstance(event.body, e.TriggerFired) for event in events):
        yield "- [ ] Noticed manually before any trigger: which threshold or metric would have caught it?"
    if any(isinstance(event.body, e.TriggerFired) for event in events):
        yield "- [ ] Why did no check before the deploy catch it?"
    yield "- [ ] What went well?"
