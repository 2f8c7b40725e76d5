"""What is needed to review a runbook without a deploy: found, read, and planned as far as its settings allow."""

import contextlib
from dataclasses import dataclass

from cockpit.opening.deploy import locate, read_runbook
from cockpit.opening.old_texts import keep, old_text
from cockpit.opening.reading import Reading, planned, read_as_reviewed, save, texts_of
from cockpit.paths import Layout
from cockpit.planning.build import make_plan
from cockpit.runbook.review.answers import Answers
from cockpit.runbook.review.model import Record, Standing
from cockpit.settings.load import Settings


@dataclass(frozen=True)
class Review:
    """A runbook that is reviewed."""

    layout: Layout
    settings: Settings
    reading: Reading

    def before(self, one: Standing) -> str | None:
        """The text that was reviewed, where this one is another; None where it is the same, or nobody has it."""
        if one.entry is None or one.entry.sha256 == one.subject.sha256:
            return None
        return old_text(self.layout, self.reading.runbook, one.entry.sha256)

    def write(self, answers: Answers) -> Record:
        """Keep what was said: the record beside the runbook, and the texts for a later comparison. Raises
        ReadingError."""
        record = save(self.reading, answers)
        said = {entry.sha256 for entry in record.entries}
        keep(self.layout, {name: text for name, text in texts_of(self.reading.standings).items() if name in said})
        return record


def open_review(runbook: str | None, environment: str | None = None) -> Review:
    """Raises OpeningError, ReadingError, SettingsError."""
    root, settings, path = locate(runbook, environment)
    _, parsed = read_runbook(path)
    reading = read_as_reviewed(path, parsed)
    with contextlib.suppress(ValueError):  # settings that do not fit the runbook: `check` and `run` say so
        plan = make_plan(reading.read, settings, root=str(root), runbook_path=str(path), runbook_text="")
        reading, _ = planned(reading, plan)
    return Review(Layout(root), settings, reading)
