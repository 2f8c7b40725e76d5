"""What a person does, once for every frontend: questions, a confirmation where one is wanted, then one command.

`FLOWS` has a flow for each action that changes the deploy (`settings/keymap.py` has their keys and words). A frontend
brings a `Desk`: where the deploy stands, how to ask the person (`Prompt`), and how to ask the engine.
"""

from cockpit.client.flows import deploy, rollout, steps, team
from cockpit.client.flows.base import Desk, Flow, Prompt

__all__ = ["FLOWS", "Desk", "Flow", "Prompt"]

FLOWS: dict[str, Flow] = {**steps.FLOWS, **deploy.FLOWS, **team.FLOWS, **rollout.FLOWS}
"""By the action's id. A flow gives True where the engine did what was asked for."""
