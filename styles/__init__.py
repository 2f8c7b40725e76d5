"""Look: themes, roles (glyph, word and colour of every state), style sheet. No colour stands anywhere else."""

from pathlib import Path

SHEET = Path(__file__).with_name("cockpit.tcss")
