"""What the cockpit asks by itself, beside the runbook: do the metrics report, do they stay healthy."""

from collections.abc import Sequence

from cockpit.deploy.plan import METRICS_TASK, WATCH_TASK, MetricRule, Phase, Task


def added_before(rules: Sequence[MetricRule], tasks: Sequence[Task]) -> list[Task]:
    """The cockpit's own question before the deploy: does every metric answer?"""
    if not rules or any(task.builtin == "metrics" for task in tasks):
        return []
    return [_own_check(METRICS_TASK, "All metrics report and production is healthy", "preflight", "metrics", "Cockpit")]


def added_after(rules: Sequence[MetricRule]) -> list[Task]:
    if not any(rule.judged for rule in rules):
        return []
    return [_own_check(WATCH_TASK, "Metrics stay healthy", "watch", "watch", "Watch")]


def _own_check(name: str, title: str, phase: Phase, builtin: str, group: str) -> Task:
    return Task(
        id=name, kind="check", title=title, line=0, phase=phase, section="Cockpit", group=group, builtin=builtin
    )
