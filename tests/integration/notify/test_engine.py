"""Notices through a real engine and journal: in the background, in their thread, once, and without any secret."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy.notices.decide import NOT_KNOWN
from cockpit.engine.config.environment import resolve, settings_from
from cockpit.engine.core import Engine
from cockpit.journal.sqlite import Journal
from cockpit.paths import Layout
from cockpit.planning.build import make_plan
from cockpit.report.deploy_log import write_log
from cockpit.runbook.parse import parse
from cockpit.settings.load import Settings
from tests.builders import PERSON
from tests.loopback import Answer, Hook, hook
from tests.waiting import soon

DEPLOY = "20261122-145548-3fa"
RUNBOOK = "# Baking\n\n## Deployment steps\n\n```bash\necho baked\n```\n"
SECRET = "s3cr3t-of-the-webhook"


@pytest.fixture
def far() -> Iterator[Hook]:
    with hook() as server:
        yield server


def _values(far: Hook) -> dict[str, str]:
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOOK": far.url(), "TOKEN": "xoxb-the-token-of-the-team"}


def _settings(far: Hook, **more: Any) -> dict[str, Any]:
    return {
        "hook": {"type": "slack", "url": "env:HOOK"},
        "team": {"type": "slack", "token": "env:TOKEN", "channel": "#d", "api": far.url("/api")},
        **more,
    }


def _engine(root: Path, values: dict[str, str]) -> Engine:
    layout = Layout(root)
    layout.make()
    return Engine(
        Journal(layout.journal),
        layout,
        DEPLOY,
        lambda plan: resolve(settings_from(plan), root, values),
        time.time,
        lambda state, events: [str(path) for path in write_log(state, events, layout, DEPLOY)],
    )


@asynccontextmanager
async def opened(root: Path, notices: dict[str, Any], values: dict[str, str]) -> AsyncIterator[Engine]:
    """An engine with an open deploy; it notes its pauses and does not wait."""
    engine = _engine(root, values)
    await engine.load()
    plan = make_plan(
        parse(RUNBOOK),
        Settings.model_validate({"notices": notices}),
        root=str(root),
        runbook_path="docs/deploy.md",
        runbook_text=RUNBOOK,
        planned_at=time.time(),
        project="bakery",
    )
    assert await engine.handle(c.OpenDeploy(plan=plan), PERSON) is None
    await engine.announce()

    async def at_once(seconds: float) -> None:
        return

    engine.notices.pause = at_once
    try:
        yield engine
    finally:
        await engine.close()


def _send(text: str, *to: str) -> c.SendNotice:
    return c.SendNotice(kind="pre_deploy", title="Announcement", text=text, to=to)


async def _settled(engine: Engine) -> None:
    await soon(lambda: all(one.status != "sending" for one in engine.state.notices), "the outcome")


async def test_nothing_waits_for_a_notice(tmp_path: Path, far: Hook) -> None:
    far.always = Answer(hang=True)
    async with opened(tmp_path, _settings(far), _values(far)) as engine:
        assert await engine.handle(_send("it begins", "hook"), PERSON) is None
        await soon(lambda: far.posts, "the post")
        assert (engine.state.notices[0].status, engine.busy) == ("sending", True)
        assert engine.state.plan is not None
        task = engine.state.plan.tasks[0].id
        assert await engine.handle(c.RunTask(task=task, attempt=1), PERSON) is None
        await soon(lambda: engine.state.of(task).status == "pass", "the step")
        assert engine.state.notices[0].status == "sending"


async def test_what_is_tried_again_is_one_notice_with_its_attempts(tmp_path: Path, far: Hook) -> None:
    far.answers = [Answer(500), Answer(429, headers={"Retry-After": "2"})]
    async with opened(tmp_path, _settings(far), _values(far)) as engine:
        await engine.handle(_send("it begins", "hook"), PERSON)
        await _settled(engine)
        (one,) = engine.state.notices
        assert (one.status, one.attempts, far.texts) == ("sent", 3, ["it begins"] * 3)
        await soon(lambda: not engine.busy, "rest")


async def test_further_notices_answer_to_the_first_even_when_asked_for_at_once(tmp_path: Path, far: Hook) -> None:
    far.answers = [Answer(200, json.dumps({"ok": True, "ts": f"{n}.5"})) for n in (1, 2, 3)]
    async with opened(tmp_path, _settings(far), _values(far)) as engine:
        asked = [engine.handle(_send(text, "team"), PERSON) for text in ("one", "two", "three")]
        assert await asyncio.gather(*asked) == [None] * 3
        await _settled(engine)
        threads = [(post.body["text"], post.body.get("thread_ts")) for post in far.posts]
        assert threads == [("one", None), ("two", "1.5"), ("three", "1.5")]
        assert [one.reference for one in engine.state.notices] == ["1.5", "2.5", "3.5"]


async def test_a_webhook_is_a_secret_everywhere(tmp_path: Path, far: Hook) -> None:
    far.always = Answer(404, f"nothing at /services/T0/B0/{SECRET} for xoxb-the-token-of-the-team")
    values = _values(far)
    async with opened(tmp_path, _settings(far), values) as engine:
        text = f"look: {far.url()} and /services/T0/B0/{SECRET} and xoxb-the-token-of-the-team"
        assert await engine.handle(_send(text, "hook"), PERSON) is None
        await _settled(engine)
        assert far.texts == ["look: [REDACTED] and [REDACTED] and [REDACTED]"]
        assert "returned 404" in engine.state.notices[0].reason
        assert await engine.handle(c.CloseDeploy(outcome="aborted", reason="enough"), PERSON) is None
        await soon(lambda: engine.state.log_complete, "the log")
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(kept) >= 3
    for path in kept:
        data = path.read_bytes()
        assert SECRET.encode() not in data, path
        assert b"xoxb-the-token" not in data, path


async def test_the_secrets_are_not_for_scripts(tmp_path: Path, far: Hook) -> None:
    (tmp_path / "hook-address").write_text(far.url() + "\n")
    notices = {"hook": {"type": "slack", "url": "file:hook-address"}}
    values = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    async with opened(tmp_path, notices, values) as engine:
        assert not any(SECRET in value for value in engine.environment.values.values())
        assert await engine.handle(_send("it begins", "hook"), PERSON) is None
        await _settled(engine)
        assert far.texts == ["it begins"]


PROBLEMS = [
    ({"type": "slack", "url": "env:NOT_THERE"}, "url: $NOT_THERE is not set"),
    ({"type": "slack", "url": "file:nowhere"}, "url: file nowhere: No such file or directory"),
    ({"type": "slack", "url": "command:exit 3"}, "url: command exited with status 3"),
    ({"type": "slack", "url": "env:EMPTY"}, "url: env:EMPTY is empty"),
    ({"type": "pigeon", "loft": "north"}, "no type of notices 'pigeon'; known: command, slack, smtp"),
]


@pytest.mark.parametrize(("table", "words"), PROBLEMS)
async def test_a_place_that_cannot_be_reached_from_here_is_told(
    tmp_path: Path, far: Hook, table: dict[str, Any], words: str
) -> None:
    async with opened(tmp_path, {"hook": table}, {"PATH": "/usr/bin:/bin", "EMPTY": ""}) as engine:
        await engine.handle(_send("it begins", "hook"), PERSON)
        await _settled(engine)
        (one,) = engine.state.notices
        assert (one.status, one.attempts) == ("failed", 0)
        assert words in one.reason


async def test_an_engine_that_died_while_sending_is_followed_by_one_that_asks(tmp_path: Path, far: Hook) -> None:
    far.always = Answer(hang=True)
    async with opened(tmp_path, _settings(far), _values(far)) as engine:
        await engine.handle(_send("it begins", "hook"), PERSON)
        await soon(lambda: far.posts, "the post")
    second = _engine(tmp_path, _values(far))
    await second.load()
    try:
        assert [one.status for one in second.state.notices] == ["sending"]
        await second.announce("the first one is gone")
        (one,) = second.state.notices
        assert (one.status, one.reason) == ("failed", NOT_KNOWN)
        assert len(far.posts) == 1
        far.always = Answer()
        assert await second.handle(_send("it begins", "hook"), PERSON) is None
        await _settled(second)
        assert [one.status for one in second.state.notices] == ["failed", "sent"]
    finally:
        await second.close()


async def test_the_log_of_a_closed_deploy_gets_what_came_after(tmp_path: Path, far: Hook) -> None:
    async with opened(tmp_path, _settings(far), _values(far)) as engine:
        await engine.handle(c.CloseDeploy(outcome="aborted", reason="enough"), PERSON)
        await soon(lambda: engine.state.log_complete, "the log")
        (path,) = (Path(one) for one in engine.state.exports)
        assert "- None sent" in path.read_text()
        assert await engine.handle(_send("it is over", "hook"), PERSON) is None
        await soon(lambda: "it is over" in path.read_text(), "the notice in the log")
        assert "pre-deploy to hook, by ann: sent" in path.read_text()
        assert path.read_text().count("## Notices") == 1
        await soon(lambda: not engine.busy, "rest")
        assert far.texts == ["it is over"]


async def test_a_text_with_a_secret_in_it_goes_out_once_as_well(tmp_path: Path, far: Hook) -> None:
    async with opened(tmp_path, _settings(far), _values(far)) as engine:
        assert await engine.handle(_send(f"at {far.url()}", "hook"), PERSON) is None
        await _settled(engine)
        refusal = await engine.handle(_send(f"at {far.url()}", "hook"), PERSON)
        assert refusal is not None
        assert "This text was already sent" in refusal.reason
        assert far.texts == ["at [REDACTED]"]


async def test_a_pager_is_called_by_itself_with_the_same_tries_and_it_is_in_the_log(tmp_path: Path, far: Hook) -> None:
    """Nobody pressed a key: a step fails, a rollback begins and ends, the deploy closes."""
    far.answers = [Answer(500), Answer(200, "ok")]
    notices = {"pager": {"type": "slack", "url": "env:HOOK", "on": ["failed", "rollback", "held", "done"]}}
    async with opened(tmp_path, notices, _values(far)) as engine:
        assert engine.state.plan is not None
        task = engine.state.plan.tasks[0].id
        wrong = c.RunTask(task=task, attempt=1, script=f"echo {SECRET}; exit 3\n")
        assert await engine.handle(wrong, PERSON) is None
        await soon(lambda: engine.state.of(task).status == "fail", "the failure")
        await _settled(engine)
        (one,) = engine.state.notices
        assert (one.kind, one.status, one.attempts) == ("on_failed", "sent", 2)
        assert "exit status 3" in one.text
        assert await engine.handle(c.HoldDeploy(reason="look first"), PERSON) is None
        assert await engine.handle(c.ReleaseDeploy(reason=""), PERSON) is None
        assert await engine.handle(c.CloseDeploy(outcome="failed", reason="it stays as it is"), PERSON) is None
        await _settled(engine)
        await soon(lambda: not engine.busy, "rest")
        assert [one.kind for one in engine.state.notices] == ["on_failed", "on_held", "on_failed"]
        assert len(far.texts) == 4
        (log,) = [path for path in engine.state.exports if path.endswith(".md")]
        written = Path(log).read_text()
        assert "on-held to pager" in written
        assert "on hold, by" in written
