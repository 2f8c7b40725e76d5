"""The screen of a rollout: its stages instead of tasks, and the keys that set the flag on, back and off."""

import asyncio
from functools import partial

from textual.css.query import NoMatches

from cockpit.deploy import commands as c
from cockpit.deploy.recommend import recommend
from cockpit.deploy.rollout.guards import target, why_not_advance
from cockpit.tui.actions.rollback import HELD_RUN_SECONDS
from cockpit.tui.actions.steps import Acting
from cockpit.tui.bindings import Key
from widgets import dialogs
from widgets.flag_view import FlagView
from widgets.stage_list import StageList

AGAIN_SECONDS = 0.1
PATIENCE_SECONDS = 120.0
OF_ROLLOUTS = ("flag_advance", "flag_back", "flag_off")
_NOT_HERE = frozenset({
    "run", "checks", "retry", "skip", "waive", "fail", "accept", "confirm", "cancel", "rollback", "now", "move-time",
    "next", "phase.back", "phase.on", "filter", "docs", "notices",
})  # fmt: skip
"""Keys that a rollout has nothing to do with."""
_WORDS = {
    "tick": "say that a flag that cannot be read back is what was set",
    "hold": "put the rollout on hold with a reason, or release it",
    "note": "write a line into the log",
    "close": "close the rollout: done, rolled back, failed or aborted",
    "pane.tasks": "to the stages",
    "pane.runner": "to the flag, its judge and its changes",
    "quit": "leave the screen; the rollout goes on",
}
"""What these keys do here."""
KEYS_HERE = ("flag.advance", "flag.back", "flag.off", "hold", "chart", "story", "note", "export", "close", "quit")


class Rolling(Acting):
    """On top of acting: what there is where the plan is a rollout."""

    @property
    def is_rollout(self) -> bool:
        return self.state.plan is not None and self.state.plan.rollout is not None

    def show_rollout(self) -> None:
        """Stages and flag, in the place of tasks and log."""
        panes = self.screen_stack[0].query_one("#panes")
        if not self.is_rollout:
            return
        stages = self.screen_stack[0].query_one(StageList)
        if not panes.has_class("rollout"):
            panes.add_class("rollout")
            stages.focus()
        stages.show(self.state, self.now)
        self.screen_stack[0].query_one(FlagView).show(self.state, self.now, stages.chosen)

    def on_stage_list_looked(self, message: StageList.Looked) -> None:
        message.stop()
        self.soon()

    def has_key(self, key_id: str, group: str) -> bool:
        if self.is_rollout:
            return key_id not in _NOT_HERE
        return group != "Rollout" and super().has_key(key_id, group)

    def words_of(self, key: Key) -> str:
        return _WORDS.get(key.id, key.tooltip) if self.is_rollout else super().words_of(key)

    def action_flag_advance(self) -> None:
        plan, have = self.state.plan, self.state.rollout
        if plan is None or plan.rollout is None or have is None or self.is_repeat("flag", HELD_RUN_SECONDS):
            return
        change = have.following
        why = why_not_advance(self.state, self.now)
        if why and have.current is not None and have.current.status == "blind":
            question = f"{why}\n\nWhy does it go on despite that?"

            def insist(reason: str | None) -> None:
                if reason:
                    self._later(c.AdvanceRollout(change=change, despite=reason))

            self.push_screen(
                dialogs.Ask("Go on without a judgement", self.keyed(question), placeholder="reason"), insist
            )
            return
        if why:
            self.refuse(why)
            return
        wanted = target(have)
        name = plan.rollout.named(wanted)
        question = (
            f"{plan.rollout.flag} in {plan.environment}: {name}, stage {wanted + 1} of {len(plan.rollout.stages)}.\n"
            f"Set by {plan.rollout.how}."
        )

        def answer(chosen: str | None) -> None:
            if chosen:
                self._later(c.AdvanceRollout(change=change))

        self.push_screen(dialogs.Choose("Next stage", question, [("go", f"set it to {name}")], careful=True), answer)

    def action_flag_back(self) -> None:
        have = self.state.rollout
        if have is not None and not self.is_repeat("flag", HELD_RUN_SECONDS):
            self._later(c.BackRollout(change=have.following, reason="asked for on the screen"))

    def action_flag_off(self) -> None:
        """At once, whatever the screen shows: off is the safe direction. A key that is held acts once."""
        if self.is_rollout and self.state.closed is None and not self.is_repeat("flag_off", HELD_RUN_SECONDS):
            self.run_worker(self._off_until_heard(), group="off", exclusive=True)

    async def _off_until_heard(self) -> None:
        """An engine that is just coming back does not cost the word: nothing but the end refuses it."""
        until = self.wall() + PATIENCE_SECONDS
        while not await self.send(c.FlagOff(reason="asked for on the screen")):
            if self.state.closed is not None or self.wall() > until:
                return
            self.refuse("the engine is gone: wait, off is asked for as soon as it is back")
            await asyncio.sleep(AGAIN_SECONDS)

    def action_tick(self) -> None:
        last = self.state.rollout.last if self.state.rollout is not None else None
        if not self.is_rollout:
            super().action_tick()
        elif last is None:
            self.refuse("nothing was set yet: there is nothing to look at. ⟦flag.advance⟧ sets the first stage")
        else:
            self._later(c.ConfirmFlag(change=last.number))

    def action_rollback(self) -> None:
        if self.is_rollout:
            self.refuse("a rollout goes back by ⟦flag.back⟧ (the percentage before) or ⟦flag.off⟧ (off)")
        else:
            super().action_rollback()

    def action_close(self) -> None:
        if not self.is_rollout:
            super().action_close()
            return
        following = recommend(self.state, self.now)
        if isinstance(following.command, c.CloseDeploy):
            self._later(following.command)
            return
        options = [(one, f"close it as {one}") for one in ("rolled back", "failed", "aborted")]

        def answer(outcome: str | None) -> None:
            if outcome:
                self._with_reason(f"Close as {outcome}", "Why?", partial(_closed, outcome))

        question = "Not every stage has held. The flag stays as it is: ⟦flag.off⟧ sets it off first."
        self.push_screen(dialogs.Choose("Close the rollout", self.keyed(question), options, careful=True), answer)

    def hints(self) -> list[tuple[str, str]]:
        if not self.is_rollout:
            return super().hints()
        ids = KEYS_HERE if self.state.closed is None else ("quit", "export", "story", "chart")
        have = self.state.rollout
        if have is not None and have.last is not None and not have.confirmed and self.state.closed is None:
            ids = ("tick", *ids) if self.state.plan and not self._readable() else ids
        return self.hints_of(ids, recommend(self.state, self.now).action)

    def _readable(self) -> bool:
        return self.state.plan is not None and self.state.plan.rollout is not None and self.state.plan.rollout.readable

    def off_is_a_letter(self) -> bool:
        """True where somebody is writing: there O is an O."""
        try:
            return self.focused is not None and self.focused.check_consume_key("O", "O")
        except NoMatches:
            return False


def _closed(outcome: str, reason: str) -> c.CloseDeploy:
    return c.CloseDeploy(outcome=outcome, reason=reason)  # type: ignore[arg-type]
