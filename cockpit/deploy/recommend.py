"""What to do next: one recommendation for the status line, and the command that the headless cockpit follows."""

from msgspec.structs import replace

from cockpit.deploy import commands as c
from cockpit.deploy.approvals.second_person import confirmed_words, valid
from cockpit.deploy.builtin_checks import watch_left
from cockpit.deploy.guards import PHASE_WORDS, open_needs, why_not_run
from cockpit.deploy.metrics.baselines import is_measuring
from cockpit.deploy.plan import Task
from cockpit.deploy.recommendation import Recommendation
from cockpit.deploy.rollback.safety import has_begun
from cockpit.deploy.rollback.triggers import has_failed, lasted, reasons, silenced_words, way_back
from cockpit.deploy.rollout.recommend import in_rollout
from cockpit.deploy.schedule.planned_window import wall_time, why_closed, why_too_long
from cockpit.deploy.schedule.timeline import due, notice_words, offset_words, starts_itself
from cockpit.deploy.state import State
from cockpit.deploy.team.divergence import banner, look_first
from cockpit.text.amounts import seconds_words
from cockpit.text.sentences import fragment

__all__ = ["Recommendation", "recommend"]


def recommend(state: State, now: float) -> Recommendation:
    """The next thing that needs somebody, in the order in which it matters; and a message whose time has come."""
    if state.rollout is not None:
        return in_rollout(state, now)
    next_ = _next(state, now)
    apart = banner(state)
    if apart:
        # What happened out of sight comes first, on every face.
        next_ = replace(next_, words=f"{_begun(apart)}. {_begun(next_.words)}")
    notice = "" if next_.urgent else notice_words(state, now)
    return replace(next_, words=f"{next_.words}. {_begun(notice)}") if notice else next_


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]


def _next(state: State, now: float) -> Recommendation:
    if state.plan is None:
        return Recommendation("opening the deploy")
    if state.closed is not None:
        return Recommendation(f"closed: {state.closed}. Deploy log written", "quit")
    if state.stalled is not None:
        words = f"journal not writable: {state.stalled.reason}. Free disk space; nothing can start"
        return Recommendation(words, urgent=True)
    if state.rollback is not None:
        return _in_rollback(state)
    if state.countdown is not None:
        left = seconds_words(max(0.0, state.countdown.due_at - now))
        words = f"automatic rollback in {left}. ⟦now⟧: roll back now, ⟦hold⟧: hold"
        return Recommendation(words, "now", urgent=True)
    if state.hold is not None and not (state.unable and reasons(state)):
        said = ". ".join(filter(None, (state.hold.reason, silenced_words(state), _coming(state))))
        return Recommendation(f"on hold: {said}", "hold")
    if state.unable and reasons(state):
        words = f"{reasons(state)[0]}, and automatic rollback is not possible: {'; '.join(state.unable)}"
        return Recommendation(f"{words}. Roll back?", "rollback", urgent=True)
    breached = [metric.latest.reason for metric in state.metrics.values() if metric.latest.level == "breach"]
    if breached and state.phase != "preflight" and (state.armed_at is None or not state.plan.automatic):
        return Recommendation(f"{'; '.join(breached)}. Roll back?", "rollback", urgent=True)
    for task in state.plan.in_phase(state.phase):
        if state.plan.gate(task.builtin) is not None and task.required and state.of(task.id).status == "fail":
            return _for_gate(state, task)
    passed_over = _passed_over(state)
    if passed_over is None:
        return _onward(state, now)
    asked = _for_gate(state, passed_over)
    if asked.command is not None:
        return asked
    # An optional gate keeps nothing from going on.
    onward = _onward(state, now)
    return replace(onward, words=f"{asked.words}. {_begun(onward.words)}")


def _passed_over(state: State) -> Task | None:
    """An optional gate that asks, did not pass, and was not answered: also once its phase is over."""
    assert state.plan is not None
    for task in state.plan.tasks:
        gate = state.plan.gate(task.builtin)
        asks = gate is not None and gate.on_fail == "ask" and not task.required
        if asks and state.of(task.id).status in ("fail", "unknown"):
            return task
    return None


