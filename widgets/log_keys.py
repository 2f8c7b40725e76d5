"""The keys of the log view, each with an id to remap it by and a sentence for the help."""

from textual.binding import Binding, BindingType


def _key(keys: str, action: str, description: str, name: str, tooltip: str) -> Binding:
    return Binding(keys, action, description, id=f"log.{name}", tooltip=tooltip, show=False)


BINDINGS: list[BindingType] = [
    _key("f", "follow", "Follow", "follow", "Follow the end of the log"),
    _key("t", "times", "Timestamps", "times", "Show or hide when each line was written, in UTC"),
    _key("w", "wrap", "Wrap", "wrap", "Wrap long lines, or cut them"),
    _key("y", "copy_line", "Copy line", "copy-line", "Copy the current line"),
    _key("Y", "copy_pane", "Copy pane", "copy-pane", "Copy the lines on the screen"),
    _key("o", "pager", "Pager", "pager", "Open the whole log in $PAGER"),
    _key("n", "next_match", "Next match", "next-match", "Go to the next match of the filter"),
    _key("N", "previous_match", "Previous match", "previous-match", "Go to the previous match of the filter"),
    _key("v", "context", "Context", "context", "Show a match among all lines, or only the matches again"),
    _key("up", "move(-1)", "Up", "up", "One line up; stops following"),
    _key("down", "move(1)", "Down", "down", "One line down"),
    _key("pageup", "page(-1)", "Page up", "page-up", "One page up; stops following"),
    _key("pagedown", "page(1)", "Page down", "page-down", "One page down"),
    _key("home,g", "start", "Start", "start", "The first line; stops following"),
    _key("end,G", "follow", "End", "end", "The last line, and follow"),
    _key("left", "sideways(-1)", "Left", "left", "Towards the start of long lines"),
    _key("right", "sideways(1)", "Right", "right", "Towards the end of long lines"),
]
