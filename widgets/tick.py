"""A box to tick whose state is a glyph, not a colour alone."""

from textual.content import Content
from textual.widgets import Checkbox


class Tick(Checkbox):
    """As the check list shows it: `[x]` and `[ ]`, which every terminal can draw."""

    def render(self) -> Content:
        return Content.assemble(
            ("[x] " if self.value else "[ ] ", "bold $ok" if self.value else "$muted"),
            (self.label.plain, "$bright" if self.has_focus else "$foreground"),
        )
