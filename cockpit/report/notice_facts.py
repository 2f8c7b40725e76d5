"""What the record knows for notices, by words. An empty fact is not known: it is asked for, never made up."""

from datetime import UTC, datetime

from cockpit.deploy.plan import Plan
from cockpit.deploy.state import State
from cockpit.text.amounts import seconds_words, value_words
from cockpit.text.masking import masked
from cockpit.text.sanitize import one_line
from cockpit.text.zones import find_zone

MOST_CHANGES = 3
LONGEST = 500
"""Characters of one value."""
_OUTCOME = {"succeeded": "Success", "failed": "Failed", "rolled back": "Rolled back", "aborted": "Aborted"}


def facts(state: State, plan: Plan, kind: str, now: float) -> dict[str, str]:
    """The facts for a notice of this kind, each on one line, without what looks like a credential.

    Words: time, date, clock (UTC and the team's zone), commit, target (of a rollback), duration, status, changes,
    migrations, reason, service, environment, errors and p95 (before -> after), health, impact, eta, next, who, runbook,
    approved, bypassed, downtime.
    """
    moment = _moment(state, plan, kind, now)
    utc = datetime.fromtimestamp(moment, UTC)
    found = {
        "time": _time(utc, plan),
        "date": f"{utc:%Y-%m-%d}",
        "clock": f"{utc:%H:%M}",
        "commit": plan.commit[:10],
        "target": _target(state, plan),
        "duration": _duration(state, plan, kind, now),
        "status": _status(state),
        "changes": _listed(plan.changes),
        "migrations": _listed(plan.migrations),
        "reason": _reason(state, plan, kind),
        "service": plan.project,
        "environment": plan.environment,
        "errors": _change(state, plan, "errors"),
        "p95": _change(state, plan, "p95"),
        "health": _health(state, plan),
        "impact": "; ".join(state.rollback.breaches if state.rollback is not None else state.breaches),
        "eta": _eta(state, plan),
        "next": _next(state, plan, now),
        "who": state.opened_by,
        "runbook": plan.runbook_path,
        "approved": plan.approved_by,
        "bypassed": "; ".join(plan.bypassed),
        "downtime": "",
    }
    return {word: _clean(value) for word, value in found.items()}


def _clean(value: str) -> str:
    line = masked(one_line(value))
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."


def _moment(state: State, plan: Plan, kind: str, now: float) -> float:
    """When what the notice tells of happened, or is planned."""
    if kind == "rollback":
        return state.rollback.requested_at if state.rollback is not None else now
    if kind == "post_deploy":
        return _ended(state, plan) or state.closed_at or now
    return state.planned_at or state.opened_at or now


def _ended(state: State, plan: Plan) -> float | None:
    """When the last script of the deploy proper was over; None while there is none."""
    of_it = [task for task in plan.tasks if task.phase in ("deploy", "verify")]
    return max((at for task in of_it if (at := state.of(task.id).finished_at) is not None), default=None)


def _time(utc: datetime, plan: Plan) -> str:
    words = f"{utc:%Y-%m-%d %H:%M} UTC"
    window = plan.settings.get("window")
    name = str(window.get("zone", "UTC")) if isinstance(window, dict) else "UTC"
    try:
        local = utc.astimezone(find_zone(name))
    except ValueError:
        return words
    if local.utcoffset() == utc.utcoffset():
        return words
    day = "" if local.date() == utc.date() else f"{local:%Y-%m-%d} "
    return f"{words} ({day}{local:%H:%M} {name})"


def _target(state: State, plan: Plan) -> str:
    """The commit that a rollback goes back to: the one that was chosen, else the one that ran before."""
    option = state.rollback_option
    scripts = [task.script for task in option.tasks if task.script is not None] if option is not None else []
    for hole in (hole for script in scripts for hole in script.placeholders):
        if ("sha" in hole.name or "commit" in hole.name) and state.values.get(hole.name):
            return state.values[hole.name][:40]
    return plan.current_commit[:10]


def _duration(state: State, plan: Plan, kind: str, now: float) -> str:
    """How long it took; before the deploy how long the runbook's own times say."""
    if kind == "pre_deploy":
        times = [
            task.offset_seconds
            for task in plan.tasks
            if task.phase in ("deploy", "verify") and task.offset_seconds is not None
        ]
        span = max(times) - min(times) if times else 0
        return seconds_words(span) if span > 0 else ""
    rollback = state.rollback
    if kind == "rollback":
        ended = rollback.finished_at if rollback is not None else None
        return seconds_words(ended - rollback.requested_at) if rollback is not None and ended is not None else ""
    begun = state.phases.get("deploy")
    end = _ended(state, plan) or state.closed_at
    return seconds_words(end - begun) if begun is not None and end is not None and end >= begun else ""


def _status(state: State) -> str:
    if state.closed is not None:
        return _OUTCOME[state.closed]
    if state.rollback is not None and state.rollback.status == "finished":
        return "Rolled back"
    if state.rollback is not None or state.phase not in ("watch", "close"):
        return ""
    if state.breaches:
        return f"Partial: {'; '.join(state.breaches)}"
    return "Success, watch in progress" if state.phase == "watch" else "Success"


def _listed(lines: tuple[str, ...]) -> str:
    more = f"; and {len(lines) - MOST_CHANGES} more" if len(lines) > MOST_CHANGES else ""
    return "; ".join(lines[:MOST_CHANGES]) + more


def _reason(state: State, plan: Plan, kind: str) -> str:
    if state.rollback is not None and kind != "pre_deploy":
        return state.rollback.reason
    if kind == "rollback" and state.countdown is not None:
        return state.countdown.reason
    return state.closed_reason if kind == "post_deploy" and state.closed_reason else plan.emergency_reason


def _change(state: State, plan: Plan, name: str) -> str:
    """`0.08 % -> 0.1 %`: the baseline and the last value; empty where there is no value."""
    metric = state.metrics.get(name)
    rule = next((rule for rule in plan.metrics if rule.name == name), None)
    if metric is None or rule is None or (metric.latest.value is None and metric.baseline is None):
        return ""
    now = value_words(metric.latest.value, rule.unit)
    return f"{value_words(metric.baseline, rule.unit)} -> {now}" if metric.baseline is not None else now


def _health(state: State, plan: Plan) -> str:
    """Of the endpoints that are up or down; empty where there is none, or it does not answer to us."""
    rules = [rule for rule in plan.metrics if rule.unit == "up"]
    levels = [(rule, state.level(rule.name)) for rule in rules]
    if not rules or any(level == "no data" for _, level in levels):
        return ""
    bad = [
        f"{rule.label}: {state.metrics[rule.name].latest.reason or level}" for rule, level in levels if level != "ok"
    ]
    return "; ".join(bad) or "all checks passing"


def _eta(state: State, plan: Plan) -> str:
    """Nobody knows how long a way back takes, but that it is over."""
    rollback = state.rollback
    if rollback is None or rollback.status != "finished" or rollback.finished_at is None:
        return ""
    return f"done at {_time(datetime.fromtimestamp(rollback.finished_at, UTC), plan)}"


def _next(state: State, plan: Plan, now: float) -> str:
    if state.closed is not None:
        return "None"
    since = state.phases.get("watch")
    if since is None or state.phase != "watch":
        return f"Monitor for {seconds_words(plan.watch_seconds)}" if state.phase in ("deploy", "verify") else ""
    return f"Monitor for {seconds_words(max(60.0, since + plan.watch_seconds - now))}"
