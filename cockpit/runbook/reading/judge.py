"""Evidence -> one role, the reasons, and how sure. Pure."""

from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct

from cockpit.runbook.model import Role, Sureness
from cockpit.runbook.reading.evidence import ALL, Vote
from cockpit.runbook.reading.seen import Seen
from cockpit.runbook.reading.weights import SURE, WEIGHTS, Answer


class Verdict(Struct, frozen=True):
    """The role of a fence, why, and how sure that is."""

    role: Role
    reasons: tuple[str, ...]
    sure: Sureness
    otherwise: Role = "step"
    """What it would be if it were commands: whether its comments ask anybody anything hangs on that."""


_WHAT = ("commands", "content")


def judge(seen: Seen) -> Verdict:
    """The role of one fence, as if no other stood around it: variants and other shells are told later."""
    votes = [vote for evidence in ALL for vote in evidence(seen)]
    what = _sums(votes, of=_WHAT)
    commands, content = what["commands"], what["content"]
    sums = _sums(votes, but=_WHAT)
    ranked = sorted(sums, key=lambda role: (-sums[role], role == "step"))
    role: Role = ranked[0]  # type: ignore[assignment]
    if content > commands:
        return Verdict("content", _reasons(votes, "content"), _sure(content - commands), role)
    if seen.unfit is not None and seen.unfit.is_broken:
        return Verdict("broken", (seen.unfit.reason,), "sure", role)
    margin = sums[role] - (sums[ranked[1]] if len(ranked) > 1 else 0)
    reasons = _reasons(votes, role)
    if role == "step":
        reasons = (*_reasons(votes, "commands"), *reasons[1:])
        margin = min(margin, commands - content)
    return Verdict(role, reasons, _sure(margin))


def _sums(votes: Iterable[Vote], *, of: tuple[str, ...] = (), but: tuple[str, ...] = ()) -> dict[Answer, int]:
    """A row of the table counts once, however often it was found: said twice is not truer."""
    found: dict[Answer, int] = defaultdict(int)
    for name in dict.fromkeys(vote.name for vote in votes):
        answer, weight = WEIGHTS[name]
        if (of and answer in of) or (but and answer not in but):
            found[answer] += weight
    return found


def _reasons(votes: Iterable[Vote], answer: Answer) -> tuple[str, ...]:
    mine = [vote for vote in votes if WEIGHTS[vote.name].answer == answer]
    mine.sort(key=lambda vote: -WEIGHTS[vote.name].weight)
    return tuple(dict.fromkeys(vote.why for vote in mine))


def _sure(margin: int) -> Sureness:
    return "sure" if margin >= SURE else "likely" if margin >= SURE // 2 else "unsure"
