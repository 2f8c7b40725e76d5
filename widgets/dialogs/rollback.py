"""The way back: why, which option, the exact commands, what cannot be undone, and a name typed by hand."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from cockpit.deploy.commands import StartRollback
from cockpit.deploy.plan import RollbackOption
from cockpit.deploy.rollback.briefing import findings, hindrance, reasons, warnings
from cockpit.deploy.rollback.scripts import scripts_of, values_of
from cockpit.deploy.rollback.targets import Finding
from cockpit.deploy.state import State
from cockpit.runbook.model import Placeholder
from cockpit.text.sanitize import visible
from widgets.dialogs.base import Dialog, text
from widgets.guard import asked
from widgets.keys import keyed

INSIST = "insist on "
"""Typed before the environment's name, where something is known against the target."""
_AROUND = 12
"""Rows of the box beside its body: border, padding, two fields, a complaint, the buttons."""
_AROUND_LOW = 6
"""The same on a low screen, without what is empty."""
_LOW = 30
_LOOKS = {"pass": ("ok  ", "$ok"), "fail": ("NO  ", "bold $breach"), "unknown": ("?   ", "$unknown")}

Choices = Callable[[Placeholder], Sequence[tuple[str, str]]]
Fill = Callable[[str, Mapping[str, str]], str]
Look = Callable[[str, dict[str, str]], None]
"""Asks where this way leads, with these values: the answer comes with the state."""


