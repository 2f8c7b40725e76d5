"""A runbook to review: reviewed by Ann, and then changed, with something of each kind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from cockpit.opening.deploy import read_runbook
from cockpit.opening.old_texts import keep
from cockpit.opening.reading import read_as_reviewed, texts_of
from cockpit.opening.review import Review
from cockpit.paths import Layout
from cockpit.runbook.review.answers import Answers
from cockpit.settings.load import Settings
from cockpit.tui.review.app import ReviewApp
from tests.reading import review
from tests.waiting import soon
from widgets.bars import NextBar

RUNBOOK = """\
# Bakery

## Pre-flight
- [ ] The oven works (`bin/oven --test`)

## Deployment steps

### Knead
```bash
# The dough of tomorrow
bin/knead --all
```

### Bake
```bash
bin/bake --degrees 220
bin/cool
```

### Clean up
```bash
rm -rf flour/old
```

## Something else
```
bin/shopfront open
```

## Troubleshooting

### The oven is cold
```bash
bin/oven --heat
```

## Rollback

**Option 1: The old bread**
```bash
bin/shelf --swap
```

## What it prints
```json
{"bread": 12}
```

## Later
```bash
echo 'not closed
```
"""
AT = 1_763_820_000
"""2025-11-22."""


def made(
    root: Path, *, before: tuple[str, str] | None = None, by: str = "Ann Baker", ascii_only: bool = False
) -> ReviewApp:
    """The screen. `before`: the runbook as it was reviewed by Carl had the second word in the place of the first."""
    path = root / "docs" / "deploy.md"
    path.parent.mkdir(exist_ok=True)
    layout = Layout(root)
    if before is not None:
        path.write_text(RUNBOOK.replace(*before))
        review(path, "Carl Smith", AT)
        keep(layout, texts_of(read_as_reviewed(path, read_runbook(path)[1]).standings))
    path.write_text(RUNBOOK)
    return opened(root, by=by, ascii_only=ascii_only)


def opened(root: Path, *, by: str = "Ann Baker", ascii_only: bool = False) -> ReviewApp:
    """The screen of what is in the folder now."""
    path = root / "docs" / "deploy.md"
    reading = read_as_reviewed(path, read_runbook(path)[1])
    found = Review(Layout(root), Settings(), reading)
    return ReviewApp(found, Answers(reading.standings, by), opens=True, ascii_only=ascii_only)


class World:
    """What a test of keys needs."""

    def __init__(self, app: ReviewApp, pilot: Pilot[int]) -> None:
        self.app, self.pilot = app, pilot
        self.time = 100.0
        app.clock = lambda: self.time

    async def press(self, *keys: str) -> None:
        """One after the other, each with time to look before it."""
        for key in keys:
            self.time += 1
            await self.pilot.press(key)
            await self.pilot.pause()

    async def at(self, title: str) -> None:
        """Put the cursor on the script."""
        (name,) = [one.subject.id for one in self.app.ordered if one.subject.title == title]
        assert self.app.script_list.move_to(name)
        await self.pilot.pause()

    @property
    def here(self) -> str:
        """Title of the script under the cursor."""
        one = self.app.selected
        return one.subject.title if one is not None else ""

    def role(self, title: str) -> str:
        """What was said of it; empty where nothing was."""
        (one,) = [one for one in self.app.ordered if one.subject.title == title]
        return self.app.answers.given.get(one.subject.id, "")

    @property
    def next(self) -> str:
        return str(self.app.base.query_one(NextBar).content)

    @property
    def text(self) -> str:
        """What stands on the screen."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in line).rstrip() for line in strips)

    async def shows(self, words: str) -> None:
        await soon(lambda: words in self.text, f"{words!r} on the screen")


@asynccontextmanager
async def world(app: ReviewApp, size: tuple[int, int] = (140, 40)) -> AsyncIterator[World]:
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield World(app, pilot)
