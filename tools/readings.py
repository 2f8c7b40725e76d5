"""Writes the records of the readings of the examples and of the demo. `--check`: exit 1 where one is not up to date.

What is new or changed is accepted as it is read: look at the difference before you commit it.
"""

import sys
from pathlib import Path

from cockpit.opening.deploy import read_runbook
from cockpit.opening.reading import Reading, listed, read_as_reviewed, save
from cockpit.runbook.review.answers import Answers

ROOT = Path(__file__).resolve().parents[1]
BY = "the authors of deploy-cockpit"
RUNBOOKS = (
    *sorted((ROOT / "examples").glob("*/RUNBOOK.md")),
    ROOT / "examples" / "production.md",
    ROOT / "cockpit" / "demo" / "template" / "docs" / "deploy.md",
)


def reading_of(runbook: Path) -> Reading:
    """As the record beside it has it."""
    return read_as_reviewed(runbook, read_runbook(runbook)[1])


def main(argument: str) -> int:
    """The exit status."""
    status = 0
    for runbook in RUNBOOKS:
        reading = reading_of(runbook)
        answers = Answers(reading.standings, BY)
        for one in reading.pending:
            answers.give(one)
        for line in listed(reading):
            print(line)
        if argument == "--check":
            status = 1 if reading.pending else status
        else:
            save(reading, answers)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
