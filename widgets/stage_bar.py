"""`5 % ✔ › 25 % ▶ › 50 % ◷ › 100 % ◷`: the stages of a rollout on one line, in the place of the phases."""

from rich.cells import cell_len
from textual.content import Content

from cockpit.deploy.state import State
from styles.roles import STAGE
from widgets.rows import Piece


def stage_bar(state: State, width: int, keys: str, *, ascii_only: bool) -> Content:
    """The stages, the one that is set underlined; at the right edge `keys`, those that are always there."""
    plan, have = state.plan, state.rollout
    assert plan is not None
    assert plan.rollout is not None
    assert have is not None
    pieces: list[Piece] = [(" ", "")]
    for place, stage in enumerate(have.stages):
        if place:
            pieces.append((" > " if ascii_only else " › ", "$muted"))
        role = STAGE[stage.status]
        pieces.append((plan.rollout.named(place), f"{role.colour} underline" if place == have.stage else role.colour))
        pieces.append((f" {role.mark(ascii_only)}", role.colour))
    right: Piece = ("" if state.closed is not None else keys, "bold")
    room = width - sum(cell_len(text) for text, _ in pieces) - cell_len(right[0])
    return Content.assemble(*pieces, (" " * room, ""), right) if room > 0 else Content.assemble(*pieces)
