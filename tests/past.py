"""Deploys that are over, in a real journal: made by the core from commands, as an engine would have written them."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from cockpit.deploy import commands as c
from cockpit.deploy.base import DeployOutcome
from cockpit.deploy.plan import Plan
from cockpit.journal.sqlite import Journal
from cockpit.paths import Layout
from tests.builders import Deploy


def opened(made: Plan, at: float) -> Deploy:
    """A deploy of this plan, opened at that time (Unix time)."""
    deploy = Deploy(now=at)
    return deploy.do(c.OpenDeploy(plan=made)).do(c.RecordStart(pid=1, host="here", version="0", variables=()))


def shipped(
    made: Plan, at: float, seconds: Mapping[str, float], *, outcome: DeployOutcome | None = "succeeded"
) -> Deploy:
    """One whose scripts took so long each, one after the other, and that was then closed (None: left open)."""
    deploy = opened(made, at)
    for task_id, taken in seconds.items():
        deploy.run(task_id)
        deploy.now += taken
        deploy.end(task_id, seconds=taken)
    if outcome is not None:
        deploy.do(c.CloseDeploy(outcome=outcome, reason="" if outcome == "succeeded" else "because"))
    return deploy


def keep(root: Path, **deploys: Deploy) -> Layout:
    """Append them to the journal of `root`, by their ids (`d1`: `d1`)."""
    layout = Layout(root)
    layout.make()
    with closing(Journal(layout.journal)) as journal:
        for deploy_id, deploy in deploys.items():
            layout.deploy(deploy_id).mkdir(parents=True, exist_ok=True)  # the anchor's place
            journal.append(deploy_id, deploy.events)
    return layout
