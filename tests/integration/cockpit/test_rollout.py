"""`cockpit rollout` as a person runs it: a file flag in a repository of its own, an engine process, real HTTP."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from cockpit.client.session import deploys
from cockpit.history.reading import state_of
from tests.integration.cockpit.helpers import Repository, repository
from tests.waiting import wait_for

RUNBOOK = "# Baking\n\n## Deployment steps\n\n```bash\necho baked\n```\n"
SETTINGS = """
watch = "1s"

[sources.app]
type = "openmetrics"
url = "{url}/metrics"
interval = "100ms"
window = "300ms"

[metrics.p95]
observe_only = true

[flags.checkout]
type = "file"
path = "flags.json"
stages = [5, 100]
soak = "1s"
min_samples = 0
settle = "1s"
reread = "100ms"

[flags."x; touch pwned"]
type = "command"
set = "cp /dev/stdin {{flag}}"
"""


class Shop:
    """A service whose requests are all good until somebody says otherwise."""

    def __init__(self, server: HTTPServer) -> None:
        self.good = self.bad = 0
        self.failing = False
        server.expect_request("/metrics").respond_with_handler(self._metrics)

    def _metrics(self, request: Request) -> Response:
        self.good += 0 if self.failing else 20
        self.bad += 20 if self.failing else 0
        lines = [
            "# TYPE http_requests_total counter",
            f'http_requests_total{{status="200"}} {self.good}',
            f'http_requests_total{{status="500"}} {self.bad}',
            "# TYPE http_request_duration_seconds histogram",
            f'http_request_duration_seconds_bucket{{le="1"}} {self.good + self.bad}',
            f'http_request_duration_seconds_bucket{{le="+Inf"}} {self.good + self.bad}',
            f"http_request_duration_seconds_sum {(self.good + self.bad) / 100}",
            f"http_request_duration_seconds_count {self.good + self.bad}",
        ]
        return Response("\n".join([*lines, ""]), content_type="text/plain; version=0.0.4")


@contextmanager
def bakery(more: str = "") -> Iterator[tuple[Repository, Shop]]:
    server = HTTPServer(host="127.0.0.1", threaded=True)
    server.start()
    shop = Shop(server)
    try:
        with repository(RUNBOOK) as here:
            url = f"http://127.0.0.1:{server.port}"
            (here.root / "cockpit.toml").write_text(
                SETTINGS.replace("{url}", url).replace("{{", "{").replace("}}", "}") + more
            )
            (here.root / "flags.json").write_text('{"checkout": 0}')
            yield here, shop
    finally:
        server.stop()


def percent(here: Repository) -> object:
    return json.loads((here.root / "flags.json").read_text())["checkout"]


def test_all_stages_without_a_person() -> None:
    with bakery() as (here, _):
        done = here.cockpit("rollout", "checkout", "--headless", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        assert percent(here) == 100
        assert "stage 2 of 2, 100 %: held" in done.stdout
        assert "rollout closed: succeeded" in done.stdout
        told = here.cockpit("rollout", "checkout", "--history")
        assert told.stdout.count(" setting ") == 2
        shape = json.loads(here.cockpit("rollout", "checkout", "--status", "--json").stdout)
        assert [stage["status"] for stage in shape["stages"]] == ["passed", "passed"]
        assert (shape["outcome"], shape["reads"]) == ("succeeded", 100.0)
        assert "no deploys yet" in here.cockpit("history").stdout, "the figures of deploys are of deploys"
        log = here.log.read_text()
        assert "# Production: rollout of checkout" in log
        assert "| 100 % | held |" in log


def test_a_breach_ends_it_off_and_rolled_back() -> None:
    with bakery() as (here, shop):
        process = here.cockpit_until("rollout", "checkout", "--headless", "--yes", until="stage 1 of 2, 5 %: soaking")
        shop.failing = True
        said = process.communicate(timeout=60)[0]
        assert process.returncode == 3, said
        assert "BREACH" in said
        assert percent(here) == 0
        assert "rollout closed: rolled back" in said


def test_one_thing_at_a_time_from_the_command_line_while_a_deploy_may_come_and_go() -> None:
    with bakery() as (here, _):
        watching = here.cockpit_until("rollout", "checkout", "--headless", until="needs attention")
        try:
            layout = here.layout
            (row,) = deploys(layout)
            assert row.environment == "production/flag:checkout"
            wait_for(lambda: here.cockpit("rollout", "checkout", "--advance").returncode == 0, "the first stage", 20)
            wait_for(lambda: state_of(layout, row.id).rollout.stages[0].status == "passed", "the soak")  # type: ignore[union-attr]
            assert percent(here) == 5
            deploy = here.cockpit("run", "docs/deploy.md", "--headless", "--yes")
            assert deploy.returncode == 0, deploy.stdout + deploy.stderr
            held = here.cockpit("rollout", "checkout", "--hold", "lunch")
            assert held.returncode == 0
            refused = here.cockpit("rollout", "checkout", "--advance")
            assert (refused.returncode, "on hold" in refused.stderr) == (4, True)
            status = here.cockpit("status")
            assert "production/flag:checkout" in status.stdout
            assert "the flag reads 5 %" in status.stdout
            off = here.cockpit("rollout", "checkout", "--off", "--reason", "customers call")
            assert off.returncode == 0, off.stdout + off.stderr
            assert percent(here) == 0
            closed = here.cockpit("rollout", "checkout", "--close", "rolled back", "--reason", "customers call")
            assert closed.returncode == 0
            watching.communicate(timeout=30)
            assert watching.returncode == 3
        finally:
            watching.kill()


def test_a_killed_engine_comes_back_and_sets_nothing_again() -> None:
    with bakery('[flags.checkout.bucketing]\nhash = "sha256"\n') as (here, _):
        watching = here.cockpit_until("rollout", "checkout", "--headless", until="needs attention")
        try:
            (row,) = deploys(here.layout)
            wait_for(lambda: here.cockpit("rollout", "checkout", "--advance").returncode == 0, "the first stage", 20)
            first = state_of(here.layout, row.id).engine_pid
            psutil.Process(first).kill()
            off = here.cockpit("rollout", "checkout", "--off")
            assert off.returncode == 0, off.stdout + off.stderr
            state = state_of(here.layout, row.id)
            assert state.engine_pid != first
            assert state.rollout is not None
            assert [change.kind for change in state.rollout.changes] == ["advance", "off"]
            assert percent(here) == 0
        finally:
            watching.kill()


def test_off_works_where_no_rollout_is_open() -> None:
    with bakery() as (here, _):
        (here.root / "flags.json").write_text('{"checkout": 100}')
        began = time.monotonic()
        off = here.cockpit("rollout", "checkout", "--off")
        assert off.returncode == 0, off.stdout + off.stderr
        assert percent(here) == 0
        assert time.monotonic() - began < 30
        wait_for(lambda: deploys(here.layout)[0].outcome == "aborted", "the end of its record")


def test_a_second_rollout_of_the_same_flag_is_refused() -> None:
    import asyncio

    from cockpit.client.session import open_deploy
    from cockpit.errors import CockpitError
    from cockpit.opening.rollout import open_rollout

    with bakery() as (here, _):
        first = here.cockpit_until("rollout", "checkout", "--headless", until="needs attention")
        try:
            opened = open_rollout("checkout", root=here.root)
            with pytest.raises(CockpitError) as caught:
                asyncio.run(open_deploy(opened, "bob", time.time()))
            assert caught.value.status == 5
            assert "already has an open deploy" in str(caught.value)
        finally:
            first.kill()


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("chekout",), 2, "did you mean 'checkout'?"),
        (("nothing-like-it",), 2, "known: checkout"),
        (("checkout", "--advance"), 2, "no rollout of checkout is open"),
        (("checkout", "--status"), 2, "has never been rolled out"),
        (("checkout", "--advance", "--off"), None, ""),
        (("checkout", "--status", "--hold", "x"), 2, "only one of these options at a time"),
        (("checkout", "--yes"), 2, "--yes requires --headless"),
        (("checkout",), 2, "no terminal here"),
    ],
)
def test_wrong_use_is_said_in_words(arguments: tuple[str, ...], status: int | None, words: str) -> None:
    with bakery() as (here, _):
        headless = ("--headless",) if arguments in (("chekout",), ("nothing-like-it",)) else ()
        done = here.cockpit("rollout", *arguments, *headless)
        assert words in done.stderr, done.stderr
        if status is not None:
            assert done.returncode == status


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ('type = "fiel"\npath = "x"', "no type 'fiel'; did you mean 'file'?"),
        ('type = "file"\npath = "x"\nmetric = "erors"', "no metric 'erors'"),
        ('type = "file"\npath = "x"\ngates = ["calm"]', "no [gates.calm]"),
        ('type = "file"\npath = "x"\nstages = [50, 5]', "stage 2 (5 %) must be above stage 1"),
        ('type = "http"\nurl = "http://x"\ntoken = "abc"', 'Use token = "env:NAME"'),
        ('type = "http"\nurl = "http://x"\ntoken = "env:NOWHERE_SET"', "$NOWHERE_SET is not set"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_opening(flag: str, words: str) -> None:
    with bakery(f"\n[flags.bad]\n{flag}\n") as (here, _):
        done = here.cockpit("rollout", "bad", "--headless")
        assert done.returncode == 2
        assert words in done.stderr, done.stderr
        assert "abc" not in done.stderr


def test_check_hash_shows_the_real_share_and_finds_a_bucket_that_is_not_sticky(tmp_path: Path) -> None:
    more = '\n[flags.checkout.bucketing]\nhash = "murmur3"\nkey = "{id}"\n'
    salted = '\n[flags.salted]\ntype = "file"\npath = "x"\n[flags.salted.bucketing]\nkey = "{percent}:{id}"\n'
    ids = tmp_path / "ids.txt"
    ids.write_text("\n".join(f"ann-{number}" for number in range(5000)) + "\n\nann-1\n")
    with bakery(more + salted) as (here, _):
        good = here.cockpit("rollout", "checkout", "--check-hash", "--ids", str(ids))
        assert good.returncode == 0, good.stderr
        assert "5,000 ids" in good.stdout
        assert "sticky: no one drops out" in good.stdout
        bad = here.cockpit("rollout", "salted", "--check-hash", "--sample", "2000", "--json")
        assert bad.returncode == 1
        shape = json.loads(bad.stdout)
        assert shape["sticky"] is False
        assert shape["stages"][1]["fell_out"] > 50
        (tmp_path / "none.txt").write_text("\n")
        empty = here.cockpit("rollout", "checkout", "--check-hash", "--ids", str(tmp_path / "none.txt"))
        assert (empty.returncode, "no IDs found" in empty.stderr) == (2, True)
