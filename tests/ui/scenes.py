"""Moments of a deploy for pictures and key tests: a small runbook, events at fixed times, a real log file."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from cockpit.client.session import Session
from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.commands import Reading
from cockpit.deploy.dry import dry_run_of
from cockpit.deploy.plan import Plan, Usual
from cockpit.deploy.state import State
from cockpit.paths import Layout
from cockpit.planning.build import make_plan
from cockpit.runbook.parse import parse
from cockpit.settings.load import Settings
from cockpit.tui.app import CockpitApp
from tests.builders import PERSON, START, Deploy
from widgets.team_line import Way

RUNBOOK = """\
# Shipping the bakery

## Pre-flight

### Code
- [ ] Tests are green (`make test --strict`)
- [ ] The change was read by a second person

### Production
- [ ] The shop answers <!-- cockpit: check=health -->
- [ ] Errors are rare <!-- cockpit: check=metric:errors -->

## Deployment steps

### Step 1: Keep a copy (T-10min)
```bash
# Dump everything
./backup --all
# Confirm that the copy is there
```

### Step 2: Change the tables (T-5min)
```bash
# See what is pending
./migrate --status
# Apply it
./migrate --apply
# See that it is done
./migrate --status
```

### Step 3: Hand over (T-0min)
```bash
./release <commit-sha>
```

### After the handover
- [ ] The till takes an order

## Rollback

**Option 1: The release before**
```bash
./release --previous
```

**Option 2: The copy of the database**
```bash
pg_restore --clean backups/copy-YYYYMMDD.dump
```

## Afterwards
- [ ] The ticket is closed
"""

SETTINGS = Settings.model_validate(
    {
        "watch": "30m",
        # The copy is a script of the repository's own, which nobody knows to be read-only: the runbook's people do.
        "rollback": {"arm": "deployment-steps/step-2-change-the-tables:script-1"},
        "sources": {
            "app": {"type": "openmetrics", "url": "http://127.0.0.1:1/metrics"},
            "health": {"type": "health", "url": "http://127.0.0.1:1/health"},
            "database": {"type": "postgres", "dsn": "env:DATABASE_URL"},
            "host": {"type": "host"},
        },
        "notices": {
            "team": {"type": "slack", "token": "env:SLACK_TOKEN", "channel": "#deploys"},
            "customers": {
                "type": "smtp",
                "host": "mail.example.com",
                "from": "deploys@example.com",
                "to": ["status@example.com"],
                "kinds": ["rollback"],
            },
        },
    }
)
BACKUP = "deployment-steps/step-1-keep-a-copy:script-1"
TABLES = "deployment-steps/step-2-change-the-tables:script-1"
LOG = "\n".join(f"\x1b[32m14:55:{second:02d}\x1b[0m applied change {second} of 40" for second in range(40)) + "\n"


def bakery(root: Path, **more: Any) -> Plan:
    return make_plan(
        parse(RUNBOOK),
        SETTINGS,
        root=str(root),
        runbook_path="docs/deploy.md",
        runbook_text=RUNBOOK,
        planned_at=START + 600,
        commit="9ab03e1c55d2",
        current_commit="4f2c1d9aa010",
        project="bakery",
        **more,
    )


BEHIND: dict[str, dict[str, Any]] = {"errors": {"samples": 412, "window_seconds": 60.0}}
"""What stands behind a value, where the source knows."""


def readings(errors: float = 0.08, *, health: float = 1.0) -> tuple[tuple[str, float, str], ...]:
    return (
        ("errors", errors, "412 requests in 60 s"),
        ("p95", 0.412, ""),
        ("connections", 63.0, "61 of 97 connections"),
        ("cpu", 38.0, ""),
        ("memory", 52.0, ""),
        ("health", health, "200 in 31 ms" if health else "503 in 4 ms"),
    )


class _Elsewhere(CockpitApp):
    """A screen on another machine than the deploy's."""

    shown_way: Way | None = None

    @property
    def way(self) -> Way | None:
        return self.shown_way


