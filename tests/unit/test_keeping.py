"""Work beside a deploy: a fault in it is told and it begins anew; nothing of it ends unseen."""

import asyncio

import pytest

from cockpit.engine import supervise as keeping


async def test_a_fault_is_told_and_the_work_begins_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(keeping, "AGAIN_SECONDS", 0.0)
    told: list[str] = []
    turns = 0

    async def work() -> None:
        nonlocal turns
        turns += 1
        if turns < 3:
            raise TypeError("takes 3 arguments")

    async def tell(words: str) -> None:
        told.append(words)

    await keeping.kept(work, tell)
    assert turns == 3
    assert told == ["internal error, see engine.log: TypeError: takes 3 arguments"] * 2
    assert "test_keeping.py:" in capsys.readouterr().err


async def test_being_stopped_is_no_fault() -> None:
    async def tell(words: str) -> None:
        raise AssertionError(words)

    task = asyncio.create_task(keeping.kept(asyncio.Event().wait, tell))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
