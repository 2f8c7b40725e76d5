"""The lines above and below the panes: where we are, the phases, what to do next, the keys."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.events import Click
from textual.message import Message

from cockpit.deploy.guards import PHASE_WORDS
from cockpit.deploy.plan import Phase, Plan
from cockpit.deploy.rollout.guards import reads
from cockpit.deploy.schedule.planned_window import wall_time, warns, window_words
from cockpit.deploy.schedule.timeline import Eta, eta
from cockpit.deploy.state import State
from cockpit.text.times import clock
from styles.roles import HELD, OUTCOME, STATUS
from widgets.keys import keyed
from widgets.position import Position
from widgets.rows import Panel, Piece, fit, hanging
from widgets.stage_bar import stage_bar
from widgets.team_line import Way, team_pieces
from widgets.words import countdown

NEXT_ROWS = 4
"""That the line below the panes takes at most; the style sheet has it too. A refusal's end says what to do."""


class _Bar(Panel):
    @property
    def width(self) -> int:
        return self.content_region.width or 80


class StatusBar(_Bar):
    """`production  web@4f2c1d9 → 9ab03e1   T-04:12   14:55:48 UTC`"""

    def show(
        self,
        state: State,
        now: float,
        *,
        connected: bool,
        read_only: bool,
        replay: Position | None = None,
        way: Way | None = None,
        silent: bool = False,
        me: str = "",
    ) -> None:
        plan = state.plan
        if plan is None:
            self.put(Content(" opening the deploy"))
            return
        right = replay.pieces(ascii_only=self.ascii_only) if replay is not None else []
        if state.hold is not None:
            silenced = ", ".join(one.metric for one in state.silenced)
            words = f"on hold, {silenced} silenced" if silenced and self.width >= 100 else "on hold"
            right.append((f"{HELD.mark(self.ascii_only)} {words}  ", HELD.colour))
        if state.stalled is not None:
            right.append((f"journal stalled, {state.seq - state.stalled.seq} in memory  ", "bold $breach"))
        if read_only:
            right.append(("read only  ", "bold $alert"))
        if replay is None:
            right += team_pieces(state, way, me, ascii_only=self.ascii_only)[: 3 if self.width >= 100 else 1]
        if silent and state.closed is None:
            right.append(("no contact with engine  ", "bold $breach"))
        elif not connected and state.closed is None:
            right.append(("engine restarting  ", "bold $breach"))
        right += self._hour(state, plan, now, replaying=replay is not None)
        colour = "$accent" if plan.dry_run else "$alert"
        environment: list[Piece] = [(f" {plan.environment.upper()} ", f"bold reverse {colour}"), ("  ", "")]
        if plan.emergency:
            environment.insert(1, (" EMERGENCY ", "bold reverse $breach"))
        what, short = self._what(state, plan)
        self._add_window(right, state, plan, now, cell_len(short) + sum(cell_len(text) for text, _ in environment))
        room = self.width - sum(cell_len(text) for text, _ in (*environment, *right))
        if room <= cell_len(what):
            # Where not both fit, what is deployed says more than what was there.
            what = short
        if room <= cell_len(what) and len(right) > 2 and replay is None:
            # Between what the team wants and the hour, T is the least.
            room += cell_len(right.pop(-2)[0])
        if plan.rollout is not None and room <= cell_len(what):
            # A percentage that is cut would be another one: the flag's name gives way.
            said = f": {reads(state)}"
            left = max(4, room - 1 - cell_len(said))
            what = fit(plan.rollout.flag, left, ascii_only=self.ascii_only).rstrip() + said
        self.put(
            Content.assemble(
                *environment, (f"{fit(what, max(0, room - 1), ascii_only=self.ascii_only)} ", "bold"), *right
            )
        )

    def _what(self, state: State, plan: Plan) -> tuple[str, str]:
        """What is deployed, with what was there before and without."""
        if plan.rollout is not None:
            return (f"flag {plan.rollout.flag}: {reads(state)}",) * 2
        if not plan.commit:
            return plan.project, plan.project
        short = f"{plan.project}@{plan.commit[:7]}"
        if not plan.current_commit or plan.current_commit == plan.commit:
            return short, short
        arrow = "->" if self.ascii_only else "→"
        return f"{plan.project}@{plan.current_commit[:7]} {arrow} {plan.commit[:7]}", short

    def _hour(self, state: State, plan: Plan, now: float, *, replaying: bool) -> list[Piece]:
        """How far it is, by the clock or by its end, and what time it is."""
        time: list[Piece] = [(f"{clock(now)} UTC ", "$muted")]
        if state.closed is not None:
            role = OUTCOME[state.closed]
            return [(f"{role.mark(self.ascii_only)} {role.word}  ", role.colour), *time]
        if plan.rollout is not None:
            return [(f"day {int((now - state.opened_at) // 86_400) + 1}  ", "bold"), *time]
        if not replaying or self.width >= 100:
            return [(f"{countdown(now - state.planned_at)}  ", "bold"), *time]
        return time

    def _add_window(self, right: list[Piece], state: State, plan: Plan, now: float, left: int) -> None:
        """`● best window, closes in 2 h 40 min`: where it fits, or has something to warn of."""
        begun = "deploy" in state.phases
        now = wall_time(state, now)
        said = window_words(plan, now, begun=begun) if plan.window_enforced else ""
        if not said:
            return
        warning = warns(plan, now, begun=begun)
        room = self.width - left - sum(cell_len(text) for text, _ in right) - 3
        if warning and cell_len(said) > room:
            # What matters most of it: that it is closed, or when it will be.
            mark, _, words = said.partition(" ")
            said = f"{mark} {_shortest(words)}"
        if self.ascii_only:
            said = said[2:]
        if cell_len(said) <= room:
            right.insert(0, (f" {said}  ", "$alert" if warning else "$muted"))