def _onward(state: State, now: float) -> Recommendation:
    """What goes on where nothing stands in the way."""
    assert state.plan is not None
    coming = _coming(state)
    if coming:
        return Recommendation(f"{coming}. ⟦rollback⟧: roll back now", "rollback")
    for task in state.running:
        have = state.of(task.id)
        words = f"{task.title} has been running for {seconds_words(have.seconds(now) or 0)}"
        if task.script and task.script.interactive:
            return Recommendation(f"{words} and needs a terminal. ⟦run⟧: attach", "run", task.id)
        return Recommendation(words, "", task.id)
    if any(
        task and not state.of(task.id).settled and not why_not_run(state, task, now)
        for task in map(state.plan.task, state.queue)
    ):
        return Recommendation("checks are running")
    return _in_phase(state, now)


def _coming(state: State) -> str:
    """A breach that has not lasted long enough to be a trigger; empty where there is none."""
    if state.plan is None or not state.plan.automatic or state.armed_at is None:
        return ""
    for rule in state.plan.metrics:
        metric = state.metrics.get(rule.name)
        silenced = any(one.metric == rule.name for one in state.silenced)
        if silenced or not rule.judged or metric is None:
            continue
        if metric.pending is not None and metric.latest.level == "breach":
            if rule.unit == "up":
                return (
                    f"{metric.latest.reason}, {metric.pending.count} of {rule.failures} times, then automatic rollback"
                )
            lasting = (
                f"{seconds_words(max(0.0, lasted(rule, metric, state.armed_at)))} of {seconds_words(rule.for_seconds)}"
            )
            return f"{metric.latest.reason} for {lasting}, then automatic rollback"
    return ""


def _in_rollback(state: State) -> Recommendation:
    rollback = state.rollback
    assert rollback is not None
    option = state.rollback_option
    title = option.title if option else rollback.option
    if rollback.status == "stopping":
        waited = [task for task in state.running if task.is_waited_for]
        if waited and not state.of(waited[0].id).cancel_requested:
            words = f"waiting for {waited[0].title} to finish before the rollback starts. ⟦cancel⟧: cancel it now"
            return Recommendation(words, "cancel", waited[0].id, urgent=True)
        return Recommendation("stopping the running script, then rolling back", urgent=True)
    if rollback.status == "running":
        return Recommendation(f"rolling back: {title}", urgent=True)
    if rollback.status == "verifying":
        return Recommendation("rollback scripts done; waiting for health and metrics to recover", urgent=True)
    if rollback.status == "failed":
        return Recommendation(
            f"rollback failed: {rollback.summary}. ⟦retry⟧: retry, ⟦rollback⟧: another option", "retry", urgent=True
        )
    ill = "not healthy" if rollback.healthy is False else "health not verified"
    words = f"rolled back, but {ill}: {rollback.summary}. ⟦rollback⟧: another option, ⟦close⟧: close anyway"
    return Recommendation(words, "rollback", urgent=True)


def _in_phase(state: State, now: float) -> Recommendation:
    assert state.plan is not None
    checks = [
        task
        for task in state.plan.checks(state.phase)
        if state.of(task.id).status == "waiting" and task.script and not open_needs(state, task.script)
    ]
    if checks:
        many = "check" if len(checks) == 1 else "checks"
        return Recommendation(f"run {len(checks)} {many}", "checks", checks[0].id, c.RunChecks())
    for task in state.plan.in_phase(state.phase):
        if task.required and not state.of(task.id).settled:
            return _for_task(state, task, now)
    following = state.next_phase()
    if following is None:
        words = "everything is done; close the deploy"
        return Recommendation(words, "close", command=c.CloseDeploy(outcome="succeeded"))
    closed = why_closed(state, now) if following == "deploy" else ""
    if closed:
        return Recommendation(fragment(closed))
    words = f"{PHASE_WORDS[state.phase]} is complete; enter {PHASE_WORDS[following]}"
    too_long = why_too_long(state.plan, wall_time(state, now)) if following == "deploy" else ""
    words += f". But {too_long}" if too_long else ""
    return Recommendation(words, "phase.on", command=c.EnterPhase(phase=following))


