"""The actions behind the keys that change the deploy: each asks what it must, then sends one command."""

from functools import partial

from msgspec import convert

from cockpit.deploy import commands as c
from cockpit.deploy.guards import why_not_run
from cockpit.deploy.plan import Task
from cockpit.deploy.recommend import recommend
from cockpit.deploy.state import State, TaskState
from cockpit.deploy.tasks.scripts import stopped_at
from cockpit.deploy.team.divergence import look_first
from cockpit.external.terminal_programs import edited
from cockpit.runbook.model import Placeholder
from cockpit.runbook.placeholders import fill_placeholders
from cockpit.text.sanitize import visible
from cockpit.tui.actions.approvals import Agreeing
from cockpit.tui.actions.notices import Notifying
from cockpit.tui.actions.rollback import HELD_RUN_SECONDS, GoingBack
from cockpit.tui.actions.team import Sharing
from widgets import dialogs

HELD_TICK_SECONDS = 0.3


class Acting(Agreeing, Sharing, Notifying, GoingBack):
    """On top of looking: what changes the deploy."""

    # -- steps and checks

    def action_run(self) -> None:
        task = self.selected
        if task is None or self.is_repeat("run", HELD_RUN_SECONDS):
            # A held Enter must not run one step after another.
            return
        have = self.state.of(task.id)
        if have.status == "running":
            self._open_running(task)
        elif task.script is None or (have.settled and task.kind == "script"):
            self.show_pane("runner")
        elif have.status in ("fail", "unknown") and task.kind == "script":
            self.action_retry()
        else:
            self._start(task)

    def _open_running(self, task: Task) -> None:
        if task.script is not None and task.script.interactive:
            self.attach_terminal(task)
        else:
            self.show_pane("runner")

    def _start(self, task: Task, *, from_line: int = 0, script: str = "", confirmed: bool = False) -> None:
        """Values first, then a confirmation where the step wants one, then the command."""
        assert task.script is not None
        hole = next((hole for hole in task.script.placeholders if hole.name not in self.state.values), None)
        again = partial(self._start, task, from_line=from_line, script=script, confirmed=confirmed)
        if hole is not None:
            self._ask_value(hole, again)
            return
        reason = why_not_run(self.state, task)
        if reason:
            self.refuse(reason)
            return
        first = look_first(self.state, task)
        if (task.script.confirm or first) and not confirmed:
            body = visible(fill_placeholders(task.script.body, self.state.values).rstrip())
            asks = f"{first[:1].upper()}{first[1:]}." if first else "This step asks for a confirmation."
            question = f"{asks} It runs:\n\n{body}"
            dialog = dialogs.Choose(task.title, self.keyed(question), [("go", "run it")], careful=True)
            self.push_screen(
                dialog,
                lambda answer: (
                    self._start(task, from_line=from_line, script=script, confirmed=True) if answer else None
                ),
            )
            return
        attempt = self.state.of(task.id).attempt + 1
        command = c.RunTask(task=task.id, attempt=attempt, from_line=from_line, script=script, confirmed=confirmed)
        self.run_worker(self._run_and_look(command, task))

    async def _run_and_look(self, command: c.RunTask, task: Task) -> None:
        if await self.send(command) and self.one_pane:
            self.show_pane("runner")

    def _ask_value(self, hole: Placeholder, then) -> None:  # type: ignore[no-untyped-def]
        async def give(value: str | None) -> None:
            before = self.state.seq
            if value is not None and await self.send(c.GiveValue(name=hole.name, value=value)):
                await self.caught_up(before)
                then()

        question = f"The script has a hole here: {hole.token} (line {hole.line})"
        self.push_screen(dialogs.Ask("Value", question, placeholder=hole.name, choices=self.choices(hole)), give)

    def action_checks(self) -> None:
        self._later(c.RunChecks())

    def action_retry(self) -> None:
        task = self.selected
        if task is None or task.script is None:
            self.refuse("there is nothing to run again here: ⟦retry⟧ retries a step or check that failed")
            return
        have = self.state.of(task.id)
        if have.status not in ("fail", "unknown"):
            self.refuse(f'"{task.title}" has not failed: ⟦run⟧ runs what waits, ⟦next⟧ goes to what is next')
            return
        if task.kind == "check":
            self._start(task)
            return
        options = [("top", "run all of it again")]
        line = _failed_line(task, have)
        if line:
            options.insert(0, (f"line {line}", f"go on from line {line}, where it stopped"))
        options += [("edit", "edit the script for this attempt, then run it"), ("skip", "skip the step, with a reason")]
        question = f"{task.title}: {have.reason or have.status}"
        if have.elsewhere:
            question = f"{question}. Look there first: run here as well, it runs a second time"
            options = [option for option in options if not option[0].startswith("line ")]

        def answer(chosen: str | None) -> None:
            if chosen == "top":
                self._start(task)
            elif chosen == "edit":
                self._edit_and_run(task)
            elif chosen == "skip":
                self.action_skip()
            elif chosen:
                self._start(task, from_line=line)

        self.push_screen(dialogs.Choose("Retry", self.keyed(question), options), answer)

    def _edit_and_run(self, task: Task) -> None:
        assert task.script is not None
        body = fill_placeholders(task.script.body, self.state.values)
        with self.suspend():
            changed = edited(body)
        if changed is None or not changed.strip():
            self.refuse("the editor left no script: nothing was started. ⟦retry⟧ tries again")
        elif changed == body:
            self._start(task)
        else:
            self._start(task, script=changed)

    def action_cancel(self) -> None:
        running = self.state.running
        task = self.selected if self.selected in running else (running[0] if running else None)
        if task is None:
            self.refuse("no script is running: ⟦run⟧ runs the step under the cursor")
            return
        attempt = self.state.of(task.id).attempt
        question = f"{task.title} is running. Ending it ends every process it started; what it did remotely stays."
        options = [("end", "end it now")]

        def answer(chosen: str | None) -> None:
            if chosen:
                self._later(c.CancelTask(task=task.id, attempt=attempt, reason="asked for on the screen"))

        self.push_screen(dialogs.Choose("Cancel the script", question, options, careful=True), answer)

    # -- answers with a reason

    def _with_reason(self, title: str, question: str, make) -> None:  # type: ignore[no-untyped-def]
        def answer(reason: str | None) -> None:
            if reason:
                self._later(make(reason))

        self.push_screen(dialogs.Ask(title, question, placeholder="reason"), answer)

    def action_skip(self) -> None:
        if (task := self.selected) is not None:
            if task.script is None:
                self.action_waive()
                return
            self._with_reason("Skip", f"Why is this step skipped? {task.title}", partial(_skip, task))

    def action_waive(self) -> None:
        if (task := self.selected) is not None:
            if task.kind == "script":
                self.action_skip()
                return
            self._with_reason("Waive", f"Why may this go without a pass? {task.title}", partial(_waive, task))

    def action_fail(self) -> None:
        if (task := self.selected) is not None:
            self._with_reason("Not so", f"What is wrong? {task.title}", partial(_fail, task))

    def action_accept(self) -> None:
        if (task := self.selected) is not None:
            self._with_reason("Accept", f"Why is this step done all the same? {task.title}", partial(_accept, task))

    def action_tick(self) -> None:
        task = self.selected
        if task is None or self.is_repeat("tick", HELD_TICK_SECONDS):
            return
        if self.state.of(task.id).status in ("pass", "fail", "waived") and task.script is None:
            self._later(c.UntickItem(task=task.id))
        else:
            self.run_worker(self._tick_and_move(task))

    async def _tick_and_move(self, task: Task) -> None:
        before = self.state.seq
        if await self.send(c.TickItem(task=task.id)):
            await self.caught_up(before)
            following = recommend(self.state, self.now)
            if following.task:
                self.task_list.move_to(following.task)

    def action_note(self) -> None:
        def answer(said: str | None) -> None:
            if said:
                self._later(c.AddNote(text=said))

        self.push_screen(dialogs.Ask("Note", "A line for the deploy log", placeholder="what you saw"), answer)

    def action_hold(self) -> None:
        hold, counting = self.state.hold, self.state.countdown is not None
        if hold is not None and not hold.asking and not counting:
            self._later(c.ReleaseDeploy())
            return
        # Held at once: while the reason is typed no countdown may end, and none may begin.
        self._later(c.HoldDeploy(reason="", asking=True))

        def answer(reason: str | None) -> None:
            given_up = c.ReleaseDeploy(reason="the hold was given up", asking=True)
            self._later(c.HoldDeploy(reason=reason) if reason else given_up)

        question = "Why does the deploy wait? It is held already; nothing new starts until ⟦hold⟧ releases it."
        if counting:
            question = "Why is it not rolled back? It is held already; only this trigger is silenced."
        self.push_screen(dialogs.Ask("Hold", self.keyed(question), placeholder="reason"), answer)

    # -- the way out

    def action_close(self) -> None:
        following = recommend(self.state, self.now)
        if isinstance(following.command, c.CloseDeploy):
            self._later(following.command)
            return
        options = [("failed", "close it as failed"), ("aborted", "close it as aborted")]
        if self.state.rollback is not None and self.state.rollback.status == "finished":
            options.insert(0, ("rolled back", "close it as rolled back, on your word"))

        def answer(outcome: str | None) -> None:
            if outcome:
                self._with_reason(f"Close as {outcome}", "Why?", partial(_close, outcome))

        self.push_screen(dialogs.Choose("Close the deploy", "Not everything is done.", options, careful=True), answer)

    def action_leave(self) -> None:
        if self.state.closed is not None or self.state.plan is None or self.read_only:
            self.exit()
            return
        what = what_is_open(self.state)
        end = "abort the deploy ..." if what == "deploy" else f"close the {what} ..."
        options = [("detach", f"detach: the {what} goes on without this screen"), ("abort", end)]
        running = ", ".join(task.title for task in self.state.running)
        question = f"{running} is running and goes on." if running else f"The {what} is open and stays open."

        def answer(chosen: str | None) -> None:
            if chosen == "detach":
                self.exit()
            elif chosen == "abort":
                self.action_close()

        self.push_screen(dialogs.Choose("Leave", question, [("stay", "stay"), *options]), answer)


def what_is_open(state: State) -> str:
    """`deploy`, `rollback` or `rollout`: what goes on when the screen is left."""
    if state.rollout is not None:
        return "rollout"
    return "rollback" if state.rollback is not None else "deploy"


def _skip(task: Task, reason: str) -> c.SkipTask:
    return c.SkipTask(task=task.id, reason=reason)


def _waive(task: Task, reason: str) -> c.WaiveItem:
    return c.WaiveItem(task=task.id, reason=reason)


def _fail(task: Task, reason: str) -> c.FailItem:
    return c.FailItem(task=task.id, reason=reason)


def _accept(task: Task, reason: str) -> c.AcceptTask:
    return c.AcceptTask(task=task.id, reason=reason)


def _close(outcome: str, reason: str) -> c.CloseDeploy:
    return convert({"outcome": outcome, "reason": reason, "type": "CloseDeploy"}, c.CloseDeploy)


def _failed_line(task: Task, have: TaskState) -> int:
    """File line of the command at which it stopped; 0 where that is the first, or not known."""
    command = stopped_at(task, have)
    return command.line if command is not None and have.command_index else 0
