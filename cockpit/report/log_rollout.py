"""The part of the log that a rollout has: its stages, and every change of the flag."""

from cockpit.deploy.plan import Plan
from cockpit.deploy.rollout.guards import reads
from cockpit.deploy.state import State
from cockpit.text.amounts import value_words
from cockpit.text.sanitize import markdown
from cockpit.text.times import minutes


def log_rollout(state: State, plan: Plan) -> list[str]:
    """Two tables; nothing of a deploy."""
    rollout, have = plan.rollout, state.rollout
    if rollout is None or have is None:
        return []
    rule = next((one for one in plan.metrics if one.name == rollout.metric), None)
    lines = [
        "",
        "## Stages",
        "",
        f"Flag {markdown(rollout.flag)}, set by {markdown(rollout.how)}; it reads {markdown(reads(state))}.",
        "",
        "| Stage | State | Set (UTC) | Rate | Verdict |",
        "| --- | --- | --- | --- | --- |",
    ]
    for planned, stage in zip(rollout.stages, have.stages, strict=True):
        when = minutes(stage.set_at) if stage.set_at is not None else ""
        unit = rule.unit if rule is not None else ""
        value = value_words(stage.value, unit) if stage.value is not None else ""
        word = {"passed": "held", "blind": "inconclusive"}.get(stage.status, stage.status)
        lines.append(f"| {rollout.words(planned.percent)} | {word} | {when} | {value} | {markdown(stage.reason)} |")
    lines += ["", "| Change | To | Requested (UTC) | By | State | Reason |", "| --- | --- | --- | --- | --- | --- |"]
    for change in have.changes:
        to = "off" if change.kind == "off" else rollout.words(change.percent)
        words = f"back to {to}" if change.kind == "back" else to
        lines.append(
            f"| {change.number} | {words} | {minutes(change.asked_at)} | {markdown(change.by)} | {change.status} "
            f"| {markdown(change.reason)} |"
        )
    return lines
