"""The script of a step, line by line: which command ran, which one runs, how long each took; or an item's evidence."""

import textwrap

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from cockpit.deploy.plan import Script, Task
from cockpit.deploy.state import CommandRun, State, TaskState
from cockpit.deploy.tasks.scripts import commands_of, why_blocked
from cockpit.text.sanitize import visible
from cockpit.text.times import clock
from styles.roles import BLOCKED, STATUS, Role
from widgets.rows import hanging, lines, row
from widgets.words import stopwatch, took

_FACT = 12
"""Cells before a fact: its name, and a blank on both sides."""


class ScriptView(VerticalScroll):
    """Shows one task."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as in Textual
        super().__init__(id=id)
        self._shown: Content | None = None
        self._height = 0
        self.ascii_only = False

    def compose(self):  # type: ignore[no-untyped-def]
        yield Static("", id="script-lines", markup=False)

    def show(self, task: Task | None, state: State, now: float, hint: str = "") -> None:
        """Draw the task; the running line is kept in view."""
        width = self.scrollable_content_region.width or 60
        if task is None:
            content, at = Content.styled("nothing selected", "$muted"), 0
        elif task.script is None:
            content, at = lines(self._item(task, state.of(task.id), width, hint)), 0
        else:
            rows, at = self._script(task, task.script, state.of(task.id), now, width)
            if why := why_blocked(task, state.of(task.id)):
                said = [(f" {BLOCKED.mark(self.ascii_only)} {BLOCKED.word}: ", BLOCKED.colour)]
                rows = [hanging(said, why, BLOCKED.colour, width), *rows]
            rows += self._people(task, state, width)
            if hint:
                rows = [*rows, hanging([(" ", "")], hint, "$alert", width)]
            content = lines(rows)
        if self._shown is not None and self._shown.plain == content.plain and self._shown.spans == content.spans:
            return
        # Only another number of rows changes the layout.
        grown = self._shown is None or self._shown.plain.count("\n") != content.plain.count("\n")
        self._shown = content
        self.query_one(Static).update(content, layout=grown)
        if at:
            self.scroll_to(y=max(0, at - 3), animate=False)

    def _script(self, task: Task, script: Script, have: TaskState, now: float, width: int) -> tuple[list[Content], int]:
        """Rows, and the row of the command that runs or failed."""
        body = visible(have.script or script.body)
        runs = {run.index: run for run in have.commands}
        commands = commands_of(task, have)
        starts = {command.line: index for index, command in enumerate(commands)}
        inside = {
            line: index for index, command in enumerate(commands) for line in range(command.line, command.end_line + 1)
        }
        rows: list[Content] = []
        at = 0
        for place, text in enumerate(body.rstrip("\n").split("\n")):
            line = script.body_line + place
            index = starts.get(line)
            if index is None:
                style = "$foreground" if line in inside else "$muted italic"
                rows.append(
                    row(
                        [(" " * (2 + self._mark_width), ""), (text.expandtabs(4), style)],
                        [],
                        width,
                        ascii_only=self.ascii_only,
                    )
                )
                continue
            role = self._role(index, have, line)
            if index == have.command_index and have.status in ("running", "fail", "unknown"):
                at = len(rows)
            took = self._took(runs.get(index), have, now)
            mark = role.mark(self.ascii_only).ljust(self._mark_width)
            style = "bold" if role.word == "running" else "$muted" if role.word == "pass" else ""
            rows.append(
                row(
                    [(f" {mark} ", role.colour), (text.expandtabs(4), style)],
                    [(f" {took}", "$muted")],
                    width,
                    ascii_only=self.ascii_only,
                )
            )
        return rows, at

    def _people(self, task: Task, state: State, width: int) -> list[Content]:
        """Who reviewed the script, and who confirmed it as a second person, and when."""
        have = state.of(task.id)
        reviewed = state.plan.reviewed.get(task.id, "") if state.plan is not None and have.status == "waiting" else ""
        said = [f" reviewed by {reviewed}"] if reviewed else []
        said += [
            f" approved by {one.by} at {clock(one.at)} UTC" + (", edited" if one.edited else "")
            for one in have.confirmations
        ]
        return [row([(words, "$muted")], [], width, ascii_only=self.ascii_only) for words in said]

    @property
    def _mark_width(self) -> int:
        return 6 if self.ascii_only else 1

    @staticmethod
    def _role(index: int, have: TaskState, line: int) -> Role:
        """State of one command, from where the script is or stopped."""
        now_at = have.command_index
        if have.status in ("pass", "skipped", "waived"):
            return STATUS[have.status] if have.commands or have.status != "pass" else STATUS["pass"]
        if now_at is None or index > now_at:
            return STATUS["waiting"]
        if have.from_line and line < have.from_line:
            return STATUS["skipped"]
        return STATUS["pass"] if index < now_at else STATUS[have.status]

    @staticmethod
    def _took(run: CommandRun | None, have: TaskState, now: float) -> str:
        if run is None:
            return ""
        end = run.finished_at if run.finished_at is not None else have.finished_at
        return stopwatch(now - run.started_at) if end is None else took(end - run.started_at)

    def _item(self, task: Task, have: TaskState, width: int, hint: str) -> list[Content]:
        """What is known of a check box: state, evidence, who, when, where it stands."""
        role = STATUS[have.status]
        rows = [
            Content.assemble((f" {role.mark(self.ascii_only)} {role.word}", role.colour), (f"  {task.title}", "bold")),
            Content(""),
        ]
        facts: list[tuple[str, str]] = []
        if have.summary:
            facts.append(("evidence", have.summary))
        if have.reason:
            facts.append(("reason", have.reason))
        if have.by:
            when = f" at {clock(have.finished_at)} UTC" if have.finished_at else ""
            facts.append(("by", f"{have.by}{when}"))
        if task.builtin:
            how = "inferred from the text" if task.inferred else "measured automatically"
            facts.append(("check", f"{task.builtin}, {how}"))
            facts += [("" if number else "found", line) for number, line in enumerate(have.evidence.splitlines()[:8])]
        if task.not_asked:
            facts.append(("emergency", "not required in an emergency"))
        if task.reference:
            facts.append(("see", task.reference))
        if task.owner:
            facts.append(("owner", task.owner))
        place = f"{task.section} / {task.group}" if task.group not in ("", task.section) else task.section
        facts.append(("runbook", f"line {task.line}, {place}" if task.line else "added by the cockpit"))
        for name, text in facts:
            # A long one goes on below its own beginning.
            for number, part in enumerate(textwrap.wrap(text, max(20, width - _FACT)) or [""]):
                rows.append(Content.assemble((f" {'' if number else name:<9} ", "$muted"), part))
        if hint:
            rows += [Content(""), hanging([(" ", "")], hint, "$muted", width)]
        return rows
