"""The flag of a rollout: what it reads, what the stage is judged by, and every change with its reason."""

import textwrap

from textual.content import Content

from cockpit.deploy.metrics import gates
from cockpit.deploy.plan import Plan
from cockpit.deploy.rollout.guards import preflight, reads, target
from cockpit.deploy.rollout.judge import judged_by
from cockpit.deploy.rollout.plan import Rollout
from cockpit.deploy.rollout.state import Change, RolloutState, soak_end
from cockpit.deploy.state import State
from cockpit.text.amounts import value_words
from cockpit.text.sentences import fragment
from styles.roles import STAGE, STATUS, Role
from widgets.keys import keyed
from widgets.rows import ScrolledRows
from widgets.stage_list import moment, short
from widgets.words import bar

_FACT = 12
"""Cells before a fact: its name, and a blank on both sides."""
_BAR = 30
_CHANGE = {"asked": STATUS["running"], "set": STATUS["pass"], "failed": STATUS["fail"]}


class FlagView(ScrolledRows):
    """What is set, and what the judge says."""

    BORDER_TITLE = "2 Flag"

    def show(self, state: State, now: float, chosen: int | None = None) -> None:
        """`chosen`: the stage that somebody looks at."""
        plan, have = state.plan, state.rollout
        if plan is None or plan.rollout is None or have is None:
            return
        width = self.scrollable_content_region.width or 60
        rows = [
            *self._flag(state, plan, plan.rollout, have, now, width),
            *(self._stage(plan, plan.rollout, have, chosen, now, width) if chosen is not None else ()),
            *self._preflight(state, plan.rollout, have, now, width),
            *self._judge(state, plan, plan.rollout, have, now, width),
            *self._changes(plan.rollout, have, now, width),
        ]
        self.put_rows(rows)

    def _flag(
        self, state: State, plan: Plan, rollout: Rollout, have: RolloutState, now: float, width: int
    ) -> list[Content]:
        reading = have.reading
        percent = reading.percent if reading is not None and reading.percent is not None else None
        role = _reads_role(have)
        said = reads(state)
        first = Content.assemble(
            (f" {role.mark(self.ascii_only)} ", role.colour), (rollout.flag, "bold"), "  reads ", (said, role.colour)
        )
        rows = [Content(""), first]
        if percent is not None:
            drawn = bar(percent / 100, _BAR, ascii_only=self.ascii_only)
            rows.append(Content.styled(f"   {drawn}", "$running" if percent else "$muted"))
        rows.append(Content(""))
        rows += self._fact("set by", rollout.how, width)
        last = have.last
        if last is not None and not have.confirmed and last.status == "set":
            rows += self._fact("wanted", rollout.words(last.percent), width, "$alert")
        if state.hold is not None:
            by = "" if state.hold.by == "cockpit" else f"{state.hold.by}: "
            rows += self._fact("on hold", f"{by}{state.hold.reason}", width, "$alert")
        stage = have.current
        if stage is not None and stage.began_at is not None and stage.status == "soaking":
            soak = rollout.stages[have.stage].soak_seconds
            left = max(0.0, soak_end(stage, soak) - now)
            rows += self._fact("soaking", f"{rollout.named(have.stage)}, {short(left)} of {short(soak)} left", width)
        return rows

    def _stage(
        self, plan: Plan, rollout: Rollout, have: RolloutState, place: int, now: float, width: int
    ) -> list[Content]:
        """Everything that is known of one stage, in full: its row is cut where it is long."""
        stage, role = have.stages[place], STAGE[have.stages[place].status]
        head = f" Stage {place + 1} of {len(have.stages)}: {rollout.named(place)}"
        rows = [Content(""), Content.styled(head, "bold"), *self._fact("state", role.word, width, role.colour)]
        change = next((one for one in have.changes if one.number == stage.change), None)
        if stage.set_at is not None:
            by = f" by {change.by}" if change is not None else ""
            rows += self._fact("set", f"{moment(stage.set_at, now)}{by}", width)
        rows += self._fact("soak", short(rollout.stages[place].soak_seconds), width)
        if stage.value is not None:
            rule = next((one for one in plan.metrics if one.name == rollout.metric), None)
            said = value_words(stage.value, rule.unit) if rule is not None else f"{stage.value:g}"
            rows += self._fact("rate", f"{rule.label if rule is not None else rollout.metric} {said}", width)
        if stage.judged_at is not None:
            rows += self._fact("judged", moment(stage.judged_at, now), width)
        if stage.reason:
            rows += self._fact("verdict", stage.reason, width, role.colour)
        if stage.breaches:
            rows += self._fact("breaches", str(stage.breaches), width)
        return rows

    def _preflight(self, state: State, rollout: Rollout, have: RolloutState, now: float, width: int) -> list[Content]:
        """Where the next stage is the next thing: what it waits for."""
        stage = have.current
        if state.closed is not None or (stage is not None and stage.status != "passed"):
            return []
        found = preflight(state, now)
        rows = [Content(""), Content.styled(f" Before {rollout.named(target(have))}", "bold")] if found else []
        for what, reason in found:
            role = STATUS["waiting" if reason else "pass"]
            mark = f" {role.mark(self.ascii_only)} "
            parts = _wrapped(fragment(keyed(self, reason)) or what, max(20, width - len(mark) - 1))
            rows.append(Content.assemble((mark, role.colour), (parts[0], "" if reason else "$muted")))
            rows += [Content(" " * len(mark) + part) for part in parts[1:]]
        return rows

    def _judge(
        self, state: State, plan: Plan, rollout: Rollout, have: RolloutState, now: float, width: int
    ) -> list[Content]:
        stage = have.current
        if stage is None:
            return []
        role = STAGE[stage.status]
        rows = [Content(""), Content.styled(" Judge", "bold")]
        for name, words in judged_by(state) if stage.judged_at is None else ():
            rows += self._fact(name, words, width)
        for gate in plan.gates:
            if gate.name in rollout.gates:
                rows += self._fact("gate", gates.verdict(gate, stage.gates.get(gate.name, {}))[1], width)
        if stage.reason and stage.judged_at is not None:
            rows += self._fact("verdict", f"{role.word}: {stage.reason}", width, role.colour)
        breached = [place for place, one in enumerate(have.stages) if one.status == "breach"]
        for place in breached:
            rows += self._fact("breach", f"{rollout.named(place)}: {have.stages[place].reason}", width, "$breach")
        return rows

    def _changes(self, rollout: Rollout, have: RolloutState, now: float, width: int) -> list[Content]:
        if not have.changes:
            return []
        rows = [Content(""), Content.styled(" Changes", "bold")]
        for change in reversed(have.changes):
            rows += self._change(rollout, change, now, width)
        return rows

    def _change(self, rollout: Rollout, change: Change, now: float, width: int) -> list[Content]:
        role = _CHANGE[change.status]
        words = {"advance": "", "back": "back to ", "off": ""}[change.kind] + rollout.words(change.percent)
        if change.kind == "off":
            words = "OFF"
        who = f"{moment(change.asked_at, now)} {change.by}"
        rows = [
            Content.assemble(
                (f" {change.number:>3} ", "$muted"),
                (f"{role.mark(self.ascii_only)} ", role.colour),
                (f"{words:<14}", "bold" if change.kind != "advance" else ""),
                (who, "$muted"),
            )
        ]
        if change.reason:
            colour = "$breach" if change.status == "failed" else "$muted"
            rows += [
                Content.styled(f"       {part}", colour) for part in _wrapped(change.reason, max(20, width - 8))[:3]
            ]
        return rows

    @staticmethod
    def _fact(name: str, text: str, width: int, style: str = "") -> list[Content]:
        """A long one goes on below its own beginning."""
        return [
            Content.assemble((f" {'' if number else name:<10}", "$muted"), (part, style))
            for number, part in enumerate(_wrapped(text, max(20, width - _FACT)) or [""])
        ]


def _wrapped(text: str, width: int) -> list[str]:
    """On several lines; a percent sign stays with its number."""
    return [part.replace("\xa0", " ") for part in textwrap.wrap(text.replace(" %", "\xa0%"), width)]


def _reads_role(have: RolloutState) -> Role:
    reading = have.reading
    if have.last is not None and have.last.kind != "advance" and have.last.status == "failed":
        return STATUS["fail"]
    if reading is None or reading.error or (reading.percent is None and reading.matches is None):
        return STATUS["unknown"]
    if have.under_way is not None:
        return STATUS["running"]
    return STATUS["fail"] if reading.matches is False else STATUS["pass"]
