"""The journal: events a second, and a deploy with 100,000 of them."""

import asyncio
import json
import os
import tempfile
import time
from pathlib import Path

from bench.table import Row, median, quantile
from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.fold import fold
from cockpit.engine.config.environment import Environment
from cockpit.engine.core import Engine
from cockpit.engine.ipc.client import SocketClient
from cockpit.engine.ipc.server import Server
from cockpit.journal.sqlite import Journal
from cockpit.paths import Layout
from tests.builders import item, plan

SINGLE = 2000
MANY = 100_000
FACES = 5
NOTES = 100


def _events(count: int) -> list[e.Event]:
    opened: e.Body = e.DeployOpened(plan=plan(item("look")))
    sample = e.Sample(metric="errors", at=1.0, level="ok", value=0.08)
    bodies = [opened, *(e.MetricsSampled(samples=(sample, sample, sample)) for _ in range(count - 1))]
    return [e.Event(seq=number, at=float(number), by="cockpit", body=body) for number, body in enumerate(bodies, 1)]


def _appended(folder: Path) -> tuple[float, float]:
    """Events a second, one transaction each; lines a second, synced each."""
    journal = Journal(folder / "journal.db")
    began = time.perf_counter()
    for event in _events(SINGLE):
        journal.append("d1", [event])
    rate = SINGLE / (time.perf_counter() - began)
    journal.close()
    lines = [e.encode_body(event.body) + b"\n" for event in _events(SINGLE)]
    fd = os.open(folder / "plain.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    began = time.perf_counter()
    for line in lines:
        os.write(fd, line)
        os.fdatasync(fd)
    plain = SINGLE / (time.perf_counter() - began)
    os.close(fd)
    return rate, plain


async def _served(root: Path) -> tuple[float, float, float]:
    """Seconds until a new face has folded everything; p50 and p99 of the time until every face has an event."""
    layout = Layout(root)
    root.mkdir()
    layout.make()
    journal = Journal(layout.journal)
    journal.append("d1", _events(MANY))
    engine = Engine(journal, layout, "d1", lambda _: Environment({}), time.time)
    await engine.load()
    server = Server(engine, layout.socket("d1"))
    await server.start()
    clients = [await SocketClient.connect(layout.socket("d1"), f"face {number}") for number in range(FACES)]
    began = time.perf_counter()
    state, seen = None, 0
    streams = [client.follow(0) for client in clients]
    async for events in streams[0]:
        state = fold(events, state)
        seen += len(events)
        if seen >= MANY:
            break
    attached = time.perf_counter() - began
    for stream in streams[1:]:
        got = 0
        async for events in stream:
            got += len(events)
            if got >= MANY:
                break
    delays = []
    for number in range(NOTES):
        began = time.perf_counter()
        asking = asyncio.create_task(clients[0].ask(c.AddNote(text=f"note {number}")))
        await asyncio.gather(*(anext(stream) for stream in streams))
        delays.append(time.perf_counter() - began)
        await asking
    for client in clients:
        await client.close()
    await server.stop()
    await engine.close()
    return attached, quantile(delays, 0.5), quantile(delays, 0.99)


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rate, plain = _appended(folder)
        raw = [e.encode_body(event.body) for event in _events(MANY)]
        began = time.perf_counter()
        for line in raw:
            json.loads(line)
        parsed = time.perf_counter() - began
        events = _events(MANY)
        taken = []
        for _ in range(3):
            began = time.perf_counter()
            fold(events)
            taken.append(time.perf_counter() - began)
        attached, p50, p99 = asyncio.run(_served(folder / "repository"))
    return [
        Row("events appended a second, one by one", rate, "/s", "lines with fdatasync", plain),
        Row("fold of 100,000 events", median(taken), "s", "json.loads of them", parsed),
        Row("attach to a deploy with 100,000 events", attached, "s", "json.loads of them", parsed),
        Row("an event on all of 5 faces, p50", p50 * 1e3, "ms"),
        Row("an event on all of 5 faces, p99", p99 * 1e3, "ms"),
    ]
