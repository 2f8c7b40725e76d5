"""Events in words: one line per event, for the deploy log, the headless cockpit and the notes pane."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from cockpit.deploy import events as e
from cockpit.deploy.fold import apply
from cockpit.deploy.guards import PHASE_WORDS, is_aside
from cockpit.deploy.plan import GATE
from cockpit.deploy.state import State
from cockpit.deploy.tasks.scripts import commands_of
from cockpit.deploy.team.divergence import clock, ran_words
from cockpit.report.story_rollout import WORDS as OF_ROLLOUTS
from cockpit.report.story_rollout import of_rollout
from cockpit.text.amounts import seconds_words, value_words
from cockpit.text.sanitize import one_line


def story(events: Sequence[e.Event]) -> Iterator[tuple[e.Event, str]]:
    """The events that a reader of the log wants, each with its words; samples only where a level changes."""
    state = State()
    for event in events:
        text = tell(state, event)
        state = apply(state, event)
        if text:
            yield event, text


def tell(before: State, event: e.Event) -> str:
    """One line about the event, given the state before it; empty where there is nothing to tell."""
    words = _WORDS.get(type(event.body))
    return one_line(words(before, event.body)) if words else ""


def _title(state: State, task_id: str) -> str:
    task = state.plan.task(task_id) if state.plan else None
    if task is None:
        return task_id
    return f"{task.title} ({task.role}, at hand)" if is_aside(state, task) else task.title


def _opened(state: State, body: e.DeployOpened) -> str:
    plan = body.plan
    if plan.rollout is not None:
        return of_rollout(plan, plan.rollout)
    commit = f" of {plan.commit[:10]}" if plan.commit else ""
    what = "DRY RUN of a deploy" if plan.dry_run else "deploy"
    words = f"{what}{commit} to {plan.environment} opened from {plan.runbook_path}"
    passed = f"; bypassed: {'; '.join(plan.bypassed)}" if plan.bypassed else ""
    passed += f"; inferred from the runbook: {'; '.join(plan.stated)}" if plan.stated else ""
    if not plan.emergency:
        return words + passed
    whole = f"; {plan.whole_list}" if plan.whole_list else ""
    return f"EMERGENCY {words}, approved by {plan.approved_by}: {plan.emergency_reason}{passed}{whole}"


def _engine(state: State, body: e.EngineStarted) -> str:
    again = "engine restarted" if state.engine_starts else "engine started"
    restarted = body.boot and state.boot and body.boot != state.boot
    parts = (
        f"{again}: pid {body.pid} on {body.host}",
        "the machine restarted in between" if restarted else "",
        body.because,
        f"took over the lock of {body.took_over}" if body.took_over else "",
    )
    return "; ".join(part for part in parts if part)


def _recovered(state: State, body: e.RecordRecovered) -> str:
    missing = f"at least {body.missing} lost" if body.missing else "unknown number lost"
    runs = "".join(f"; {_title(state, run.task)} (attempt {run.attempt}): {run.known}" for run in body.runs)
    return f"RECORD DAMAGED: events 1 to {body.whole} recovered, {missing}; see {body.damaged_file}{runs}"


def _baseline(state: State, body: e.BaselineMeasured) -> str:
    rules = {rule.name: rule for rule in state.plan.metrics} if state.plan else {}
    said = ", ".join(f"{rules[n].label} {value_words(v, rules[n].unit)}" for n, v in body.values.items() if n in rules)
    return f"baseline over {seconds_words(body.seconds)}: {said}"


def _checked(state: State, body: e.CheckMeasured) -> str:
    if state.of(body.task).status == body.verdict:
        return ""
    return f"{_title(state, body.task)}: {body.verdict}, {body.summary}"


def _started(state: State, body: e.StepStarted) -> str:
    attempt = f" (attempt {body.attempt})" if body.attempt > 1 else ""
    line = f" from line {body.from_line}" if body.from_line else ""
    return f"{_title(state, body.task)}: started{attempt}{line}"


def _reached(state: State, body: e.CommandReached) -> str:
    task = state.plan.task(body.task) if state.plan else None
    commands = commands_of(task, state.of(task.id)) if task is not None else ()
    if task is None or len(commands) < 2 or body.index >= len(commands):
        return ""
    command = commands[body.index]
    return f"{task.title}: line {command.line}: {command.text.splitlines()[0]}"


def _finished(state: State, body: e.StepFinished) -> str:
    why = f", {body.reason}" if body.reason else ""
    left = f"; still running: {', '.join(map(str, body.leftover_pids))}" if body.leftover_pids else ""
    moved = f"; HEAD moved from {body.head_before[:10]} to {body.head[:10]}" if body.head else ""
    return f"{_title(state, body.task)}: {body.outcome} after {seconds_words(body.seconds)}{why}{left}{moved}"


def _sampled(state: State, body: e.MetricsSampled) -> str:
    changes = []
    for sample in body.samples:
        old = state.metrics.get(sample.metric)
        # The first sample that is merely fine is no news.
        if (old is None and sample.level in ("ok", "no data")) or (old and old.latest.level == sample.level):
            continue
        why = f" ({sample.reason})" if sample.reason else ""
        changes.append(f"{sample.metric} {sample.level}{why}")
    return f"metrics: {'; '.join(changes)}" if changes else ""


def _fired(state: State, body: e.TriggerFired) -> str:
    said = "; ".join(body.reasons)
    if not body.option:
        return f"TRIGGER: {said}; automatic rollback not possible: {'; '.join(body.unable)}"
    wait = seconds_words(state.plan.countdown_seconds) if state.plan else "the countdown"
    return f"TRIGGER: {said}; {_option(state, body.option)} in {wait} unless held"


def _silences(state: State) -> str:
    """Of a hold: which triggers it silences, as the answer to their countdown."""
    if state.countdown is None or state.plan is None or not state.countdown.metrics:
        return ""
    labels = ", ".join(
        (
            *(rule.label for rule in state.plan.metrics if rule.name in state.countdown.metrics),
            *(name for name in state.countdown.metrics if name.startswith(GATE)),
        )
    )
    return f" (the trigger of {labels} is silenced until recovery or resume)"


def _option(state: State, option_id: str) -> str:
    option = state.plan.option(option_id) if state.plan else None
    return option.title if option else option_id


def _target(state: State, body: e.TargetChecked) -> str:
    """Only what is new: the same look is repeated every few minutes."""
    old = state.targets.get(body.option)
    against = tuple(finding.said for finding in body.findings if finding.verdict == "fail")
    if old is not None and old.problems == against:
        return ""
    return f"rollback option {_option(state, body.option)}: {'; '.join(against) or 'no blockers'}"


def _utc(at: float) -> str:
    try:
        return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, OSError, ValueError):
        return "a time outside the calendar"


def _health(body: e.RollbackFinished) -> str:
    return {True: "production is healthy", False: "production is NOT healthy", None: "health not verified"}[
        body.healthy
    ]


def _notice_sent(state: State, body: e.NoticeSent) -> str:
    tries = f" at attempt {body.attempts}" if body.attempts > 1 else ""
    return f'notice "{body.title}" sent to {body.to}{tries}' + (f"; {body.detail}" if body.detail else "")


def _notice_failed(state: State, body: e.NoticeFailed) -> str:
    title = next((one.title for one in state.notices if one.id == body.notice), "")
    tries = f" ({body.attempts} attempts)" if body.attempts > 1 else ""
    return f'NOTICE NOT SENT: "{title}" to {body.to}{tries}: {body.reason}'


def _team_joined(state: State, body: e.TeamJoined) -> str:
    if body.without_lock:
        return f"WITHOUT TEAM LOCK: {body.without_lock}"
    return "deploy recorded in the team journal" if state.team is None else ""


def _watchers(state: State, body: e.WatchersChanged) -> str:
    before = state.team.watchers if state.team is not None else ()
    come = [f"{one.name} on {one.host}" for one in body.watchers if one not in before and one.name != state.opened_by]
    gone = [f"{one.name} on {one.host}" for one in before if one not in body.watchers and one.name != state.opened_by]
    parts = (f"watching: {', '.join(come)}" if come else "", f"stopped watching: {', '.join(gone)}" if gone else "")
    return "; ".join(part for part in parts if part)


def _taken_over(state: State, body: e.DeployTakenOver) -> str:
    lost = ", ".join(task.title for task in state.running)
    unknown = f"; result of {lost} unknown" if lost else ""
    apart = f"; last seen at {clock(body.last_seen)} UTC, may have continued" if body.last_seen else ""
    other = f"; ACCEPTED WITH DIFFERENCES: {'; '.join(body.differences)}" if body.differences else ""
    return f"TAKEN OVER by {body.host} from {body.from_host}: {body.reason}{unknown}{apart}{other}"


def _fork(state: State, body: e.ForkFound) -> str:
    did = [f"{_title(state, step.task)} {ran_words(body.host, step)}" for step in body.steps]
    did += [f"it {words}" for words in body.told]
    what = "; ".join(did) or "it started nothing on its own"
    if not body.file:
        return f"it continued while {body.host} had no contact: {what}"
    return (
        f"{body.host} IS BACK after losing contact: {what}. Its {body.events} events from then are kept there in "
        f"{body.file}"
    )


_WORDS: dict[type, Callable[[State, Any], str]] = {
    **OF_ROLLOUTS,
    e.DeployOpened: _opened,
    e.EngineStarted: _engine,
    e.PhaseEntered: lambda state, body: f"phase {PHASE_WORDS[body.phase]}",
    e.BaselineMeasured: _baseline,
    e.ItemTicked: lambda state, body: f"{_title(state, body.task)}: ticked{f' ({body.note})' if body.note else ''}",
    e.ItemUnticked: lambda state, body: f"{_title(state, body.task)}: unticked",
    e.ItemFailed: lambda state, body: f"{_title(state, body.task)}: failed, {body.reason}",
    e.ItemWaived: lambda state, body: f"{_title(state, body.task)}: waived, {body.reason}",
    e.CheckMeasured: _checked,
    e.ChecksRequested: lambda state, body: f"{len(body.tasks)} checks requested",
    e.ValueGiven: lambda state, body: f"{body.name} = {body.value}",
    e.StepStarted: _started,
    e.TaskConfirmed: lambda state, body: (
        f"{_title(state, body.task)}: approved" + (f", edited for attempt {body.attempt}" if body.edited else "")
    ),
    e.CommandReached: _reached,
    e.StepFinished: _finished,
    e.StepSkipped: lambda state, body: f"{_title(state, body.task)}: skipped, {body.reason}",
    e.StepAccepted: lambda state, body: f"{_title(state, body.task)}: accepted, {body.reason}",
    e.CancelRequested: lambda state, body: (
        f"{_title(state, body.task)}: cancel requested ({body.reason or 'no reason'})"
    ),
    e.MetricsSampled: _sampled,
    e.BaselineRefused: lambda state, body: f"no baseline: {body.reason}",
    e.GateOpened: lambda state, body: f"{_title(state, body.task)}: gate opened",
    e.GateMeasured: lambda state, body: "",
    e.TriggersArmed: lambda state, body: (
        f"triggers armed from {_title(state, body.task)}" + (f" ({body.reason})" if body.reason else "")
    ),
    e.TriggersDisarmed: lambda state, body: f"triggers disarmed: {body.reason}",
    e.TriggerFired: _fired,
    e.RollbackRequested: lambda state, body: (
        f"{'AUTOMATIC ROLLBACK' if body.automatic else 'ROLLBACK requested'}: "
        f"{_option(state, body.option)}, {body.reason}"
        + (f"; overridden: {'; '.join(body.despite)}" if body.despite else "")
    ),
    e.RollbackStarted: lambda state, body: f"rollback started: {_option(state, body.option)}",
    e.RollbackFailed: lambda state, body: f"ROLLBACK FAILED: {body.reason}",
    e.RollbackVerifying: lambda state, body: "rollback scripts done, verifying health",
    e.RollbackFinished: lambda state, body: (
        f"rolled back: {_health(body)}{f' ({body.summary})' if body.summary else ''}"
    ),
    e.TargetAsked: lambda state, body: "",
    e.TargetChecked: _target,
    e.EnvironmentUnlocked: lambda state, body: f"environment unlocked: {body.reason}",
    e.DeployHeld: lambda state, body: f"on hold: {body.reason}{_silences(state)}",
    e.DeployReleased: lambda state, body: f"resumed{f': {body.reason}' if body.reason else ''}",
    e.TimeMoved: lambda state, body: f"T moved from {_utc(state.planned_at)} to {_utc(body.planned_at)}: {body.reason}",
    e.NoteAdded: lambda state, body: f"note: {body.text}",
    e.NoticeRequested: lambda state, body: f'sending notice "{body.title}" to {body.to}',
    e.NoticeSent: _notice_sent,
    e.NoticeFailed: _notice_failed,
    e.RecordExported: lambda state, body: f"deploy log written: {', '.join(body.paths)}",
    e.JournalStalled: lambda state, body: f"JOURNAL NOT WRITABLE: {body.reason}; events buffered in memory",
    e.JournalResumed: lambda state, body: (
        f"journal writable again: {body.events} events buffered for {seconds_words(body.seconds)}"
    ),
    e.ClockSet: lambda state, body: (
        f"this machine's clock was set {'back' if body.seconds < 0 else 'forward'} by "
        f"{seconds_words(abs(body.seconds))}; the deploy's times are unaffected"
    ),
    e.EngineStoodStill: lambda state, body: (
        f"the engine stalled for {seconds_words(body.seconds)} (stopped, or the machine slept); everything is "
        "measured again before a trigger can fire"
    ),
    e.RecordRecovered: _recovered,
    e.TeamJoined: _team_joined,
    e.TeamLost: lambda state, body: f"team journal behind since event {body.seq}: {body.reason}",
    e.TeamCaughtUp: lambda state, body: (
        f"team journal in sync again: {body.events} events after {seconds_words(body.seconds)}"
    ),
    e.WatchersChanged: _watchers,
    e.DeployAskedFor: lambda state, body: f"REQUESTED THIS ENVIRONMENT: {body.reason}",
    e.DeployOffered: lambda state, body: f"handed over to {body.to}: {body.note}" if body.to else "handover withdrawn",
    e.DeployTakenOver: _taken_over,
    e.ForkFound: _fork,
    e.DeployClosed: lambda state, body: (
        f"{'rollout' if state.rollout else 'deploy'} closed: {body.outcome}{f', {body.reason}' if body.reason else ''}"
    ),
    e.UnknownEvent: lambda state, body: f"event from a newer version: {body.kind}",
}
