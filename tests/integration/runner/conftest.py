"""A bench for every test, and nothing left running after it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.runner.helpers import Bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.clean_up()
    for _ in range(10):
        # The loop closes the pipes of processes that have ended: it needs a few turns for it.
        await asyncio.sleep(0)
