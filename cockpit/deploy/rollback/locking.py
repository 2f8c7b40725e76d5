"""What a deploy leaves behind: after a rollback its environment stays locked, whether that went well or not.

The worse end is never handled more laxly: where a rollback failed, was given up or could not begin, nobody knows what
runs in production, and the next deploy must not go on top of it without a person's word.
"""

from msgspec import Struct

from cockpit.deploy.state import State

GOOD = "was rolled back"
_HOW = {
    "stopping": "was closed before its rollback began",
    "running": "was closed in the middle of its rollback",
    "verifying": "was closed before its rollback was verified",
    "failed": "could not be rolled back",
}


class Lock(Struct, frozen=True):
    """`how`: what became of the deploy, after its name; `why`: the reason, with what failed."""

    how: str
    why: str

    @property
    def words(self) -> str:
        return f"{self.how}: {self.why}"


def lock_of(state: State) -> Lock | None:
    """Of a closed deploy; None where it leaves nothing locked. A flag that went back may be rolled out again."""
    if state.closed is None or state.unlocked or (state.plan is not None and state.plan.rollout is not None):
        return None
    rollback = state.rollback
    if rollback is not None:
        how = GOOD if state.closed == "rolled back" else _how(state)
        failed = rollback.summary if rollback.status == "failed" else ""
        return Lock(how, "; ".join(one for one in (failed, rollback.reason) if one) or state.closed_reason)
    if state.closed == "rolled back":
        return Lock(GOOD, state.closed_reason)
    if state.closed != "succeeded" and (state.unable or state.countdown is not None):
        reasons = state.countdown.reasons if state.countdown is not None else state.unable
        how = f"was closed as {state.closed} after a trigger had fired, and nothing was rolled back"
        return Lock(how, "; ".join(reasons))
    return None


def _how(state: State) -> str:
    assert state.rollback is not None
    return _HOW.get(state.rollback.status, f"was closed as {state.closed} after its rollback")
