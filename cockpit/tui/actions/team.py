"""The actions of a deploy that several machines share: take it over, hand it over, see who asks."""

from msgspec.structs import replace

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.approvals.second_person import same_person
from cockpit.deploy.recommend import Recommendation
from cockpit.text.amounts import seconds_words
from cockpit.tui.actions.navigation import Looking
from cockpit.tui.bindings import BY_ID
from widgets import dialogs
from widgets.team_line import QUIET_SECONDS

TOAST_SECONDS = 20


class Sharing(Looking):
    """On top of looking: the team."""

    def sharing_words(self) -> Recommendation | None:
        """What the team wants before anything else; None where nothing."""
        way = self.way
        if way is None:
            return None
        if self.state.closed is not None:
            return Recommendation(way.left, "q", urgent=True) if way.left else None
        silent = seconds_words(way.silent_seconds)
        old = f"what stands here is {silent} old"
        if way.dead:
            words = f"{way.host} owns this deploy and is silent for {silent}: {old}"
            if self.read_only:
                return Recommendation(f"{words}. Whoever may act takes it over (cockpit attach)", urgent=True)
            return Recommendation(f"{words}. ⟦take-over⟧ takes it over, with a reason", "take-over", urgent=True)
        if way.trouble:
            return Recommendation(f"nothing is heard of {way.host}, {old}: {way.trouble}", urgent=True)
        if way.silent_seconds > QUIET_SECONDS:
            return Recommendation(f"{way.host} is silent for {silent}: {old}", urgent=True)
        if self.read_only:
            return None
        if way.offered_to and same_person(way.offered_to, self.session.by):
            offer = self.state.team.offer if self.state.team is not None else None
            note = f": {offer.note}" if offer is not None else ""
            return Recommendation(f"the deploy is handed over to you{note}. ⟦take-over⟧ takes it over", "take-over")
        return None

    def hints(self) -> list[tuple[str, str]]:
        """Where the deploy waits to be taken over, that key comes first."""
        wanted = self.sharing_words()
        first = [(self.key_of("take-over"), BY_ID["take-over"].word)] if wanted is not None and wanted.action else []
        return [*first, *super().hints()]

    def action_take_over(self) -> None:
        way = self.way
        if self.state.team is None:
            self.refuse("this deploy is not shared: name the team's journal under [team] in cockpit.toml")
            return
        if way is None:
            self.refuse("this machine owns the deploy already: there is nothing to take over, go on with it")
            return
        running = ", ".join(task.title for task in self.state.running)
        lost = f" What runs there ({running}) is marked unknown: it may still be running." if running else ""
        question = (
            f"{way.host} owns this deploy; it was heard of {seconds_words(way.silent_seconds)} ago. From here on it "
            f"runs here, with this machine's checkout and variables.{lost} Why is it taken over?"
        )

        def answer(reason: str | None) -> None:
            if reason:
                self.run_worker(self._take_over(c.TakeOver(reason=reason)), exclusive=False)

        self.push_screen(dialogs.Ask("Take over", question, placeholder="reason"), answer)

    async def _take_over(self, command: c.TakeOver) -> None:
        """What is different here is shown first, and taken over only on a word that says so."""
        refusal = await self.ask(command)
        if refusal is None or not refusal.differences:
            return

        def answer(chosen: str | None) -> None:
            if chosen == "accept":
                self._later(replace(command, accept=refusal.differences))

        options = [
            ("leave", "leave it: make them the same first"),
            ("accept", "take it over all the same: what is different goes into the log"),
        ]
        self.push_screen(dialogs.Choose("This machine is different", self.keyed(refusal.reason), options), answer)

    def action_hand_over(self) -> None:
        team = self.state.team
        if team is None:
            self.refuse("this deploy is not shared: name the team's journal under [team] in cockpit.toml")
            return
        if team.offer is not None:
            self._later(c.OfferDeploy(to=""))
            return

        def note(to: str | None) -> None:
            if to:
                question = f"What must {to} know? What is done, what is next, what to look at. The deploy is held."
                self._ask_reason("Hand over", question, lambda said: c.OfferDeploy(to=to, note=said))

        names = sorted({one.name for one in team.watchers if not same_person(one.name, self.session.by)})
        choices = [(name, f"{name} looks at it now") for name in names]
        self.push_screen(dialogs.Ask("Hand over", "Who goes on?", placeholder="name", choices=choices), note)

    def _ask_reason(self, title: str, question: str, make) -> None:  # type: ignore[no-untyped-def]
        def answer(said: str | None) -> None:
            if said:
                self._later(make(said))

        self.push_screen(dialogs.Ask(title, question, placeholder="reason"), answer)

    def tell_of_team(self, event: e.Event) -> None:
        """A word where the eye is: somebody waits, or the deploy changes hands."""
        body = event.body
        if isinstance(body, e.DeployAskedFor):
            self.notify(f"{event.by} waits for this environment: {body.reason}", timeout=TOAST_SECONDS, markup=False)
        elif isinstance(body, e.DeployTakenOver):
            self.notify(f"{event.by} took the deploy over to {body.host}", timeout=TOAST_SECONDS, markup=False)
