"""A review as plain lines, one question after another: for screen readers and bare terminals."""

from collections.abc import Callable, Sequence

from cockpit.opening.reading import short, why
from cockpit.opening.review import Review
from cockpit.runbook.review.answers import CALLED, Answers, in_order
from cockpit.runbook.review.changes import changes
from cockpit.runbook.review.model import SETTABLE, Standing
from cockpit.runbook.review.subjects import handed
from cockpit.text.sanitize import one_line, visible

Ask = Callable[[str], str]
"""Gives the line that is typed. Raises EOFError or KeyboardInterrupt where the person leaves."""
Out = Callable[[str], None]
STATES = {
    "reviewed": "reviewed", "new": "new", "changed": "changed", "role": "read otherwise", "free": "not asked",
    "broken": "cannot run",
}  # fmt: skip
_HELP = "enter accepts it as that; a role sets another one ({roles}); all: all that is sure; later; leave"


def review_lines(review: Review, answers: Answers, ask: Ask, out: Out) -> bool:
    """Ask about everything that is open; True once nothing is."""
    ordered = in_order(answers.standings, review.reading.running)
    waiting = [one for one in ordered if one.pending]
    out(f"{len(waiting)} of {len(ordered)} to review, by {answers.by}: {short(review.reading.runbook)}")
    out(_HELP.format(roles=", ".join(SETTABLE)))
    try:
        for number, one in enumerate(waiting, 1):
            if answers.is_open(one):
                _show(one, review, f"{number} of {len(waiting)}", out)
                _answered(one, answers, ask, out)
    except (EOFError, KeyboardInterrupt):
        out("")
    left = len(answers.open)
    out(f"{len(answers.given)} answered, {left} open" if left else f"all {len(waiting)} are reviewed")
    return not left


def _show(one: Standing, review: Review, place: str, out: Out) -> None:
    subject = one.subject
    out("")
    out(f"{place}, line {subject.line}: {subject.title}" + (f" ({subject.where})" if subject.where else ""))
    out(f"  {one.role}, {why(one)}")
    for reason in subject.reasons[1:] if one.entry is None else ():
        out(f"  {one_line(reason)}")
    if harm := subject.destroys(one.role):
        out(f"  careful: {one_line(harm)}")
    if subject.interpreter:
        out(f"  read by {one_line(subject.interpreter)}, not bash")
    before = review.before(one) if one.state == "changed" else None
    if before is not None:
        for line in changes(before, handed(subject.text, subject.interpreter)):
            words = {"-": "was", "+": "now", "~": "..."}.get(line.sign, "   ")
            out(f"    {words} {line.text}".rstrip())
        return
    if one.state == "changed":
        out("  the text that was reviewed is not to be found here, nor in git's history: this is all of the new one")
    for text in visible(subject.text).rstrip("\n").split("\n"):
        out(f"    {text}")


def _answered(one: Standing, answers: Answers, ask: Ask, out: Out) -> None:
    """Until an answer can be taken, or it is left for later."""
    role = answers.role(one)
    careful = one.careful
    question = f"{CALLED[role]}? (yes: it is one)" if careful else f"{CALLED[role]}?"
    while True:
        said = one_line(ask(f"{question} ")).lower()
        if said == "later":
            return
        if said == "leave":
            raise EOFError
        if said == "all":
            out(f"  accepted: {answers.give_plain()}")
            if not answers.is_open(one):
                return
        elif not said and careful:
            out("  a way back, or something that destroys, is accepted with yes")
        elif said in ("", "yes", *SETTABLE, role):
            refusal = answers.give(one, None if said in ("", "yes") else said)  # type: ignore[arg-type]
            if not refusal:
                return
            out(f"  no: {refusal}")
        else:
            out("  " + _HELP.format(roles=", ".join(SETTABLE)))


def list_lines(standings: Sequence[Standing], running: Sequence[tuple[int, str]], out: Out) -> None:
    """Every script and where it stands, in the order in which it is asked about."""
    for one in in_order(standings, running):
        out(f"line {one.subject.line:<5} {STATES[one.state]:<14} {one.role:<12} {one.subject.title}")
        if one.pending:
            out(f"           {why(one)}")
        elif one.entry is not None and one.state == "reviewed":
            out(f"           by {one.entry.by}")
