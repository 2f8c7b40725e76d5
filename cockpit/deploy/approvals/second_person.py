"""Two people for one step: somebody else than the one who starts it has confirmed exactly what runs. Pure."""

from hashlib import sha256

from cockpit.deploy.base import COCKPIT
from cockpit.deploy.plan import Task
from cockpit.deploy.state import Confirmation, State
from cockpit.runbook.placeholders import CannotFill, fill_placeholders

NOBODY = frozenset({"", "somebody", COCKPIT})
"""Names that stand for no person."""
HOW = "⟦confirm⟧ in their own session: cockpit attach --as NAME"


_AS = " (as "
"""Between a login and the name that its person goes by: `anna (as Anna Berg)`."""


def acts_as(login: str, name: str) -> str:
    """Who acts from another machine: the database's login, and behind it the name that they say."""
    if is_nobody(name):
        return f"login {login}"
    return name if _folded(name) == _folded(login) else f"{login}{_AS}{name})"


def same_person(name: str, other: str) -> bool:
    """True where both are one person's name: case and spaces aside. A login that says another name is both of them:
    it cannot be a second person beside itself."""
    return bool(_names(name) & _names(other))


def _names(name: str) -> set[str]:
    login, between, said = name.partition(_AS)
    return {_folded(login), _folded(said.removesuffix(")"))} if between else {_folded(name)}


def is_nobody(name: str) -> bool:
    """True for a name that says nothing of who it is."""
    return _folded(name) in NOBODY


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def digest_of(state: State, task: Task) -> str:
    """What names the script as it would run now, its placeholders filled. Raises CannotFill."""
    assert task.script is not None
    return sha256(fill_placeholders(task.script.body, state.values).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def valid(state: State, task: Task, *, edited: bool = False) -> tuple[Confirmation, ...]:
    """Confirmations that hold for the next attempt: of the same text; of an edited one, those given for it."""
    have = state.of(task.id)
    if edited:
        return tuple(one for one in have.confirmations if one.edited and one.attempt == have.attempt + 1)
    try:
        digest = digest_of(state, task)
    except CannotFill:
        return ()
    return tuple(one for one in have.confirmations if one.digest == digest)


def why_unconfirmed(state: State, task: Task, by: str, *, edited: bool = False) -> str:
    """Reason that this person may not start the step yet; empty where they may. A way back waits for nobody."""
    if not task.second_person or state.plan is None or task not in state.plan.tasks:
        return ""
    given = valid(state, task, edited=edited)
    if any(not same_person(one.by, by) for one in given) and not is_nobody(by):
        return ""
    what = f'"{task.title}"' + (", edited," if edited else "")
    if is_nobody(by):
        return f"{what} needs approval, and your name is not set. Set git's user.name, or use --as NAME."
    if given:
        return f"{what} is approved by {by}, so someone else must run it, or approve it too ({HOW})."
    changed = " again, as its text has changed" if state.of(task.id).confirmations else ""
    return f"{what} needs approval: {by} wants to run it, so someone else must approve it{changed} ({HOW})."


def hint(state: State, task: Task, by: str) -> str:
    """What the step still needs of people, said before anybody asks; empty where nothing."""
    if not why_unconfirmed(state, task, by):
        return ""
    if valid(state, task) and not is_nobody(by):
        return f"approved by {by}; someone else must run it, or approve it too (⟦confirm⟧)"
    return "needs approval from someone else: ⟦confirm⟧ in their own session"


def confirmed_words(state: State, task: Task) -> str:
    """`bob`, `bob and eve`: who confirmed what would run now; empty where nobody."""
    given = valid(state, task) or valid(state, task, edited=True)
    return " and ".join(dict.fromkeys(one.by for one in given))
