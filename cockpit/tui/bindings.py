"""The table of keys as Textual wants it."""

from collections.abc import Sequence

from textual.binding import Binding

from cockpit.settings.keymap import KEYS, Key


def bindings(keys: Sequence[Key] = KEYS) -> list[Binding]:
    return [
        Binding(key.key, key.action, key.word, id=key.id, tooltip=key.tooltip, show=False, priority=key.priority)
        for key in keys
    ]
