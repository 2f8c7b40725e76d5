"""`cockpit history`: past deploys, the figures over them, how long each step took."""

import contextlib
import json
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click

from cockpit.client.team import shared_past
from cockpit.deploy.dry import is_dry_run
from cockpit.deploy.rollout.plan import is_rollout
from cockpit.errors import NoTeam, said
from cockpit.external import git
from cockpit.history.deploys import KINDS, Choice, earlier
from cockpit.history.dora import WEEK, Figures, Past, figures, lead_times
from cockpit.history.text import (
    SIGNS,
    as_shape,
    ascii_chart,
    closed,
    figure_lines,
    legend,
    table,
    trend_lines,
)
from cockpit.journal.sqlite import DeployRow, Journal, JournalError
from cockpit.paths import Layout, LayoutError, find_root
from cockpit.text.amounts import seconds_words
from cockpit.text.sanitize import one_line

DONE, FAILED, USAGE = range(3)
CHART = 72, 14
"""Columns and lines of the chart."""
CHARTED = 60
"""So many of the last deploys."""


def show_history(
    environment: str | None, limit: int, weeks: float, *, as_json: bool, ascii_only: bool, team: bool = False
) -> int:
    """Exit status: 0, 1 where the journal cannot be read, 2 usage. `team`: of every machine of the team."""
    try:
        layout = Layout(find_root(Path.cwd()))
    except LayoutError as error:
        return said(str(error), USAGE)
    pasts: list[Past] = []
    now = time.time()
    choice = _needed(limit, now - weeks * WEEK)
    if team:
        try:
            pasts = earlier(shared_past(layout, KINDS, choice), choice)
        except NoTeam as error:
            return said(str(error), USAGE)
    elif layout.journal.exists():
        try:
            with closing(Journal(layout.journal, read_only=True)) as journal:
                pasts = earlier(journal, choice)
        except JournalError as error:
            return said(f"{error}. See what can be recovered with `cockpit recover`", FAILED)
    # Flags have a history of their own: `cockpit rollout FLAG --history`.
    pasts = [past for past in pasts if not is_rollout(past.environment)]
    known = list(dict.fromkeys(past.environment for past in pasts))
    if environment is not None and environment not in known:
        return said(f"--env {environment}: no deploys there; known: {', '.join(known) or 'none'}", USAGE)
    pasts = [past for past in pasts if environment in (None, past.environment)]
    leads = _leads(layout.root, pasts)
    found = [
        figures([past for past in pasts if past.environment == one], leads, now, weeks)
        for one in known
        if environment in (None, one) and not is_dry_run(one)
    ]
    if as_json:
        click.echo(json.dumps(as_shape(pasts[:limit], found, leads), indent=2))
    else:
        lines = _lines(pasts, found, limit, now, ascii_only=ascii_only)
        click.echo("\n".join(_plain(line) if ascii_only else line for line in lines))
    return DONE


def _needed(limit: int, since: float) -> Choice:
    """What is listed and charted, and what the figures count. Of older deploys nobody reads more than their outcome,
    and a plan with its runbook is large."""

    def choose(rows: Sequence[DeployRow]) -> list[str]:
        newer: Counter[str] = Counter()
        chosen = []
        for row in rows:
            if is_rollout(row.environment):
                continue
            newer[row.environment] += 1
            if newer[row.environment] <= max(limit, CHARTED) or (row.closed_at or 0.0) >= since:
                chosen.append(row.id)
        return chosen

    return choose


def _leads(root: Path, pasts: Sequence[Past]) -> dict[str, list[float]]:
    """What git knows of how long the changes of each deploy waited; where there is no git, nothing."""
    commits = [sha for past in pasts for sha in (past.commit, past.current_commit) if sha]
    return lead_times(pasts, git.commit_times(root, commits))


def _lines(pasts: Sequence[Past], found: Sequence[Figures], limit: int, now: float, *, ascii_only: bool) -> list[str]:
    if not pasts:
        return ["no deploys yet. Open one with `cockpit run`"]
    lines = table(pasts[:limit], now, ascii_only=ascii_only)
    if len(pasts) > limit:
        lines.append(f"and {len(pasts) - limit} older (--limit)")
    for one in found:
        lines += ["", one_line(one.environment), *figure_lines(one)]
        if one.trends:
            lines += ["", "  steps of the last deploys", *trend_lines(one.trends, ascii_only=ascii_only)]
        of_it = [past for past in pasts if past.environment == one.environment][:CHARTED]
        chart = ascii_chart(of_it, *CHART) if ascii_only else _chart(of_it)
        lines += ["", *chart] if chart else []
    return lines


def _chart(pasts: Sequence[Past]) -> list[str]:
    """plotext's chart of the durations, a sign per outcome; empty where there are not two."""
    points = closed(pasts)
    if len(points) < 2:
        return []
    # plotext takes 150 ms to import: only who sees the chart pays.
    import plotext

    figure = plotext.figure
    figure.clear()
    plotext.terminal.limit(False, False)
    figure.theme("colorless")
    figure.plot_size(*CHART)
    for outcome, (sign, _) in SIGNS.items():
        mine = [(place, seconds) for place, (past, seconds) in enumerate(points, 1) if past.outcome == outcome]
        if mine:
            signal = figure.signal([place for place, _ in mine], [seconds for _, seconds in mine], marker=sign)
            figure.draw(signal)
    top = max(seconds for _, seconds in points) or 1.0
    figure.ruler("x").lim(0.5, len(points) + 0.5)
    ends = (1, len(points))
    figure.ruler("x").ticks(list(ends), [_day(points[place - 1][0]) for place in ends])
    figure.ruler("y").lim(0, top * 1.1)
    figure.ruler("y").ticks([0, top / 2, top], [seconds_words(value) for value in (0, top / 2, top)])
    drawn = one_line_each(str(figure.build()))
    return [*drawn, legend(ascii_only=False)]


def one_line_each(text: str) -> list[str]:
    """The chart's lines without its colours."""
    from cockpit.text.sanitize import plain

    return [plain(line).rstrip() for line in text.split("\n")]


def _day(past: Past) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(past.opened_at))


def _plain(line: str) -> str:
    """ASCII alone, whatever names hold."""
    with contextlib.suppress(UnicodeEncodeError):
        line.encode("ascii")
        return line
    return line.encode("ascii", "replace").decode()
