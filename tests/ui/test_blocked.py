"""The checklist and the pane of a step that no shell can read."""

from pathlib import Path

import pytest

from styles.roles import BLOCKED
from tests.ui.engine_app import cockpit

BROKEN = """\
# Baking

## Deployment steps

### Knead
```bash
echo knead
```

### Bake
```bash
echo 'baking
```
"""


@pytest.mark.parametrize("ascii_only", [False, True])
async def test_a_step_that_cannot_run_stands_out_and_says_why(tmp_path: Path, ascii_only: bool) -> None:
    async with cockpit(tmp_path, BROKEN, ascii_only=ascii_only) as here:
        await here.at("Bake")
        await here.shows(f"{BLOCKED.mark(ascii_only)} Bake")
        await here.shows(f"{BLOCKED.mark(ascii_only)} {BLOCKED.word}: ")
        await here.press("s")
        await here.dialog("Skip")
