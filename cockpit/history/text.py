"""Past deploys and their figures as lines for a terminal, and as JSON. Pure: plotext's chart is drawn elsewhere."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from cockpit.deploy.schedule.timeline import taken_words
from cockpit.history.dora import Figure, Figures, Past, Trend
from cockpit.text.amounts import seconds_words
from cockpit.text.sanitize import one_line

_SPARKS = "▁▂▃▄▅▆▇█"
_ASCII_SPARKS = "_.-=+*#@"
SIGNS = {"succeeded": ("●", "o"), "failed": ("✖", "x"), "rolled back": ("↩", "r"), "aborted": ("⊘", "a")}
"""Per outcome: its sign in the chart, and the one in ASCII."""


def table(pasts: Sequence[Past], now: float, *, ascii_only: bool) -> list[str]:
    """One line per deploy, the newest first; why it went wrong, and what is damaged, below it."""
    head = ("deploy", "opened (UTC)", "environment", "who", "commit", "outcome", "duration")
    rows = [_row(past, now, ascii_only=ascii_only) for past in pasts]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = ["  ".join(word.ljust(width) for word, width in zip(head, widths, strict=True)).rstrip()]
    for past, row in zip(pasts, rows, strict=True):
        lines.append("  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip())
        lines += [f"    {said}" for said in _below(past)]
    return lines


def _row(past: Past, now: float, *, ascii_only: bool) -> tuple[str, ...]:
    arrow = "->" if ascii_only else "→"
    came = f"{past.current_commit[:7]} {arrow} " if past.current_commit not in ("", past.commit) else ""
    seconds = past.seconds
    duration = f"open for {_long(now - past.opened_at)}" if seconds is None else _long(seconds)
    return (
        past.id,
        f"{datetime.fromtimestamp(past.opened_at, UTC):%Y-%m-%d %H:%M}",
        one_line(past.environment),
        past.by or "?",
        f"{came}{past.commit[:7]}" if past.commit else "?",
        (past.outcome or "open") + (", emergency" if past.emergency else ""),
        duration,
    )


def _below(past: Past) -> list[str]:
    said = [f"DAMAGED: {past.damage}"] if past.damage else []
    return [*said, past.why] if past.why and past.outcome != "succeeded" else said


def figure_lines(found: Figures) -> list[str]:
    """The four figures of one environment, each with what stands behind it."""
    weeks = f"{found.weeks:.0f} week{'s' if round(found.weeks) != 1 else ''}"
    rows = (
        (
            "deployment frequency",
            "" if found.frequency.value is None else f"{found.frequency.value:.1f} a week",
            f"{found.frequency.of} that succeeded in {weeks}",
        ),
        (
            "lead time for changes",
            _time(found.lead),
            _of(found.lead, "change", "deploy", "without a commit known to git"),
        ),
        (
            "change failure rate",
            "" if found.failure_rate.value is None else f"{100 * found.failure_rate.value:.0f} %",
            f"of {_count(found.failure_rate.of, 'deploy')} that touched production",
        ),
        ("time to restore", _time(found.restore), _of(found.restore, "failure", "failure", "never verified healthy")),
    )
    return [f"  {name:<22} {value or 'unknown':<14} {behind}".rstrip() for name, value, behind in rows]


def _time(figure: Figure) -> str:
    return "" if figure.value is None else _long(figure.value)


def _long(seconds: float) -> str:
    """`2 d 3 h`, else as everywhere."""
    days, rest = divmod(int(max(0.0, seconds)), 86_400)
    return f"{days} d {rest // 3600} h" if days else seconds_words(max(0.0, seconds))


def _of(figure: Figure, what: str, missing: str, why: str) -> str:
    said = f"median of {_count(figure.of, what)}" if figure.of else ""
    unknown = f"{_count(figure.unknown, missing)} {why}" if figure.unknown else ""
    return ", ".join(part for part in (said, unknown) if part)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"


def trend_lines(trends: Sequence[Trend], *, ascii_only: bool) -> list[str]:
    """Per step: the last times as a sparkline from nothing to the longest, the usual one and the last one."""
    if not trends:
        return []
    wide = min(44, max(len(trend.title) for trend in trends))
    lines = []
    for trend in trends:
        title = trend.title if len(trend.title) <= wide else trend.title[: wide - 2] + ".."
        drawn = sparks(trend.seconds, ascii_only=ascii_only)
        words = f"typically {taken_words(trend.usual)}, last {taken_words(trend.seconds[-1])}"
        lines.append(f"  {title:<{wide}}  {drawn:<10}  {words}")
    return lines


def sparks(values: Sequence[float], *, ascii_only: bool = False) -> str:
    """One sign per value, from nothing to the largest."""
    signs = _ASCII_SPARKS if ascii_only else _SPARKS
    top = max(values, default=0.0)
    last = len(signs) - 1
    return "".join(signs[min(last, int(value / top * last + 0.5)) if top > 0 else 0] for value in values)


def ascii_chart(pasts: Sequence[Past], width: int = 72, height: int = 10) -> list[str]:
    """Durations of closed deploys, the oldest at the left, one sign per deploy by its outcome."""
    points = closed(pasts)
    if len(points) < 2:
        return []
    top = max(seconds for _, seconds in points) or 1.0
    beside = [seconds_words(top), "0 s"]
    left = max(map(len, beside))
    cells = width - left - 2
    grid = [[" "] * cells for _ in range(height)]
    for place, (past, seconds) in enumerate(points):
        column = round(place / (len(points) - 1) * (cells - 1))
        row = round((1 - seconds / top) * (height - 1))
        grid[row][column] = SIGNS.get(past.outcome or "", ("?", "?"))[1]
    lines = [
        f"{beside[0] if row == 0 else beside[1] if row == height - 1 else '':>{left}} |{''.join(line)}".rstrip()
        for row, line in enumerate(grid)
    ]
    return [*lines, f"{'':{left}} +{'-' * cells}", f"{'':{left}}  {legend(ascii_only=True)}"]


def legend(*, ascii_only: bool) -> str:
    signs = (f"{sign[1 if ascii_only else 0]} {outcome}" for outcome, sign in SIGNS.items())
    return "duration per deploy, oldest first: " + "  ".join(signs)


def closed(pasts: Sequence[Past]) -> list[tuple[Past, float]]:
    """Closed deploys with their seconds, the oldest first."""
    return [(past, past.seconds) for past in reversed(pasts) if past.seconds is not None]


def as_shape(pasts: Sequence[Past], found: Sequence[Figures], leads: dict[str, list[float]]) -> dict[str, Any]:
    """`{"deploys": [...], "figures": [...]}` for `--json`; times are Unix seconds, durations seconds, null unknown."""
    return {
        "deploys": [
            {
                "id": past.id,
                "environment": past.environment,
                "opened_at": past.opened_at,
                "closed_at": past.closed_at,
                "by": past.by or None,
                "commit": past.commit or None,
                "from_commit": past.current_commit or None,
                "outcome": past.outcome,
                "emergency": past.emergency,
                "seconds": past.seconds,
                "why": past.why or None,
                "touched_production": past.touched_at is not None,
                "lead_seconds": sorted(leads.get(past.id, ())),
                "restore_seconds": (
                    past.restored_at - past.trouble_at
                    if past.restored_at is not None and past.trouble_at is not None
                    else None
                ),
                "steps": past.steps,
                "damage": past.damage or None,
            }
            for past in pasts
        ],
        "figures": [_figures_shape(one) for one in found],
    }


def _figures_shape(one: Figures) -> dict[str, Any]:
    def shape(figure: Figure, unit: str) -> dict[str, Any]:
        return {"value": figure.value, "unit": unit, "of": figure.of, "unknown": figure.unknown}

    return {
        "environment": one.environment,
        "weeks": one.weeks,
        "deploys": one.deploys,
        "deployment_frequency": shape(one.frequency, "deploys per week"),
        "lead_time_for_changes": shape(one.lead, "s"),
        "change_failure_rate": shape(one.failure_rate, "share"),
        "time_to_restore": shape(one.restore, "s"),
        "steps": [
            {"task": trend.task, "title": trend.title, "seconds": list(trend.seconds), "usual_seconds": trend.usual}
            for trend in one.trends
        ],
    }
