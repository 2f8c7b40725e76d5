"""A deploy that several machines share: what its screen says of the other machine, and of who waits."""

from typing import TYPE_CHECKING

from cockpit.deploy import events as e
from cockpit.deploy.approvals.second_person import same_person
from cockpit.deploy.recommend import Recommendation
from cockpit.text.amounts import seconds_words
from widgets.team_line import QUIET_SECONDS

if TYPE_CHECKING:
    from cockpit.tui.app import CockpitApp

TOAST_SECONDS = 20


class TeamWords:
    def __init__(self, app: "CockpitApp") -> None:
        self._app = app

    def wanted(self) -> Recommendation | None:
        """What the team wants before anything else; None where nothing."""
        app, way = self._app, self._app.way
        if way is None or app.state.closed is not None:
            return None
        silent = seconds_words(way.silent_seconds)
        old = f"the screen is {silent} old"
        if way.dead:
            words = f"no contact with {way.host}, which runs this deploy, for {silent}; {old}"
            if app.read_only:
                return Recommendation(f"{words}. Take over with `cockpit attach`", urgent=True)
            return Recommendation(f"{words}. ⟦take-over⟧: take over", "take-over", urgent=True)
        if way.trouble:
            return Recommendation(f"no contact with {way.host}, {old}: {way.trouble}", urgent=True)
        if way.silent_seconds > QUIET_SECONDS:
            return Recommendation(f"no contact with {way.host} for {silent}; {old}", urgent=True)
        if app.read_only:
            return None
        if way.offered_to and same_person(way.offered_to, app.session.by):
            offer = app.state.team.offer if app.state.team is not None else None
            note = f": {offer.note}" if offer is not None else ""
            return Recommendation(f"the deploy has been handed over to you{note}. ⟦take-over⟧: take over", "take-over")
        return None

    def tell(self, event: e.Event) -> None:
        """A word where the eye is: somebody waits, or the deploy changes hands."""
        app, body = self._app, event.body
        if isinstance(body, e.DeployAskedFor):
            app.notify(
                f"{event.by} is waiting for this environment: {body.reason}", timeout=TOAST_SECONDS, markup=False
            )
        elif isinstance(body, e.DeployTakenOver):
            app.notify(f"{event.by} took the deploy over on {body.host}", timeout=TOAST_SECONDS, markup=False)
