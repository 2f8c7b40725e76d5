"""The demo's shop reads its flag at every request: off takes effect at once; the whole rollout, without a person."""

import asyncio
import json
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from cockpit.client.session import Session, deploys, open_deploy
from cockpit.demo import Production
from cockpit.deploy import commands as c
from cockpit.deploy.state import State
from cockpit.flags.bucketing import fnv1a
from cockpit.history.reading import state_of
from cockpit.opening.rollout import open_rollout
from cockpit.paths import Layout
from tests.integration.cockpit.helpers import run, short_folder
from tests.integration.demo.helpers import production
from tests.waiting import wait_for

FREE = "Your delivery is free"


def _page(built: Production, customer: str) -> str:
    with urllib.request.urlopen(f"{built.url}/?customer={customer}", timeout=5) as answer:
        return str(answer.read().decode())


def _has(built: Production, customer: str) -> bool:
    return FREE in _page(built, customer)


def _state(session: Session) -> State:
    return state_of(session.layout, session.deploy_id)


async def _ask(session: Session, command: c.PublicCommand) -> None:
    client = await session.connect()
    try:
        refusal = await client.ask(command)
        assert refusal is None, refusal
    finally:
        await client.close()


def test_a_share_of_the_customers_has_the_feature_and_keeps_it_when_it_grows() -> None:
    with production("rollout") as built:
        flags = built.directory / "flags.json"
        customers = [str(number) for number in range(200)]
        before: set[str] = set()
        for percent in (0, 5, 25):
            flags.write_text(json.dumps({"free_delivery": percent}))
            inside = {one for one in customers if _has(built, one)}
            assert inside == {one for one in customers if fnv1a(one.encode()) % 100 < percent}
            assert before <= inside
            before = inside


def test_off_takes_effect_in_under_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the word of a person to the customers' page, through the engine's process, its journal and real HTTP."""
    with production("good") as built:
        for name, value in built.env.items():
            monkeypatch.setenv(name, value)
        inside = next(str(n) for n in range(1000) if fnv1a(str(n).encode()) % 100 < 5)
        session = asyncio.run(open_deploy(open_rollout("free_delivery", root=built.root), "ann", time.time()))
        try:
            wait_for(lambda: bool(_state(session).metrics.get("errors")))

            def first() -> bool:
                with suppress(AssertionError):
                    asyncio.run(_ask(session, c.AdvanceRollout(change=1)))
                    return True
                return False

            wait_for(first, seconds=40)
            wait_for(lambda: _has(built, inside))
            began = time.monotonic()
            asyncio.run(_ask(session, c.FlagOff(reason="customers call")))
            while _has(built, inside):
                assert time.monotonic() - began < 1.0, "customers still have it"
            assert time.monotonic() - began < 1.0
            wait_for(lambda: _state(session).rollout.confirmed)  # type: ignore[union-attr]
            assert json.loads((built.directory / "flags.json").read_text()) == {"free_delivery": 0}
        finally:
            engine = _state(session).engine_pid
            with suppress(psutil.Error):
                psutil.Process(engine).terminate()
                psutil.Process(engine).wait(10)


def test_four_stages_one_of_which_breaches_and_goes_back_by_itself() -> None:
    with short_folder() as folder:
        place = folder / "demo"
        done = run(["demo", "--scenario", "rollout", "--headless", "--yes", "--dir", str(place)], folder)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "BREACH" in done.stdout
        layout = Layout(place / "shop")
        (row,) = deploys(layout)
        state = state_of(layout, row.id)
        assert state.rollout is not None
        assert [(one.kind, one.percent) for one in state.rollout.changes] == [
            ("advance", 5.0),
            ("advance", 25.0),
            ("advance", 50.0),
            ("back", 25.0),
            ("advance", 50.0),
            ("advance", 100.0),
        ]
        back = state.rollout.changes[3]
        assert back.by == "cockpit"
        assert state.closed == "succeeded"
        assert json.loads((place / "flags.json").read_text()) == {"free_delivery": 100}
        log = next(Path(layout.root / "reports" / "deploys").glob("*.md")).read_text()
        assert "back to 25 %" in log
