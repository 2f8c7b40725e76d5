"""`cockpit review`, and the reading that stands before a deploy: which face asks, what is kept, what is refused."""

import sys
import time

import click

from cockpit.client.identity import who
from cockpit.errors import DONE, EXPECTED, REFUSED, USAGE, CockpitError, refused, said
from cockpit.launch import has_terminal, is_unicode
from cockpit.opening.deploy import Opened
from cockpit.opening.reading import Reading, ReadingError, listed, short
from cockpit.opening.review import Review, open_review
from cockpit.runbook.review.answers import Answers
from cockpit.runbook.review.model import Record


def start_review(
    runbook: str | None,
    *,
    environment: str | None = None,
    check: bool = False,
    accept: bool = False,
    yes: bool = False,
    linear: bool = False,
    ascii_only: bool = False,
    person: str | None = None,
) -> int:
    """`cockpit review`."""
    if check and (accept or linear):
        return said("--check only looks: it does not go with --accept or --linear", USAGE)
    if yes and not accept:
        return said("--yes goes with --accept", USAGE)
    try:
        review = open_review(runbook, environment)
        if check:
            return _check(review.reading)
        by = who(review.layout.root, person)
        if accept:
            return _accept(review, by, yes=yes)
        if not (has_terminal() or (linear and sys.stdin.isatty())):
            return _print(review)
        answers = Answers(review.reading.standings, by)
        _ask(review, answers, linear=linear, ascii_only=ascii_only, opens=False)
        if answers.given:
            review.write(answers)
            click.echo(_kept(review.reading, answers))
    except EXPECTED as error:
        return refused(error)
    return REFUSED if answers.open else DONE


def reading_before(opened: Opened, by: str, *, headless: bool, linear: bool, ascii_only: bool) -> Record:
    """Have somebody review what nobody has; gives the record with which the deploy may be opened. Raises CockpitError
    where something is left."""
    assert opened.reading is not None
    reading = opened.reading
    if headless:
        raise CockpitError(_refusal(reading), REFUSED)
    review = Review(opened.layout, opened.settings, reading)
    answers = Answers(reading.standings, by)
    done = _ask(review, answers, linear=linear, ascii_only=ascii_only, opens=True)
    record = reading.record
    if answers.given:
        try:
            record = review.write(answers)
            said(_kept(reading, answers), DONE)
        except ReadingError as error:
            if not done:
                raise
            # All of it was seen: the deploy need not wait for a folder that can be written.
            said(f"{error}. The deploy goes on with it; the next one asks again", DONE)
            record = answers.record(reading.record, int(time.time()))
    if not done:
        left = len(answers.open)
        scripts = "1 script is" if left == 1 else f"{left} scripts are"
        why = f"{scripts} not reviewed yet" if left else "the review was left, with all scripts reviewed"
        raise CockpitError(f"nothing was opened: {why}", REFUSED)
    return record


def _ask(review: Review, answers: Answers, *, linear: bool, ascii_only: bool, opens: bool) -> bool:
    if linear:
        from cockpit.console.review import review_lines

        return review_lines(review, answers, input, click.echo)
    # The screen's libraries take 150 ms: only who wants the screen pays.
    from cockpit.tui.review.app import run_review

    return run_review(review, answers, ascii_only=ascii_only or not is_unicode(), opens=opens)


def _kept(reading: Reading, answers: Answers) -> str:
    many = "1 answer" if len(answers.given) == 1 else f"{len(answers.given)} answers"
    left = f", {len(answers.open)} open" if answers.open else ""
    return f"{many} by {answers.by}{left}, kept in {short(reading.path)}: commit it with the runbook"


def _check(reading: Reading) -> int:
    if not reading.pending:
        click.echo(f"{short(reading.runbook)}: every script is reviewed")
        return DONE
    for line in listed(reading):
        click.echo(line)
    count = len(reading.pending)
    return said(f"{count} script{'s' if count > 1 else ''} to review: cockpit review {short(reading.runbook)}", REFUSED)


def _accept(review: Review, by: str, *, yes: bool) -> int:
    """The whole reading as it is, from a script: whoever gives the command answers for it."""
    reading = review.reading
    answers = Answers(reading.standings, by)
    for line in listed(reading):
        click.echo(line)
    if not reading.pending:
        click.echo(f"{short(reading.runbook)}: every script is reviewed")
        return DONE
    if not yes:
        return said(f"nothing was accepted. Add --yes to accept all of them as {by}", REFUSED)
    for one in reading.pending:
        answers.give(one)
    review.write(answers)
    click.echo(_kept(reading, answers))
    return DONE


def _print(review: Review) -> int:
    from cockpit.console.review import list_lines

    list_lines(review.reading.standings, review.reading.running, click.echo)
    if review.reading.pending:
        said(f"{len(review.reading.pending)} to review, in a terminal; or with --accept --yes as they are read", DONE)
    return DONE


def _refusal(reading: Reading) -> str:
    count = len(reading.pending)
    scripts = "1 script is not reviewed as it is" if count == 1 else f"{count} scripts are not reviewed as they are"
    listing = "".join(f"\n  {line}" for line in listed(reading))
    return (
        f"nothing was opened: {scripts} now:{listing}\n"
        f"Review them with `cockpit review {short(reading.runbook)}` in a terminal and commit {reading.path.name}; "
        "or run with --accept-reading, which the log records"
    )
