"""The runbook's messages, their fields filled in as far as the record knows them."""

from collections.abc import Mapping
from datetime import UTC, datetime

from cockpit.deploy.judge import seconds_words, value_words
from cockpit.deploy.plan import Plan
from cockpit.deploy.state import State
from cockpit.runbook.templates import fill
from cockpit.sanitize import plain


def notices(state: State, now: float) -> list[tuple[str, str]]:
    """(title, text) per template, in the runbook's order; unknown fields stay as they are in the template."""
    plan = state.plan
    if plan is None:
        return []
    return [
        (template.title, plain(fill(template, _matching(template.fields, known(state, plan, now)))))
        for template in plan.templates
        if template.kind != "log"
    ]


def _matching(fields, values: Mapping[str, str]) -> dict[str, str]:  # type: ignore[no-untyped-def]
    """Per field the value whose key word stands in its name."""
    found: dict[str, str] = {}
    for field in fields:
        name = field.name.lower()
        word = next((word for word in values if word in name.replace("-", " ").split()), None)
        if word is not None and values[word]:
            found[field.name] = values[word]
    return found


def known(state: State, plan: Plan, now: float) -> dict[str, str]:
    """What the record knows, by the words that stand for it in templates."""
    end = state.closed_at or now
    p95 = state.metrics.get("p95")
    errors = state.metrics.get("errors")
    moment = state.rollback.requested_at if state.rollback else state.planned_at
    time_words = f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M} UTC"
    return {
        "yyyy": time_words,
        "utc": time_words,
        "time": time_words,
        "sha": (plan.current_commit or plan.commit)[:10] if state.rollback else plan.commit[:10],
        "commit": plan.commit[:10],
        "duration": seconds_words(end - state.opened_at),
        "status": (state.closed or "").capitalize(),
        "success": (state.closed or "").capitalize(),
        "changes": "; ".join(plan.changes[:3]),
        "description": "; ".join(plan.changes[:3]),
        "issue": state.rollback.reason if state.rollback else "",
        "service": plan.project,
        "p95": value_words(p95.latest.value, "s") if p95 else "",
        "count": value_words(errors.latest.value, "%") if errors else "",
    }