def _for_task(state: State, task: Task, now: float) -> Recommendation:
    have = state.of(task.id)
    first = look_first(state, task)
    if have.elsewhere and first:
        return Recommendation(first, "accept", task.id)
    if have.status in ("fail", "unknown") and task.script is not None:
        what = f"{task.title} {'failed' if have.status == 'fail' else 'ended in an unknown state'}: {have.reason}"
        alternatives = "⟦waive⟧: waive" if task.kind == "check" else "⟦skip⟧: skip, ⟦rollback⟧: roll back"
        return Recommendation(f"{what}. ⟦retry⟧: retry, {alternatives}", "retry", task.id)
    if task.builtin == "watch":
        left = watch_left(state, now)
        words = f"watching, {seconds_words(left or 0)} left"
        return Recommendation(words if have.status == "waiting" else f"{words}: {have.summary}", "", task.id)
    if task.inferred and have.status == "unknown":
        words = f"verify and tick: {task.title} ({task.builtin} inconclusive: {have.summary})"
        return Recommendation(words, "tick", task.id, c.TickItem(task=task.id))
    if state.plan is not None and state.plan.gate(task.builtin) is not None and have.status in ("fail", "unknown"):
        return _for_gate(state, task)
    if task.builtin:
        waits = task.builtin == "metrics" and is_measuring(state, now)
        return Recommendation(f"{task.title}: {have.summary or 'not measured yet'}", "", task.id, waits=waits)
    if task.script is not None:
        reason = why_not_run(state, task, now)
        if reason:
            return Recommendation(fragment(reason), "run", task.id)
        when = _when(state, task, now)
        if starts_itself(task) and have.status == "waiting" and not have.attempt:
            return Recommendation(f"{task.title} starts automatically{when}", "run", task.id, waits=True)
        if task.second_person and not valid(state, task):
            words = f"{task.title} needs approval from someone else (⟦confirm⟧){when}"
            return Recommendation(words, "confirm", task.id)
        verb = "check" if task.kind == "check" else "run"
        command = c.RunTask(task=task.id, attempt=have.attempt + 1, confirmed=True)
        agreed = f", approved by {confirmed_words(state, task)}" if task.second_person else ""
        words = first or f"{verb} {task.title}"
        return Recommendation(f"{words}{agreed}{when}", "run", task.id, None if first else command)
    if have.status == "fail":
        return Recommendation(f"{task.title}: {have.reason}. ⟦tick⟧: tick, ⟦waive⟧: waive", "tick", task.id)
    if task.choice and not _has_chosen(state, task):
        ways = task.title.partition(": ")[2] or task.title
        return Recommendation(f"choose one and run it: {ways}{_when(state, task, now)}", "", task.id)
    words = f"verify and tick: {task.title}{_when(state, task, now)}"
    return Recommendation(words, "tick", task.id, c.TickItem(task=task.id))


def _for_gate(state: State, task: Task) -> Recommendation:
    """A gate that did not pass: back first. With `--yes` it goes back where that needs nobody, once production was
    touched; what could not be measured is left to a person."""
    assert state.plan is not None
    said = state.of(task.id).summary
    touched = any(has_begun(state, one) for one in state.plan.in_phase("deploy") if one.kind == "script")
    if not touched:
        return Recommendation(f"{said}. ⟦waive⟧: waive", "waive", task.id)
    able = state.plan.automatic and state.plan.rollback and has_failed(state, task)
    option = way_back(state)[0] if able else None
    command = (
        c.StartRollback(option=option.id, confirmation=state.plan.environment, reason=said)
        if option is not None
        else None
    )
    return Recommendation(f"{said}. ⟦rollback⟧: roll back, ⟦waive⟧: waive", "rollback", task.id, command, urgent=True)


def _when(state: State, task: Task, now: float) -> str:
    """` (due T-5)`, ` (due in 4 min, T-5)`; empty where the runbook gives no time."""
    when = due(state, task, now)
    if when is None or task.offset_seconds is None:
        return ""
    offset = offset_words(task.offset_seconds)
    return f" (due {offset})" if when.word == "early" else f" ({when.words}, {offset})"


def _has_chosen(state: State, asks: Task) -> bool:
    """True once one of the ways that `asks` is about has been tried."""
    assert state.plan is not None
    ways = [task for task in state.plan.tasks if task.choice == asks.choice and task.script is not None]
    return any(state.of(task.id).attempt for task in ways)
