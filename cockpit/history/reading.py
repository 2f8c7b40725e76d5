"""Reading the record of a deploy without its engine."""

from cockpit.deploy.events import Event
from cockpit.deploy.fold import fold
from cockpit.deploy.state import State
from cockpit.errors import CockpitError
from cockpit.journal.sqlite import Journal, JournalError
from cockpit.paths import Layout


def events_of(layout: Layout, deploy_id: str) -> list[Event]:
    """All events of the deploy. Raises CockpitError."""
    try:
        journal = Journal(layout.journal, read_only=True)
        try:
            return journal.read(deploy_id)
        finally:
            journal.close()
    except JournalError as error:
        raise CockpitError(str(error)) from error


def state_of(layout: Layout, deploy_id: str) -> State:
    return fold(events_of(layout, deploy_id))
