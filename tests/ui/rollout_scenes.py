"""Moments of a rollout for pictures: four stages on four days, a flag in the test's hand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cockpit.client.session import Session
from cockpit.deploy import commands as c
from cockpit.deploy.rollout.plan import Stage
from cockpit.deploy.state import State
from cockpit.paths import Layout
from cockpit.tui.app import CockpitApp
from tests import builders as b
from tests.rollouts import DAY, Flag, plan

HOUR = 3600.0
STAGES = tuple(Stage(percent, 20 * HOUR, day * DAY) for day, percent in enumerate((5.0, 25.0, 50.0, 100.0)))


class Scene:
    """A rollout that was brought to some moment, and the App that shows it."""

    def __init__(self, root: Path, **more: Any) -> None:
        self.root = root
        self.flag = Flag()
        rollout = plan(
            metrics=(b.rule(stale_seconds=4 * HOUR), b.rule("health", stale_seconds=4 * HOUR)),
            stages=STAGES,
            flag="new_checkout",
            how="PUT http://flags.internal:8080/new_checkout",
            more={"root": str(root), "project": "bakery", "baseline_seconds": 4 * HOUR},
            **more,
        )
        self.flag.do(c.OpenDeploy(plan=rollout))
        self.flag.do(c.RecordStart(pid=1, host="here", version="0", variables=()))
        self.flag.reads(0.0)
        self.measure(5, step=60.0)
        self.session = Session(Layout(root), "20261124-100000-3fa", b.PERSON)

    @property
    def state(self) -> State:
        return self.flag.state

    def measure(self, times: int, *, errors: float = 0.08, step: float = HOUR) -> "Scene":
        for _ in range(times):
            self.flag.now += step
            readings = (
                c.Reading(metric="errors", at=self.flag.now, value=errors, samples=412, window_seconds=60.0),
                c.Reading(metric="health", at=self.flag.now, value=1.0, detail="200 in 31 ms"),
            )
            self.flag.do(c.RecordReadings(readings=readings), "cockpit")
        return self

    def held(self) -> "Scene":
        """The stage that soaks holds, and the next day has come."""
        self.measure(21)
        while self.flag.now < self.state.opened_at + (self.flag.have.stage + 1) * DAY:
            self.measure(1)
        return self

    def to_stage(self, stage: int) -> "Scene":
        while self.flag.have.stage < stage:
            self.flag.advance().obey()
            if self.flag.have.stage < stage:
                self.held()
        return self

    def app(self, **more: Any) -> CockpitApp:
        return CockpitApp(self.session, clock=lambda: self.flag.now, state=self.state, **more)


def opened(root: Path) -> Scene:
    return Scene(root)


def soaking(root: Path) -> Scene:
    """Half of the third day is over."""
    return Scene(root).to_stage(2).measure(10, errors=0.12)


def due(root: Path) -> Scene:
    return Scene(root).to_stage(1).held()


def went_back(root: Path) -> Scene:
    """Half of the users was too much: it went back by itself, and soaks there."""
    scene = Scene(root).to_stage(2).measure(2, errors=0.1)
    scene.measure(3, errors=6.2, step=30.0)
    scene.flag.obey()
    return scene.measure(3, errors=0.09)


def differs(root: Path) -> Scene:
    """What is read back is not what was set."""
    scene = Scene(root).to_stage(0).held()
    scene.flag.advance()
    scene.flag.do(c.RecordFlagSet(change=scene.flag.last.number, seconds=0.2), "cockpit")
    scene.flag.reads(50.0)
    return scene


def unreadable(root: Path) -> Scene:
    """A secret of GitHub: check manually."""
    scene = Scene(root, readable=False)
    scene.flag.advance()
    scene.flag.do(c.RecordFlagSet(change=1, seconds=0.9), "cockpit")
    scene.flag.reads(None)
    return scene


def off(root: Path) -> Scene:
    scene = soaking(root)
    scene.flag.do(c.FlagOff(reason="customers call"))
    scene.flag.obey()
    return scene.measure(1, step=30.0)


def server_down(root: Path) -> Scene:
    scene = soaking(root)
    scene.flag.do(c.FlagOff(reason="customers call"))
    why = "http://flags.internal:8080/new_checkout returned 500"
    scene.flag.do(c.RecordFlagFailure(change=scene.flag.last.number, reason=why), "cockpit")
    return scene


def done(root: Path) -> Scene:
    scene = Scene(root).to_stage(3).measure(21)
    scene.flag.do(c.CloseDeploy(outcome="succeeded"))
    return scene


ROLLOUTS: dict[str, Callable[[Path], Scene]] = {
    "opened": opened,
    "soaking": soaking,
    "due": due,
    "went_back": went_back,
    "differs": differs,
    "unreadable": unreadable,
    "off": off,
    "server_down": server_down,
    "done": done,
}
