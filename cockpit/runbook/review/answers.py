"""A review while it goes on: what the person has said so far, and the record that comes of it. Pure."""

from collections.abc import Iterator, Sequence

from cockpit.runbook.model import Role
from cockpit.runbook.review.matching import match
from cockpit.runbook.review.model import Entry, Record, Standing, Subject


class Answers:
    """`standings` in the order of the document; `by` is who reviews."""

    def __init__(self, standings: Sequence[Standing], by: str) -> None:
        self.standings = tuple(standings)
        self.by = by
        self.given: dict[str, Role] = {}
        """By id: the role that was accepted or set."""

    def role(self, one: Standing) -> Role:
        """What it is taken for so far."""
        return self.given.get(one.subject.id, one.role)

    def is_open(self, one: Standing) -> bool:
        """Somebody still has to say something."""
        return one.pending and one.subject.id not in self.given

    @property
    def open(self) -> list[Standing]:
        """What is still to be said something of."""
        return [one for one in self.standings if self.is_open(one)]

    @property
    def plain(self) -> list[Standing]:
        """Of these the ones so clear that all of them can be accepted at once."""
        return [one for one in self.open if one.plain]

    def give(self, one: Standing, role: Role | None = None) -> str:
        """Accept it as it is taken, or as `role`. Gives why not, in words; empty where it was done."""
        wanted = role or self.role(one)
        if one.subject.role == "broken":
            return f"no shell can read it, so it cannot run: mend line {one.subject.line} of the runbook"
        if wanted != one.subject.role and wanted not in one.subject.settable:
            if one.subject.fixed:
                return f"its {one.subject.fixed} says what it is: change that in the runbook"
            return f"it cannot be {CALLED[wanted]}"
        if one.state == "free" and wanted == one.subject.role:
            self.given.pop(one.subject.id, None)
            return ""
        self.given[one.subject.id] = wanted
        return ""

    def give_plain(self) -> int:
        """Accept all that is sure, as it is read; gives how many. What is unsure, changed or destroys is left."""
        found = self.plain
        for one in found:
            self.given[one.subject.id] = one.role
        return len(found)

    def take_back(self, one: Standing) -> bool:
        """Forget what was said of it; False where nothing was."""
        return self.given.pop(one.subject.id, None) is not None

    def record(self, before: Record, at: int) -> Record:
        """The record with what was said, in the order of the document. `before`: as it is in the file now, which may
        have what somebody else has said meanwhile; scripts that are gone from the runbook are left out."""
        said = match([one.subject for one in self.standings], before)
        return Record(tuple(self._entries(said, at)))

    def _entries(self, said: dict[str, tuple[Entry, bool]], at: int) -> Iterator[Entry]:
        for one in self.standings:
            subject, role = one.subject, self.given.get(one.subject.id)
            entry, _ = said.get(subject.id, (None, False))
            if role is not None:
                yield Entry(
                    id=subject.id, title=subject.title, role=role, read_as=subject.role, sha256=subject.sha256,
                    by=self.by, at=at, usual=subject.usual and role == subject.role,
                )  # fmt: skip
            elif entry is not None:
                # Under its present id: the next one who looks need not guess where it came from.
                yield Entry(
                    id=subject.id, title=subject.title, role=entry.role, read_as=entry.read_as, sha256=entry.sha256,
                    by=entry.by, at=entry.at, usual=entry.usual,
                )  # fmt: skip


_LATER = {"broken": 2, "reviewed": 3}


def in_order(standings: Sequence[Standing], running: Sequence[tuple[int, str]]) -> list[Standing]:
    """What is doubtful first, then what is clear, then what was reviewed, then what never runs; each in the order in
    which the plan runs it. `running`: first line and text of the plan's scripts, in that order."""
    place: dict[tuple[int, str], int] = {}
    for number, one in enumerate(running):
        place.setdefault(one, number)
    last = len(place)

    def key(one: Standing) -> tuple[int, int, int]:
        subject: Subject = one.subject
        return (
            0 if doubtful(one) else 1 if one.pending else _LATER.get(one.state, 4),
            place.get((subject.body_line, subject.text), last),
            subject.line,
        )

    return sorted(standings, key=key)


def doubtful(one: Standing) -> bool:
    """To be looked at by itself: unsure, changed, read otherwise than before."""
    return one.pending and (one.state != "new" or one.subject.sure == "unsure")


CALLED: dict[Role, str] = {
    "step": "a step", "optional": "optional", "alternative": "an alternative", "rollback": "a rollback option",
    "contingency": "a contingency", "setup": "setup", "reference": "reference", "content": "not commands",
    "remote": "lines for another shell", "broken": "broken",
}  # fmt: skip
"""Each role as it stands in a sentence: `accepts it as ...`."""