class Scene:
    """A deploy that was brought to some moment, and the App that shows it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.deploy = Deploy()
        self.deploy.do(c.OpenDeploy(plan=bakery(root)))
        self.deploy.do(c.RecordStart(pid=1, host="here", version="0", variables=("PATH",)))
        self.session = Session(Layout(root), "20261122-145548-3fa", PERSON)
        self.way: Way | None = None
        """How the screen comes to a deploy of another machine."""

    @property
    def state(self) -> State:
        return self.deploy.state

    @property
    def now(self) -> float:
        return self.deploy.now

    def measure(self, times: int, errors: Callable[[int], float] = lambda _: 0.08, *, health: float = 1.0) -> "Scene":
        for number in range(times):
            self.deploy.now += 1
            taken = tuple(
                Reading(metric=name, at=self.deploy.now, value=value, detail=detail, **BEHIND.get(name, {}))
                for name, value, detail in readings(errors(number), health=health)
            )
            self.deploy.do(c.RecordReadings(readings=taken))
        return self

    def preflight_done(self) -> "Scene":
        self.measure(30, lambda number: 0.08 + 0.05 * (number % 3))
        for task in self.deploy.state.plan.in_phase("preflight"):  # type: ignore[union-attr]
            if task.kind == "manual":
                self.deploy.do(c.TickItem(task=task.id))
            elif task.script is not None:
                self.run(task.id, 1)
        self.deploy.do(c.EnterPhase(phase="deploy"))
        return self

    def run(self, task_id: str, attempt: int, *, exit_status: int | None = 0, reached: Sequence[int] = (0,)) -> "Scene":
        """Start it, reach the commands, and end it where an exit status is given."""
        self.deploy.do(c.RunTask(task=task_id, attempt=attempt))
        self.log(task_id)
        for index in reached:
            self.deploy.now += 2
            self.deploy.do(c.RecordCommand(task=task_id, attempt=attempt, index=index, at=self.deploy.now))
        self.deploy.now += 3
        if exit_status is not None:
            self.deploy.do(
                c.RecordExit(
                    task=task_id,
                    attempt=attempt,
                    outcome="succeeded" if exit_status == 0 else "failed",
                    exit_status=exit_status,
                    reason="" if exit_status == 0 else f"exit status {exit_status}",
                    seconds=5.0,
                )
            )
        return self

    def confirmed(self, task_id: str, by: str) -> "Scene":
        attempt = self.state.of(task_id).attempt + 1
        self.deploy.do(c.ConfirmTask(task=task_id, attempt=attempt), by)
        return self

    def log(self, task_id: str) -> None:
        """What the run wrote, where the log view looks for it."""
        folder = self.session.folder / self.state.of(task_id).directory
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "output.log").write_text(LOG)

    def app(self, *, ascii_only: bool = False) -> CockpitApp:
        kind = CockpitApp if self.way is None else _Elsewhere
        app = kind(self.session, clock=lambda: self.deploy.now, state=self.state, ascii_only=ascii_only)
        if isinstance(app, _Elsewhere):
            app.shown_way = self.way
        app.past = list(self.deploy.events)
        return app


def preflight(root: Path) -> Scene:
    return Scene(root).measure(40)


def migrating(root: Path) -> Scene:
    scene = preflight(root).preflight_done().run(BACKUP, 1)
    signed = next(task for task in scene.state.plan.tasks if task.parent == BACKUP)  # type: ignore[union-attr]
    scene.deploy.do(c.TickItem(task=signed.id))
    return scene.run(TABLES, 1, exit_status=None, reached=(0, 1)).measure(20)


def failed(root: Path) -> Scene:
    scene = preflight(root).preflight_done()
    return scene.run(BACKUP, 1, exit_status=3).measure(5)


def breached(root: Path) -> Scene:
    return migrating(root).measure(15, lambda number: 0.1 + number * 0.6)


def down(root: Path) -> Scene:
    return migrating(root).measure(4, health=0.0)


def countdown(root: Path) -> Scene:
    return migrating(root).measure(22, lambda number: 5.8 + 0.3 * (number % 4))


def closed(root: Path) -> Scene:
    scene = failed(root)
    scene.deploy.do(c.CloseDeploy(outcome="failed", reason="the copy could not be written"))
    return scene


def usually(scene: Scene, seconds: float) -> Scene:
    """As if every script had taken so long in four earlier deploys."""
    plan = scene.state.plan
    assert plan is not None
    usual = {task.id: Usual(seconds, 4) for task in plan.every_task() if task.script is not None}
    scene.deploy.state = replace(scene.state, plan=replace(plan, usual=usual))
    return scene


def scheduled(root: Path) -> Scene:
    """Two steps late, one due soon; all with their usual times."""
    scene = usually(preflight(root).preflight_done(), 100.0)
    scene.deploy.now = START + 400
    return scene.measure(3)


def under_way(root: Path) -> Scene:
    return usually(migrating(root), 100.0)


def two_people(root: Path) -> Scene:
    """A step that waits for its second person, one that bob has confirmed; in an emergency, with items not asked."""
    scene = Scene(root)
    plan = scene.state.plan
    assert plan is not None
    tasks = tuple(replace(task, second_person=task.id in (BACKUP, TABLES)) for task in plan.tasks)
    scene.deploy = Deploy().do(c.OpenDeploy(plan=replace(plan, tasks=tasks)))
    scene.deploy.do(c.RecordStart(pid=1, host="here", version="0", variables=("PATH",)))
    scene.preflight_done()
    return scene.confirmed(TABLES, "bob").measure(5)


def emergency(root: Path) -> Scene:
    """The abbreviated checklist."""
    scene = Scene(root)
    plan = bakery(root, emergency=True, approved_by="eve", emergency_reason="the shop is down")
    scene.deploy = Deploy().do(c.OpenDeploy(plan=plan))
    scene.deploy.do(c.RecordStart(pid=1, host="here", version="0", variables=("PATH",)))
    return scene.measure(20)


def dry(root: Path) -> Scene:
    """A dry run: one step was shown, the next is due."""
    scene = Scene(root)
    scene.deploy = Deploy().do(c.OpenDeploy(plan=dry_run_of(bakery(root))))
    scene.deploy.do(c.RecordStart(pid=1, host="here", version="0", variables=("PATH",)))
    return scene.preflight_done().run(BACKUP, 1, reached=())


def shared(root: Path) -> Scene:
    """On the owner's screen: a teammate looks, the team's journal is behind, and there is one who waits."""
    scene = migrating(root)
    scene.deploy.do(c.RecordTeam(epoch=1), "cockpit")
    watchers = (e.Watcher(PERSON, "web-1"), e.Watcher("bob", "web-2"))
    scene.deploy.do(c.RecordWatchers(watchers=watchers), "cockpit")
    scene.deploy.do(c.RecordTeamLoss(seq=scene.state.seq - 34, reason="connection refused"), "cockpit")
    return scene


def elsewhere(root: Path) -> Scene:
    """On a teammate's screen, while the owner's machine is silent."""
    scene = migrating(root)
    scene.deploy.do(c.RecordTeam(epoch=1), "cockpit")
    scene.deploy.do(c.RecordWatchers(watchers=(e.Watcher("bob", "web-1"), e.Watcher(PERSON, "web-2"))), "cockpit")
    scene.way = Way("web-1", 92.0, True, "")
    return scene


def handed_over(root: Path) -> Scene:
    """On the screen of the one who is to go on."""
    scene = preflight(root).preflight_done().run(BACKUP, 1)
    scene.deploy.do(c.RecordTeam(epoch=1), "cockpit")
    scene.deploy.do(c.OfferDeploy(to=PERSON, note="the copy is made, tables come next; errors were at 0.1 %"), "bob")
    scene.way = Way("web-1", 0.4, False, "", PERSON)
    return scene.measure(3)


SCENES: dict[str, Callable[[Path], Scene]] = {
    "preflight": preflight,
    "countdown": countdown,
    "migrating": migrating,
    "scheduled": scheduled,
    "under_way": under_way,
    "two_people": two_people,
    "emergency": emergency,
    "dry": dry,
    "failed": failed,
    "breached": breached,
    "down": down,
    "closed": closed,
    "shared": shared,
    "elsewhere": elsewhere,
    "handed_over": handed_over,
}
