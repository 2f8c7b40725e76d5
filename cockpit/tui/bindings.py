"""The table of keys as Textual wants it."""

from collections.abc import Sequence

from textual.binding import Binding

from cockpit.settings.keymap import BY_ID, KEYS, REPLAY_KEYS, Key
from widgets.bars import key_word

__all__ = ["BY_ID", "KEYS", "REPLAY_KEYS", "Key", "bindings", "key_word"]


def bindings(keys: Sequence[Key] = KEYS) -> list[Binding]:
    return [
        Binding(key.key, key.action, key.word, id=key.id, tooltip=key.tooltip, show=False, priority=key.priority)
        for key in keys
    ]
