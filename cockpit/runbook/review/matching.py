"""Which scripts of a runbook were reviewed, by a record; which are new, changed, or read as something else. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from cockpit.runbook.model import Role
from cockpit.runbook.review.model import ASKED, Entry, Record, Standing, State, Subject
from cockpit.runbook.review.subjects import OFFERED

Place = tuple[int, str]
"""First line and text of a script of a plan."""


def stand(found: Sequence[Subject], record: Record, running: Collection[Place] = ()) -> tuple[Standing, ...]:
    """Where each script stands, in the same order. `running`: the scripts of the plan; what the settings take into it
    has to be reviewed whatever it is read as."""
    said = match(found, record)
    return tuple(_standing(one, said.get(one.id), running) for one in found)


def match(found: Sequence[Subject], record: Record) -> dict[str, tuple[Entry, bool]]:
    """By id of a script: what was said of it, and whether of this very text.

    First the same id and text; then the same text under another id, where only one assignment makes sense (a heading
    was renamed, a script moved); what is left with the same id is another text now.
    """
    entries = {entry.id: entry for entry in record.entries}
    said: dict[str, tuple[Entry, bool]] = {}
    for one in found:
        entry = entries.get(one.id)
        if entry is not None and entry.sha256 == one.sha256:
            said[one.id] = entries.pop(one.id), True
    left = [one for one in found if one.id not in said]
    for text in dict.fromkeys(one.sha256 for one in left):
        moved = [one for one in left if one.sha256 == text]
        known = [entry for entry in entries.values() if entry.sha256 == text]
        if len(moved) == len(known) and _alike(known):
            for one, entry in zip(moved, known, strict=True):
                said[one.id] = entries.pop(entry.id), True
    for one in left:
        before = next((name for name in _ids(one.id) if name in entries), None)
        if one.id not in said and before is not None:
            said[one.id] = entries.pop(before), False
    return said


def _ids(name: str) -> tuple[str, ...]:
    """Under which ids it may have stood: the command of a check box has another one once it may change something."""
    return name, name.removesuffix(OFFERED) if name.endswith(OFFERED) else f"{name}{OFFERED}"


def _alike(entries: Iterable[Entry]) -> bool:
    """The same was said of all of them: it does not matter which is which."""
    return len({(entry.role, entry.read_as) for entry in entries}) == 1


def _standing(one: Subject, said: tuple[Entry, bool] | None, running: Collection[Place]) -> Standing:
    entry, same = said or (None, False)
    asked = one.role in ASKED or (one.body_line, one.text) in running
    if one.role == "broken":
        return Standing(one, "broken", "broken", entry)
    if entry is None:
        return Standing(one, "new" if asked else "free", one.role)
    role = _said(one, entry)
    if not same:
        # What a person called a script and the reader does not is asked about again, or it would silently not run.
        return Standing(one, "changed" if asked or role in ASKED else "free", role, entry)
    state: State = "reviewed"
    other = one.role not in (entry.read_as, entry.role) or role not in (entry.role, one.role)
    # The text around a script can make it the one that runs without being asked for.
    if other or (one.usual and not entry.usual and role == one.role):
        state = "role" if asked or role in ASKED else "free"
    return Standing(one, state, role, entry)


def _said(one: Subject, entry: Entry) -> Role:
    """The person's role where they gave one of their own and it can still be given; else the reader's."""
    if entry.role == entry.read_as:
        return one.role
    return entry.role if entry.role in one.settable else one.role


def roles_of(standings: Iterable[Standing]) -> dict[str, Role]:
    """By id: the roles that people gave, where they are others than the reader's."""
    return {one.subject.id: one.role for one in standings if one.role != one.subject.role}


def by_of(standings: Iterable[Standing]) -> Mapping[str, Entry]:
    """By id: what was said of the scripts that were reviewed."""
    return {one.subject.id: one.entry for one in standings if one.state == "reviewed" and one.entry is not None}
