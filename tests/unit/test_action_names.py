"""Texts of the core name actions; whoever shows, prints or records one puts there what it is reached by."""

import re
from pathlib import Path

import pytest

from cockpit.client.flows import FLOWS
from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.actions import as_commands, named
from cockpit.settings.keymap import BY_ID
from tests import builders as b
from tests.builders import Deploy

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [path for room in ("cockpit", "widgets") for path in sorted((ROOT / room).rglob("*.py"))]
PICTURES = sorted((ROOT / "tests" / "ui" / "__snapshots__").rglob("*.svg"))


def _recorded(deploy: Deploy) -> str:
    return b"".join(e.encode_body(event.body) for event in deploy.events).decode()


def test_every_action_that_a_text_names_has_a_key() -> None:
    used = {name for path in SOURCES for name in named(path.read_text(encoding="utf-8"))} - {"action"}
    assert len(used) > 15
    assert used <= set(BY_ID), used - set(BY_ID)


def test_where_there_are_no_keys_a_command_line_stands() -> None:
    assert as_commands("wait, or ⟦close⟧ closes it") == "wait, or `cockpit act close` closes it"
    assert "close" in FLOWS


def test_no_picture_shows_an_action_by_its_name() -> None:
    assert len(PICTURES) > 60
    assert not [path.name for path in PICTURES if re.search("⟦", path.read_text(encoding="utf-8"))]


def test_a_check_that_finds_production_ill_records_what_is_wrong_and_no_key() -> None:
    deploy = Deploy.of(
        b.live("answers", "metrics"), b.step("go"), metrics=(b.rule("errors"),), arm_task="go"
    ).read(errors=9.0).later(1)  # fmt: skip
    assert deploy.status("answers") == "fail"
    assert "errors 9" in deploy.state.of("answers").summary
    assert not named(_recorded(deploy))


def test_what_is_known_against_a_rollback_is_recorded_without_keys() -> None:
    deploy = Deploy.of(b.item("look"), b.step("go"), rollback=(b.option("back", b.step("undo")),))
    refused = deploy.refusal(c.StartRollback(option="back", confirmation="production"))
    assert "this deploy has changed nothing yet" in refused
    assert named(refused) == ["close"], "who is refused is told what to do instead"
    deploy.do(c.StartRollback(option="back", confirmation="production", despite=True, reason="the till burns"))
    assert "this deploy has changed nothing yet" in _recorded(deploy)
    assert not named(_recorded(deploy))


@pytest.mark.parametrize("action", sorted(FLOWS))
def test_every_command_line_that_is_named_exists(action: str) -> None:
    assert as_commands(f"⟦{action}⟧") == f"`cockpit act {action}`"
