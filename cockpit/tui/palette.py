"""Every action by other ways than its key: the palette, the mouse; and what the first deploy is told of its panes."""

from collections.abc import Iterable
from functools import partial

from rich.cells import cell_len
from textual.app import SystemCommand
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input

from cockpit.tui.actions.rollout import OF_ROLLOUTS, Rolling
from cockpit.tui.bindings import BY_ID, KEYS
from widgets.bars import KeyBar, PhaseBar, key_word
from widgets.runner_pane import RunnerPane

EDGES = 4
"""Columns of a pane's lower edge that are not its words'."""


class Reaching(Rolling):
    """On top of all actions: how they are reached."""

    newcomer = False
    """This machine has shown no deploy before: each pane explains itself in one line."""

    # -- the palette

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every key of the table and of the log by its words, and nothing that the cockpit has not."""
        for key in self.keys_here:
            if key.action not in ("command_palette",) and not (self.read_only and key.acts):
                shown = self._bound(key.id, key.key)
                words = f"{self.words_of(key)} ({shown})"
                yield SystemCommand(key.word.capitalize(), words, partial(self.run_action, key.action))
        for binding in () if self.is_rollout else self.log_keys:
            if isinstance(binding, Binding) and binding.tooltip:
                words = f"{binding.tooltip} ({self.log_key(binding)})"
                yield SystemCommand(
                    f"Log: {binding.description.lower()}", words, partial(self._in_log_pane, binding.action)
                )

    async def _in_log_pane(self, action: str) -> None:
        """What a key of the log does, from wherever it is asked for."""
        if self.one_pane:
            self.show_pane("runner")
        await self.run_action(action, default_namespace=self.log_view)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A read-only cockpit has no acting keys at all."""
        if action == "now" and (
            self.state.countdown is None or len(self.screen_stack) > 1 or isinstance(self.focused, Input)
        ):
            # Without a countdown the key is the log's, and in a dialog or a field it is a letter.
            return False
        if action in OF_ROLLOUTS and (not self.is_rollout or (action == "flag_off" and self.off_is_a_letter())):
            return False
        acting = {key.action for key in KEYS if key.acts}
        return not (self.read_only and action in acting)

    def hints(self) -> list[tuple[str, str]]:
        """In the field of the filter a letter is a letter; a pane that fills the screen says how to go back."""
        if isinstance(self.focused, Input) and self.focused.id == "filter":
            return [(key_word("enter", self.ascii_only), "keep it and go to the log"), ("esc", "all lines again")]
        found = super().hints()
        zoom = self._bound("zoom", BY_ID["zoom"].key).split(" ")[0]
        if not self.screen_stack[0].query("#panes.zoomed") or (zoom, BY_ID["zoom"].word) not in found:
            return found
        rest = [one for one in found if one[0] != zoom]
        return [*rest[:1], (zoom, "all panes"), *rest[1:]]

    # -- the mouse

    def on_phase_bar_picked(self, message: PhaseBar.Picked) -> None:
        """A click looks, and never enters a phase."""
        message.stop()
        self.viewed = message.phase
        if self.one_pane:
            self.show_pane("tasks")
        self.soon()

    async def on_key_bar_picked(self, message: KeyBar.Picked) -> None:
        """A click on a key and its word is the key."""
        message.stop()
        for key in self.keys_here:
            if message.key in self._bound(key.id, key.key).split(" "):
                if self.check_action(key.action.partition("(")[0], ()):
                    await self.run_action(key.action)
                return
        for binding in self.log_keys:
            if isinstance(binding, Binding) and message.key in self.log_key(binding).split(" "):
                await self._in_log_pane(binding.action)
                return

    # -- the first deploy of all

    def explain(self) -> None:
        """One line in the lower edge of each pane; in the log's pane, whose edge says whether it is followed, above."""
        if not self.newcomer:
            return
        base = self.screen_stack[0]
        for name, (long, short) in self._explained().items():
            pane = base.query_one(f"#{name}")
            room = pane.size.width - EDGES
            words = long if cell_len(long) <= room else short
            if isinstance(pane, RunnerPane):
                pane.explain(f" {words}")
            elif str(pane.border_subtitle or "") != words:
                pane.border_subtitle = Content(words)

    def _explained(self) -> dict[str, tuple[str, str]]:
        """By pane: what it is and its keys, and the keys alone."""

        def at(key_id: str) -> str:
            return self._bound(key_id, BY_ID[key_id].key).split(" ")[0]

        def log(key: str) -> str:
            found = (one for one in self.log_keys if isinstance(one, Binding) and one.id == f"log.{key}")
            return self.log_key(next(found)).split(" ")[0]

        todo = f"{at('run')} runs, {at('tick')} ticks, {at('next')} goes to the next"
        said = f"{log('follow')} follows, {at('filter')} filters, {log('copy-line')} copies, {log('pager')} opens all"
        stages, flag = f"{at('flag.advance')} sets the next", f"{at('flag.off')} sets it off"
        return {
            "tasks": (f"what is to be done: {todo}", todo),
            "runner": (f"what runs, and what it says: up stops it, {said}", said),
            "metrics": (f"how production is: {at('chart')} shows one large", f"{at('chart')} shows one large"),
            "stages": (f"one stage after the other: {stages}", stages),
            "flag": (f"what the flag reads, what judges it, what was changed: {flag}, from anywhere", flag),
        }

    def log_key(self, binding: Binding) -> str:
        """A key of the log, as it is now."""
        keys = self._keymap.get(binding.id or "", binding.key)
        return " ".join(key_word(one.strip(), self.ascii_only) for one in keys.split(","))
