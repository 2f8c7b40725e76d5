"""Look: the themes, the roles (glyph, word and colour of every state) and the style sheet. No colour stands anywhere else."""

from pathlib import Path

SHEET = Path(__file__).with_name("cockpit.tcss")
