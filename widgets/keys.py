"""What an action is reached by on this screen: texts of the core name actions, a screen shows keys."""

from textual.widget import Widget

from cockpit.deploy.actions import expand


def keyed(widget: Widget, text: str) -> str:
    """The text with each action as the key that is bound to it."""
    keys = getattr(widget.app, "keys", None)
    return expand(text, keys.of if keys is not None else str)
