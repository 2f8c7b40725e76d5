"""Messages to people, their fields filled in as far as the record knows them: the runbook's own, or built-in ones."""

from collections.abc import Mapping

from msgspec import Struct

from cockpit.deploy.plan import Plan
from cockpit.deploy.state import State
from cockpit.report.notice_facts import facts
from cockpit.report.notice_fields import fact_of, given_for, name_of
from cockpit.report.notice_texts import BUILT_IN
from cockpit.runbook.model import Template, TemplateField
from cockpit.runbook.names import fold
from cockpit.runbook.templates import FieldPlace, fill_each
from cockpit.text.sanitize import one_line, plain


class Notice(Struct, frozen=True, kw_only=True):
    """A notice, filled in. `missing`: what it is asked for by, and the token that still stands in the text."""

    id: str
    title: str
    kind: str
    text: str
    missing: tuple[TemplateField, ...] = ()
    fields: tuple[TemplateField, ...] = ()
    """All of them, known or not."""
    built_in: bool = False
    """The runbook has no template of this kind."""


def notices(state: State, now: float, given: Mapping[str, str] | None = None) -> list[Notice]:
    """The runbook's templates in its order, then a built-in one for each kind that it has none of.

    `given`: values of a person, by the name of a field or the word of a fact, in any spelling that folds to it.
    """
    plan = state.plan
    if plan is None:
        return []
    own = [template for template in plan.templates if template.kind != "log"]
    kinds = {template.kind for template in own}
    wanted = {fold(name): plain(value) for name, value in (given or {}).items()}
    templates = (*own, *(template for template in BUILT_IN if template.kind not in kinds))
    return [_filled(template, state, plan, now, wanted) for template in templates]


def due(state: State) -> str:
    """The kind of notice that belongs to where the deploy stands."""
    if state.rollback is not None:
        return "rollback"
    if state.closed is not None or "verify" in state.phases or "watch" in state.phases or "close" in state.phases:
        return "post_deploy"
    return "pre_deploy"


def _filled(template: Template, state: State, plan: Plan, now: float, given: dict[str, str]) -> Notice:
    known = facts(state, plan, template.kind, now)
    missing: dict[TemplateField, None] = {}
    every: dict[TemplateField, None] = {}
    asked: set[str] = set()

    def choose(place: FieldPlace) -> str | None:
        fact, field = fact_of(place), TemplateField(name_of(place), place.token)
        every[field] = None
        asked.add(fact)
        value = given_for(place, given)
        if value is None:
            value = known.get(fact) or None
            if value is not None and fact in ("time", "clock"):
                value = _without_zone_twice(value, fact, place)
        if value is None:
            missing[field] = None
        return value

    text = plain(fill_each(template.body, choose)).rstrip("\n") + "\n"
    return Notice(
        id=template.id,
        title=one_line(template.title),
        kind=template.kind,
        text=text + _emergency(plan, asked),
        missing=tuple(missing),
        fields=tuple(every),
        built_in=template in BUILT_IN,
    )


def _without_zone_twice(value: str, fact: str, place: FieldPlace) -> str:
    """Where the template itself writes UTC behind the field, once is enough."""
    written = place.after.lstrip().startswith("UTC") or "utc" in place.before.lower()
    if fact == "clock":
        return value if written else f"{value} UTC"
    return value.partition(" UTC")[0] if written else value


def _emergency(plan: Plan, asked: set[str]) -> str:
    """Who approved it, why, and every guard that was passed over: where the template has no field for it."""
    if not plan.emergency:
        return ""
    lines: list[str] = []
    if "approved" not in asked:
        lines.append(f"Emergency, approved by {one_line(plan.approved_by)}: {one_line(plan.emergency_reason)}")
    if "bypassed" not in asked:
        lines += [f"Bypassed: {one_line(guard)}" for guard in plan.bypassed]
    return "\n" + "\n".join(lines) + "\n" if lines else ""
