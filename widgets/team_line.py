"""What the status bar says of the team: whose the deploy is, how far the team's journal is behind, who looks."""

from typing import NamedTuple

from cockpit.deploy.approvals.second_person import same_person
from cockpit.deploy.state import State
from cockpit.deploy.team.divergence import short_banner
from cockpit.text.amounts import seconds_words
from styles.roles import TEAM
from widgets.rows import Piece


class Way(NamedTuple):
    """How this screen comes to a deploy that another machine owns."""

    host: str
    silent_seconds: float
    dead: bool
    trouble: str
    """Why nothing is heard; empty while all is well."""
    offered_to: str = ""
    left: str = ""
    """What this machine did alone, and the closed record does not say."""

    def words(self) -> str:
        """`runs on web-1`; more where it is silent."""
        if self.trouble:
            return f"on {self.host}, no contact: {self.trouble}"
        if self.dead:
            return f"on {self.host}, no contact for {seconds_words(self.silent_seconds)}"
        return f"on {self.host}"


QUIET_SECONDS = 12.0
"""Two heartbeats and some: from then on the silence is said."""


def team_pieces(state: State, way: Way | None, me: str, *, ascii_only: bool) -> list[Piece]:
    """From the most important to the least; empty where the deploy is this machine's alone."""
    team = state.team
    if team is None or state.closed is not None:
        return []
    pieces: list[Piece] = []
    apart = short_banner(state)
    silent = way is not None and (way.dead or bool(way.trouble) or way.silent_seconds > QUIET_SECONDS)
    if apart and not silent:
        pieces.append((f"{apart}  ", "bold $breach"))
    if way is not None:
        # How old everything else is comes first: on a narrow screen there is room for one.
        lost = way.dead or bool(way.trouble)
        said = f"{way.host} no contact {seconds_words(way.silent_seconds)}" if silent else f"on {way.host}"
        pieces.append((f"{said}  ", "bold $breach" if lost else "bold $alert"))
    elif team.lost is not None:
        pieces.append((f"team journal {state.seq - team.lost.seq} behind  ", "bold $alert"))
    if apart and silent:
        pieces.append((f"{apart}  ", "bold $breach"))
    if team.without_lock and way is None:
        pieces.append(("no team lock  ", "bold $alert"))
    if team.offer is not None:
        to = "you" if same_person(team.offer.to, me) else team.offer.to
        pieces.append((f"handed over to {to}  ", "bold $alert"))
    others = [one for one in team.watchers if not same_person(one.name, me)]
    if others:
        who = f"{len(others)} others watching" if len(others) > 1 else f"{others[0].name} watching"
        pieces.append((f"{TEAM.mark(ascii_only)} {who}  ", "$muted"))
    return pieces
