"""Thresholds that can never work: in the wrong order, or beyond what is measured."""

import re
from collections.abc import Iterator

from cockpit.runbook import levels
from cockpit.runbook.levels import Level
from cockpit.runbook.lint.context import Context
from cockpit.runbook.lint.model import Finding, Rule

OUT_OF_ORDER = Rule(
    "levels-out-of-order", "error", "Thresholds out of order",
    "An alert below the watch threshold is always on or never believed; a rollback below the alert threshold "
    "happens before anyone was alerted. This happens when one is a multiple of a baseline and the other a number.",
    "baseline < watch < alert < rollback, all in the same unit",
    "- Error rate (<0.1% baseline)\n  - Watch: >1%\n  - Alert: 2x baseline",
    "- Error rate (<0.1% baseline)\n  - Watch: >1%\n  - Alert: >2%",
    "markdown",
)  # fmt: skip
BEYOND_BUCKETS = Rule(
    "level-beyond-buckets", "warning", "A latency threshold that a default histogram cannot reach",
    "Prometheus's client libraries use buckets up to 10 s. `histogram_quantile` returns the top one for everything "
    "slower, so P95 stays at exactly 10 and never exceeds it.",
    "use a threshold below 10 s, or add buckets above it",
    "- Roll back when P95 response time >10s",
    "- Roll back when P95 response time >8s",
    "markdown",
)  # fmt: skip

_QUANTILE = re.compile(r"\bp(?:50|9\d|99\.?9?)\b|\b9[059]th\b|\bpercentile", re.I)
_ITEM = re.compile(r"(\s*)(?:[-*+]|\d{1,3}[.)])\s+")
_ABOVE = re.compile(
    r"(?:>=?|\u2265|\b(?:over|above|exceeds?|more than|greater than))\s*(?P<number>\d{1,6}(?:\.\d+)?)\s?"
    r"(?:(?P<ms>ms)|(?P<s>s|secs?|seconds?))\b",
    re.I,
)
_TOP_SECONDS = 10.0


def out_of_order(context: Context) -> Iterator[Finding]:
    told: set[int] = set()
    for group in [*levels.groups(context.prose), *_rows(context), *_across(context)]:
        base = next((one.value for one in group if one.role == "baseline"), None)
        for level, other in levels.out_of_order(group):
            if level.line in told:
                continue
            told.add(level.line)
            side = "above" if level.falls else "below"
            message = (
                f"{levels.NAMES[level.role]} ({levels.in_words(level, base)}) is {side} {levels.NAMES[other.role]} ("
                f"{other.text}, line {other.line})"
            )
            rule = OUT_OF_ORDER
            yield Finding(rule.code, rule.severity, level.line, level.column, message, rule.safer)


def _rows(context: Context) -> Iterator[list[Level]]:
    """The rows of tables whose columns are called baseline, watch, alert, rollback."""
    roles: list[levels.Role | None] = []
    for line, text in context.prose:
        if "|" not in text:
            roles = []
            continue
        cells = text.strip().strip("|").split("|")
        if not roles:
            roles = [_column_role(cell) for cell in cells]
        elif sum(role is not None for role in roles) > 1:
            row = [
                one
                for cell, role in zip(cells, roles, strict=False)
                if role
                for one in levels.levels_in(cell, line, role)
            ]
            yield [Level(one.role, line, 0, one.value, one.unit, one.text, one.falls) for one in row]


def _column_role(cell: str) -> levels.Role | None:
    if len(cell.split()) > 3:
        return None
    found = levels.levels_in(f"{cell} 1 %", 0)
    return found[0].role if found else None


def _across(context: Context) -> Iterator[list[Level]]:
    """Per metric: the alert level of one list, and the level of a list of rollback triggers elsewhere."""
    alerts: dict[str, Level] = {}
    name = ""
    for line, text in context.prose:
        item = _ITEM.match(text)
        if item is None:
            name = "" if text.strip() else name
            continue
        name = levels.metric_of(text) or (name if item[1] else "")
        found = [one for one in levels.levels_in(text, line) if one.role == "alert" and one.unit != "times"]
        if name and found:
            alerts.setdefault(name, found[0])
    triggers = _trigger_lines(context)
    for line, text in context.prose:
        metric = levels.metric_of(text) if line in triggers else ""
        if metric in alerts:
            breach = [one for one in levels.levels_in(text, line, "breach") if one.role == "breach"][:1]
            yield [alerts[metric], *breach]


def _trigger_lines(context: Context) -> set[int]:
    found: set[int] = set()
    for section in context.runbook.sections:
        if re.search(r"\btriggers?\b", section.title, re.I) and re.search(r"roll|abort|revert", section.title, re.I):
            found |= set(range(section.line, section.end_line + 1))
    return found


def beyond_buckets(context: Context) -> Iterator[Finding]:
    around, indent = "", -1
    for line, text in context.prose:
        item = _ITEM.match(text)
        if item is None and text.strip():
            around, indent = "", -1
        elif item is not None and (indent < 0 or len(item[1]) <= indent):
            around, indent = text, len(item[1])
        if not _QUANTILE.search(text) and not _QUANTILE.search(around):
            continue
        for match in _ABOVE.finditer(text[:2_000]):
            seconds = float(match["number"]) / (1000 if match["ms"] else 1)
            if seconds >= _TOP_SECONDS:
                message = f"{match[0]}: never reached, default histogram buckets end at 10 s"
                rule = BEYOND_BUCKETS
                yield Finding(rule.code, rule.severity, line, match.start() + 1, message, rule.safer)
                break


RULES = (
    (OUT_OF_ORDER, out_of_order),
    (BEYOND_BUCKETS, beyond_buckets),
)