class RollbackDialog(Dialog[StartRollback]):
    """R, the option's number, the reason, the word. Cancel has the focus; Enter alone does nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(number), f"option({number})", show=False, priority=False) for number in range(1, 10)),
    ]

    def __init__(self, state: State, *, choices: Choices, fill: Fill, look: Look) -> None:
        super().__init__()
        assert state.plan is not None
        self._environment = state.plan.environment
        self.title_text = f"Roll back {self._environment}"
        self.footer_text = "1-9 option · tab next field · esc cancel"
        self._options = state.plan.rollback
        self._state = state
        self._reasons = reasons(state)
        self._offered = state.plan.reasons
        self._values = dict(state.values)
        self._choices = choices
        self._fill = fill
        self._look_at = look
        self._chosen = 0
        self._unlisted = ""
        """Why nothing can be offered for the value that is missing."""

    def rows(self) -> ComposeResult:
        with VerticalScroll(id="rollback-body", can_focus=False):
            for reason in self._reasons:
                yield text(Content.assemble(("why  ", "$muted"), (reason, "$breach")))
            yield OptionList(
                *(Option(self._label(number, option), id=option.id) for number, option in enumerate(self._options, 1)),
                id="options",
                markup=False,
            )
            yield Static("", id="commands", markup=False)
            yield Static("", id="warnings", markup=False)
            yield Static("", id="target", markup=False)
            yield Input(placeholder="value", id="value")
            yield OptionList(id="candidates", markup=False)
        # Outside of what scrolls: on a low screen the commands are in sight while the word is typed.
        more = "; down for the runbook's" if self._offered else ""
        yield Input("; ".join(self._reasons), placeholder=f"reason, for the log and the notice{more}", id="reason")
        yield Input(placeholder=f'type "{self._environment}" to confirm', id="confirmation")
        yield text("", "complaint")
        with Horizontal(id="buttons"):
            yield Button("Cancel", id="cancel", classes="first")
            yield Button("Roll back", id="go", variant="error", disabled=True)

    @staticmethod
    def _label(number: int, option: RollbackOption) -> Content:
        what = "  restores the database" if option.touches_database else ""
        return Content.assemble((f"{number} ", "bold $watching"), option.title, (what, "bold $alert"))

    def ready(self) -> None:
        self._show()
        self._look()

    def on_resize(self) -> None:
        """The buttons stay in sight: the rest scrolls where it is too much."""
        around = _AROUND if self.size.height >= _LOW else _AROUND_LOW
        self.query_one("#rollback-body").styles.max_height = max(4, self.size.height * 92 // 100 - around)

    def renew(self, state: State) -> None:
        """What was found out meanwhile; what the person has typed stays."""
        self._state = state
        if self.armed:
            self._show_target()
            self._check()

    def _look(self) -> None:
        """Ask where the way leads, as soon as everything that it needs is there."""
        if self._missing is None:
            self._look_at(self.option.id, self._given)

    @property
    def _given(self) -> dict[str, str]:
        return values_of(self.option, self._values)

    @property
    def option(self) -> RollbackOption:
        return self._options[self._chosen]

    @property
    def _holes(self) -> dict[str, Placeholder]:
        scripts = [task.script for task in self.option.tasks if task.script is not None]
        return {hole.name: hole for script in scripts for hole in script.placeholders}

    @property
    def _missing(self) -> Placeholder | None:
        return next((hole for name, hole in self._holes.items() if not self._values.get(name)), None)

    def _show(self) -> None:
        """Everything that depends on the option and the values: the commands as they will run, and what is missing."""
        scripts = [
            visible(task.script.body) for task in scripts_of(self._state, self.option) if task.script is not None
        ]
        try:
            filled = [self._fill(body, self._values) for body in scripts]
            complaint = hindrance(self._state, self.option)
        except ValueError as error:
            filled, complaint = scripts, str(error)
        commands = "\n".join(body.rstrip() for body in filled)
        self.query_one("#commands", Static).update(Content.styled(commands, "$foreground"))
        hole = self._missing
        self._unlisted = ""
        value, candidates = self.query_one("#value", Input), self.query_one("#candidates", OptionList)
        value.display = candidates.display = hole is not None
        if hole is not None:
            self._ask_for(hole, value, candidates)
        self._show_target()
        self.query_one("#options", OptionList).highlighted = self._chosen
        self.complain(complaint or self._unlisted)
        self._check()

    def _show_target(self) -> None:
        """Whether it is safe, and what is known of where it leads."""
        rows = [("! ", "$alert", warning) for warning in warnings(self._state, self.option)]
        self.query_one("#warnings", Static).update(_marked(rows))
        given = [("  ", "$muted", f"{name} = {value}") for name, value in self._given.items()]
        found = [(*_LOOKS[finding.verdict], keyed(self, finding.said)) for finding in self._findings]
        check = self._state.targets.get(self.option.id)
        if not found and check is not None and check.asked:
            found = [("... ", "$muted", "checking the rollback target")]
        self.query_one("#target", Static).update(_marked([*given, *found]))
        self.query_one("#confirmation", Input).placeholder = f'type "{self._word}" to confirm'

    @property
    def _findings(self) -> tuple[Finding, ...]:
        return findings(self._state, self.option, self._values)

    @property
    def _against(self) -> bool:
        return any(finding.verdict == "fail" for finding in self._findings)

    @property
    def _word(self) -> str:
        """What a person types: more where something is known against the target."""
        return f"{INSIST}{self._environment}" if self._against else self._environment

    def _ask_for(self, hole: Placeholder, value: Input, candidates: OptionList) -> None:
        nothing: tuple[tuple[str, str], ...] = ()
        found, why_not = asked(lambda: tuple(self._choices(hole)), nothing)
        more = ", or choose below" if found else ""
        value.placeholder = f"enter {hole.token}{more}"
        if why_not:
            self._unlisted = f"cannot list values for {hole.token} ({why_not}); enter one"
        candidates.set_options(Option(Content(label), id=answer) for answer, label in found)
        candidates.display = bool(found)

    def _check(self) -> None:
        typed = self.query_one("#confirmation", Input).value.strip()
        blocked = self._missing is not None or bool(hindrance(self._state, self.option))
        self.query_one("#go", Button).disabled = typed != self._word or blocked

    def on_key(self, event: events.Key) -> None:
        """Up and down in the field of the reason go through those that the runbook lists."""
        field = self.query_one("#reason", Input)
        if not self._offered or self.focused is not field or event.key not in ("down", "up"):
            return
        event.stop()
        at = self._offered.index(field.value) if field.value in self._offered else None
        step = 1 if event.key == "down" else -1
        first = 0 if step > 0 else len(self._offered) - 1
        field.value = self._offered[first if at is None else (at + step) % len(self._offered)]
        field.cursor_position = len(field.value)

    def action_option(self, number: int) -> None:
        if isinstance(self.focused, Input) or not self.armed or number > len(self._options):
            return
        self._choose(number - 1)

    def _choose(self, index: int) -> None:
        self._chosen = index
        self._show()
        self._look()
        self._focus_next_field()

    def _focus_next_field(self) -> None:
        """To what is still missing: a value, a reason, the word."""
        reason = self.query_one("#reason", Input)
        name = "#value" if self._missing else "#confirmation" if reason.value.strip() else "#reason"
        field = self.query_one(name, Input)
        field.focus()
        # What stands above it has just changed its height.
        self.call_after_refresh(self._bring_into_sight, field)

    def _bring_into_sight(self, field: Input) -> None:
        """A value where one is missing; else the exact commands, from their first line."""
        if field.id == "value":
            candidates = self.query_one("#candidates", OptionList)
            (candidates if candidates.display else field).scroll_visible(animate=False)
        else:
            self.query_one("#commands", Static).scroll_visible(animate=False, top=True)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_list.id == "options":
            self._choose(event.option_index)
        elif event.option_id is not None:
            self._give(event.option_id)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if event.option_list.id == "options" and event.option_index != self._chosen and self.armed:
            self._chosen = event.option_index
            self._show()
            self._look()

    def _give(self, given: str) -> None:
        hole = self._missing
        if hole is None or not given.strip():
            return
        self._values[hole.name] = given.strip()
        self.query_one("#value", Input).value = ""
        self._show()
        self._look()
        self._focus_next_field()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._check()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input.id == "value":
            self._give(event.value)
        elif event.input.id == "reason":
            self.query_one("#confirmation", Input).focus()
        elif self.query_one("#go", Button).disabled:
            missing = self._missing
            need = f"{missing.token} has no value yet." if missing else f'type "{self._word}" to confirm'
            self.complain(hindrance(self._state, self.option) or need)
        else:
            self._go()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "go":
            self._go()
        else:
            self.dismiss(None)

    def _go(self) -> None:
        values = {name: self._values[name] for name in self._holes if name in self._values}
        self.dismiss(
            StartRollback(
                option=self.option.id,
                confirmation=self.query_one("#confirmation", Input).value.strip().removeprefix(INSIST),
                despite=self._against,
                reason=self.query_one("#reason", Input).value.strip(),
                values=values,
            )
        )


def _marked(rows: Sequence[tuple[str, str, str]]) -> Content:
    """(mark, style, words) per line."""
    return Content("\n").join(Content.assemble((mark, style), (words, style)) for mark, style, words in rows)