def _shortest(words: str) -> str:
    """Of the window's words the part that matters most."""
    if words.startswith("closed"):
        return words.split(" since ")[0]
    if words.startswith("not recommended"):
        return words.split(":")[0]
    parts = words.split(", ")
    return parts[1] if len(parts) > 1 else words


class PhaseBar(_Bar):
    """`Preflight ✔ › Deploy ▶ 3/5 › Verify ◷ › Watch ◷ › Close ◷`; the phase that is looked at is underlined."""

    class Picked(Message):
        """A click on a phase."""

        def __init__(self, phase: Phase) -> None:
            super().__init__()
            self.phase = phase

    def __init__(self) -> None:
        super().__init__()
        self._places: list[tuple[int, int, Phase]] = []

    def on_click(self, event: Click) -> None:
        for start, end, phase in self._places:
            if start <= event.x < end:
                self.post_message(self.Picked(phase))

    def show(self, state: State, viewed: Phase, now: float, *, read_only: bool = False) -> None:
        plan = state.plan
        if plan is None:
            return
        if plan.rollout is not None:
            keys = "" if read_only else keyed(self, "⟦flag.back⟧ back  ⟦flag.off⟧ off ")
            self.put(stage_bar(state, self.width, keys, ascii_only=self.ascii_only))
            return
        pieces = self._phases(state, plan, viewed)
        if sum(cell_len(text) for text, _ in pieces) > self.width:
            # What has not begun is what has no mark.
            pieces = self._phases(state, plan, viewed, bare=True)
        right = self._rollback(state, read_only=read_only)
        used = sum(cell_len(text) for text, _ in pieces)
        room = self.width - used - cell_len(right[0]) - 1
        over = _eta(eta(state, now), now)
        if over and room > cell_len(over) + 4:
            # Where it does not fit, it is left out: it is no more than an estimate.
            pieces += [("   ", ""), (over, "$muted")]
            room -= cell_len(over) + 3
        if room > 0:
            pieces += [(" " * room, ""), right]
        self.put(Content.assemble(*pieces))

    def _phases(self, state: State, plan: Plan, viewed: Phase, *, bare: bool = False) -> list[Piece]:
        """Each with its mark and how much of it is done; `bare`: without the marks of those that wait."""
        pieces: list[Piece] = [(" ", "")]
        self._places = []
        for phase in plan.phases():
            if len(pieces) > 1:
                pieces.append((" > " if self.ascii_only else " › ", "$muted"))
            tasks = [task for task in plan.in_phase(phase) if not task.not_asked or state.of(task.id).settled]
            done = sum(state.of(task.id).settled for task in tasks)
            current = phase == state.phase and state.closed is None
            role = STATUS[
                "running" if current else "pass" if phase in state.phases and done == len(tasks) else "waiting"
            ]
            if any(state.of(task.id).status == "fail" for task in tasks):
                role = STATUS["fail"]
            style = f"{role.colour} underline" if phase == viewed else role.colour
            start = sum(cell_len(text) for text, _ in pieces)
            pieces.append((PHASE_WORDS[phase], style))
            count = f" {done}/{len(tasks)}" if current or self.width >= 100 else ""
            if not bare or role is not STATUS["waiting"]:
                pieces.append((f" {role.mark(self.ascii_only)}{count}", role.colour))
            self._places.append((start, sum(cell_len(text) for text, _ in pieces), phase))
        return pieces

    def _rollback(self, state: State, *, read_only: bool) -> Piece:
        if state.rollback is not None:
            return f"rollback {state.rollback.status}", "bold $alert"
        if state.plan is not None and state.plan.rollback:
            if state.armed_at is not None:
                return f"triggers armed{'' if read_only else keyed(self, ', ⟦rollback⟧ roll back')}", "bold"
            ways = len(state.plan.rollback)
            what = "rollback" if read_only else keyed(self, "⟦rollback⟧ roll back")
            many = f", {ways} option{'s' if ways > 1 else ''}" if self.width >= 100 else ""
            return f"{what}{many}", "$muted"
        return "no rollback section", "bold $alert"


