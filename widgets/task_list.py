"""The checklist and step tree of one phase: glyph, title, time; a cursor that stays on its task."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.events import Click, Key
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option, OptionDoesNotExist

from cockpit.deploy.approvals.second_person import confirmed_words
from cockpit.deploy.plan import Task
from cockpit.deploy.schedule.timeline import due, offset_words
from cockpit.deploy.state import State, TaskState
from cockpit.deploy.tasks.scripts import why_blocked
from styles.roles import BLOCKED, DUE, OPEN_BOX, STATUS, Role
from widgets.keys import keyed
from widgets.rows import Piece, row
from widgets.words import cut, stopwatch, took

ROOMY = 50
"""Columns from which on a row has room for the offset beside the word."""
NAMES = 14
"""Columns of the names of those who confirmed."""
_MOVES = frozenset({"up", "down", "pageup", "pagedown", "home", "end"})


class TaskList(OptionList):
    """Shows tasks; says which one is under the cursor and which one was chosen. It never acts."""

    BORDER_TITLE = "1"

    @dataclass
    class Moved(Message):
        """The cursor is on another task."""

        task_id: str

    @dataclass
    class Chosen(Message):
        """Enter, or a double click."""

        task_id: str

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as in Textual
        super().__init__(id=id, markup=False)
        self._keys: list[tuple[object, ...]] = []
        self._tasks: tuple[Task, ...] = ()
        self.ascii_only = False
        self.by_hand = False
        """The person moved the cursor last; the App may move it only where they did not."""

    @property
    def task_id(self) -> str | None:
        """Id of the task under the cursor."""
        option = self.highlighted_option
        return option.id if option is not None else None

    def show(self, tasks: Sequence[Task], state: State, now: float) -> None:
        """Show these tasks as they stand; only rows that changed are drawn again."""
        width = self.scrollable_content_region.width or 30
        keys, prompts, ids = self._rows(tasks, state, now, width)
        if ids != [key[0] for key in self._keys]:
            self._replace(keys, prompts, ids)
            return
        for index, (old, new) in enumerate(zip(self._keys, keys, strict=True)):
            if old != new:
                self.replace_option_prompt_at_index(index, prompts[index])
        self._keys = keys

    def _replace(self, keys: list[tuple[object, ...]], prompts: list[Content], ids: list[object]) -> None:
        before = self.task_id
        self._keys = keys
        self.set_options(
            Option(prompt, id=str(key) if not str(key).startswith("\0") else None, disabled=str(key).startswith("\0"))
            for prompt, key in zip(prompts, ids, strict=True)
        )
        if before is not None and before in ids:
            self.move_to(before)
        elif self.option_count:
            self.action_first()

    def move_to(self, task_id: str) -> bool:
        """Put the cursor on the task; False where it is not shown."""
        try:
            self.highlighted = self.get_option_index(task_id)
        except OptionDoesNotExist:
            return False
        self.by_hand = False
        return True

    def on_key(self, event: Key) -> None:
        self.by_hand = self.by_hand or event.key in _MOVES

    def on_click(self, event: Click) -> None:
        """A click only looks; two of them are Enter. (OptionList's own handler would start a step by a single one.)"""
        event.prevent_default()
        self.by_hand = True
        place = event.style.meta.get("option")
        if place is None or self.get_option_at_index(place).disabled:
            return
        self.highlighted = place
        if event.chain == 2:
            self.action_select()

    def _rows(
        self, tasks: Sequence[Task], state: State, now: float, width: int
    ) -> tuple[list[tuple[object, ...]], list[Content], list[object]]:
        keys: list[tuple[object, ...]] = []
        prompts: list[Content] = []
        group = ""
        repeated = _headings(tasks)
        for task in tasks:
            if task.group != group:
                group = task.group
                if group in repeated:
                    keys.append((f"\0{len(keys)}{group}", width))
                    prompts.append(row([(group, "bold $muted")], [], width, ascii_only=self.ascii_only))
            have = state.of(task.id)
            right = _right(task, state, now, width, ascii_only=self.ascii_only)
            agreed = confirmed_words(state, task) if task.second_person and not have.settled else ""
            keys.append((task.id, task.title, have.status, right, width, self.ascii_only, task.required, agreed))
            prompts.append(self._row(task, have, right, agreed, width))
        return keys, prompts, [key[0] for key in keys]

    def _row(self, task: Task, have: TaskState, right: Piece, agreed: str, width: int) -> Content:
        role = role_of(task, have)
        style = role.colour if have.status in ("running", "fail", "unknown") else ""
        if have.settled:
            style = "$muted"
        mark = role.mark(self.ascii_only)
        left = [("  " * task.depth, ""), (f"{mark} ", role.colour), (task.title, style)]
        if task.second_person and not have.settled:
            mark = STATUS["pass"].mark(self.ascii_only)
            needs = " needs approval" if width >= ROOMY else keyed(self, " needs ⟦confirm⟧")
            said = f" {mark} {cut(agreed, NAMES, '~' if self.ascii_only else '…')}"
            left.append((said, "$ok italic") if agreed else (needs, "$alert italic"))
        if task.not_asked:
            said = "not required in an emergency" if width >= ROOMY else "not required"
            left.append((f" {said}", "italic $muted"))
        elif not task.required:
            left.append((" optional" if task.role == "step" else f" {task.role}", "italic $muted"))
        return row(left, [(f" {right[0]}" if right[0] else "", right[1])], width, grow=2, ascii_only=self.ascii_only)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if event.option_id is not None:
            self.post_message(self.Moved(event.option_id))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id is not None:
            self.post_message(self.Chosen(event.option_id))


def role_of(task: Task, have: TaskState) -> Role:
    if why_blocked(task, have):
        return BLOCKED
    if task.kind == "manual" and have.status == "waiting":
        return OPEN_BOX
    return STATUS[have.status]


def _headings(tasks: Sequence[Task]) -> set[str]:
    """Groups that deserve a heading: those that are not just the title of their only task."""
    return {task.group for task in tasks if task.group and task.group != task.title and task.parent is None} - {
        task.group for task in tasks if task.group == task.title
    }


def _right(task: Task, state: State, now: float, width: int, *, ascii_only: bool) -> Piece:
    """Elapsed time of what ran, with the usual one while it runs; else when it is due, and whether that is now."""
    have = state.of(task.id)
    if why_blocked(task, have):
        return BLOCKED.word, BLOCKED.colour
    if have.started_at is not None and have.status != "waiting":
        seconds = have.seconds(now) or 0
        if have.status == "pass" and state.plan is not None and state.plan.dry_run:
            return "would run", "$muted"
        if have.status != "running":
            return took(seconds), "$muted"
        usual = state.plan.usual.get(task.id) if state.plan else None
        return stopwatch(seconds) + (f"/{stopwatch(usual.seconds)}" if usual else ""), "$muted"
    if task.offset_seconds is None or have.settled:
        return "", ""
    offset = offset_words(task.offset_seconds)
    when = due(state, task, now)
    if when is None or when.word == "early":
        return offset, "$muted"
    role = DUE[when.word]
    words = when.words if width >= ROOMY else when.words.replace("due in ", "in ").replace(" overdue", " late")
    said = f"{role.mark(ascii_only)} {words}"
    return (f"{said} {offset}" if width >= ROOMY else said), role.colour
