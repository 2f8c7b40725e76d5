"""A process with watchers in it: `python -m bench.team.watcher DEPLOY COUNT FOLDER`, the address in its environment."""

import asyncio
import json
import os
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from cockpit.deploy.events import Event
from cockpit.engine.team.replica import Replica
from cockpit.journal.sqlite import Journal
from cockpit.paths import Layout
from cockpit.team.base import Me
from cockpit.team.follower import Follower


async def _watch(dsn: str, deploy: str, count: int, root: Path) -> None:
    """So many watchers in this process, until its input ends; then when each of them saw which event."""
    seen: list[tuple[int, float]] = []

    def saw(events: Sequence[Event]) -> None:
        now = time.monotonic()
        seen.extend((event.seq, now) for event in events)

    async def one(number: int) -> Replica:
        place = root / str(number)
        place.mkdir(parents=True)
        layout = Layout(place)
        layout.make()
        layout.deploy(deploy).mkdir(parents=True)
        follower = Follower(dsn, deploy, Me(uuid.uuid4().hex, f"web-{number}"), listen=True, dead_after=60.0)
        replica = Replica(Journal(layout.journal), layout, deploy, follower, lambda: ("wendy",))
        await replica.load()
        replica.listen(saw)
        return replica

    replicas = [await one(number) for number in range(count)]
    running = [asyncio.create_task(replica.run()) for replica in replicas]
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    for replica in replicas:
        await replica.close()
    print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    asyncio.run(_watch(os.environ["TEAM_DSN"], sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
