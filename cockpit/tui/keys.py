"""The keys of one screen: which there are, what they are called, which of them count now."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.widgets import Input

from cockpit.deploy.actions import expand
from cockpit.settings.keymap import BY_ID, Key
from widgets.bars import key_word

if TYPE_CHECKING:
    from cockpit.tui.app import CockpitApp

HELD_SECONDS = {
    **dict.fromkeys(("run", "now", "flag.advance", "flag.back", "flag.off"), 0.7),
    "tick": 0.3,
}
"""A key that repeats sooner is being held down, and acts once. 0.7: longer than the pause before a held key repeats
(0.66 s at most on the usual systems)."""


class Keys:
    """`table`: the screen's keys; `log`: those of its log pane."""

    def __init__(self, app: "CockpitApp", table: Sequence[Key], log: Sequence[BindingType]) -> None:
        self._app = app
        self.table = table
        self.log = [one for one in log if isinstance(one, Binding)]
        self._pressed: dict[str, float] = {}

    @property
    def here(self) -> list[Key]:
        """Of the screen's keys those that have something to do here."""
        other = "deploy" if self._app.is_rollout else "rollout"
        return [key for key in self.table if key.where != other]

    def bound(self, key_id: str, default: str) -> str:
        """Every key that is bound to it, as people call them."""
        keys = self._app.bound_keys.get(key_id, default)
        return " ".join(key_word(one.strip(), self._app.ascii_only) for one in keys.split(","))

    def all_of(self, key: Key) -> str:
        return self.bound(key.id, key.key)

    def of(self, action: str) -> str:
        """The first key that is bound to the action, as it is shown; its name where it has none."""
        key = next((one for one in self.table if one.id == action), BY_ID.get(action))
        return self.all_of(key).split(" ")[0] if key is not None else action

    def of_log(self, binding: Binding) -> str:
        """Every key of this action of the log."""
        return self.bound(binding.id or "", binding.key)

    def expand(self, text: str) -> str:
        """The text with each action that it names as its key."""
        return expand(text, self.of)

    def words_of(self, key: Key) -> str:
        """What the key does on this screen."""
        return key.words(rollout=self._app.is_rollout)

    def remapped(self, keys: Mapping[str, str]) -> dict[str, str]:
        """Those of the settings' keys that this screen has."""
        have = {key.id for key in self.table} | {one.id or "" for one in self.log}
        return {name: key for name, key in keys.items() if name in have}

    def is_repeat(self, action: str) -> bool:
        """True where the same key came so soon after the last time that it is being held down.

        By the times at which the keys were read, not handled: on a busy machine several wait in line.
        """
        now = self._app.key_time
        before, self._pressed[action] = self._pressed.get(action, float("-inf")), now
        return now - before < HELD_SECONDS.get(action, 0.0)

    def forget_pressed(self) -> None:
        """The next key is a new one."""
        self._pressed.clear()

    def counts(self, action: str) -> bool:
        """Whether the key is this action's now, and not the pane's, or a letter."""
        app = self._app
        if action == "now" and (app.state.countdown is None or app.in_dialog or isinstance(app.focused, Input)):
            return False
        if action.startswith("flag.") and not app.is_rollout:
            return False
        if action == "flag.off" and self._is_letter("O"):
            return False
        key = BY_ID.get(action)
        return not (app.read_only and key is not None and key.acts)

    def _is_letter(self, letter: str) -> bool:
        """True where somebody is writing."""
        try:
            return self._app.focused is not None and self._app.focused.check_consume_key(letter, letter)
        except NoMatches:
            return False