def _eta(over: Eta, now: float) -> str:
    """`done about 15:42`, or `done after 15:42` where something has no usual time; empty where nobody can tell."""
    if over.at is None:
        return ""
    day = " tomorrow" if over.at // 86_400 == now // 86_400 + 1 else ""
    if over.at // 86_400 > now // 86_400 + 1:
        return ""
    return f"done {'after' if over.at_least else 'about'} {clock(over.at)[:5]}{day}"


class NextBar(_Bar):
    """What to do, or why the last key was refused: one line, more where it must."""

    def __init__(self) -> None:
        super().__init__(grows=True)

    def show(self, words: str, refusal: str = "", lead: str = "next", *, key: str = "", urgent: bool = False) -> None:
        """`lead` says what the words are about; `key` stands before them."""
        if refusal:
            self._say([(" refused: ", "bold $alert")], refusal, "$alert")
            return
        pressed: list[Piece] = [(f"{key} ", "bold $watching")] if key else []
        self._say([(f" {lead}: ", "$muted"), *pressed], words, "bold $breach" if urgent else "")

    def _say(self, lead: list[Piece], words: str, style: str) -> None:
        self.put(hanging(lead, words, style, self.width - 1, most=NEXT_ROWS, ascii_only=self.ascii_only))


class KeyBar(_Bar):
    """The keys that matter here; those that do not fit are in the help."""

    class Picked(Message):
        """A click on a key and its word."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key
            """As it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self._places: list[tuple[int, int, str]] = []

    def on_click(self, event: Click) -> None:
        for start, end, key in self._places:
            if start <= event.x < end:
                self.post_message(self.Picked(key))

    def show(self, keys: Sequence[tuple[str, str]], *, writing: bool = False) -> None:
        """`writing`: in a field `?` is a letter like any other, and brings no help."""
        pieces: list[Piece] = []
        used = 0
        self._places = []
        tail = ("?", "help")
        room = self.width - (0 if writing else len("? help") + 2)
        for key, word in keys:
            size = cell_len(key_word(key, self.ascii_only)) + cell_len(word) + 3
            if used + size > room:
                break
            self._places.append((used, used + size, key_word(key, self.ascii_only)))
            used += size
            pieces += [(f" {key_word(key, self.ascii_only)}", "bold $watching"), (f" {word} ", "$muted")]
        if not writing:
            self._places.append((used, used + len("? help") + 1, tail[0]))
            pieces += [(f" {tail[0]}", "bold $watching"), (f" {tail[1]}", "$muted")]
        self.put(Content.assemble(*pieces))


def key_word(key: str, ascii_only: bool) -> str:
    """The key as people call it."""
    return {
        "enter": "enter" if ascii_only else "⏎",
        "space": "space",
        "left_square_bracket": "[",
        "right_square_bracket": "]",
        "question_mark": "?",
        "full_stop": ".",
        "comma": ",",
        "colon": ":",
        "plus": "+",
        "minus": "-",
        "slash": "/",
        "exclamation_mark": "!",
        "greater_than_sign": ">",
        "less_than_sign": "<",
    }.get(key, key)
