"""GitHub's answers, by a server on loopback that speaks its documented schema."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from cockpit.checks.base import Context, Outcome
from cockpit.checks.registry import run

COMMIT = "4f2c1d9aab03e1f00c0ffee4f2c1d9aab03e1f00"
REPO = "bakery/shop"


def _run(
    name: str, conclusion: str | None, started: str | None = "2026-11-22T10:00:00Z", *, suite: int = 1
) -> dict[str, Any]:
    status = "completed" if conclusion else "in_progress"
    app = {"slug": "github-actions"}
    given = {"name": name, "status": status, "conclusion": conclusion, "started_at": started}
    return {**given, "app": app, "check_suite": {"id": suite}}


def _serve(
    server: HTTPServer,
    runs: list[dict[str, Any]],
    statuses: list[dict[str, Any]] | None = None,
    suites: list[dict[str, Any]] | None = None,
) -> None:
    base = f"/repos/{REPO}/commits/{COMMIT}"
    server.expect_request(f"{base}/check-runs").respond_with_json({"total_count": len(runs), "check_runs": runs})
    groups = suites or []
    server.expect_request(f"{base}/check-suites").respond_with_json(
        {"total_count": len(groups), "check_suites": groups}
    )
    given = statuses or []
    server.expect_request(f"{base}/status").respond_with_json({"total_count": len(given), "statuses": given})


async def said(name: str, server: HTTPServer, **more: Any) -> Outcome:
    env = {"GITHUB_TOKEN": "hunter2hunter2", "GITHUB_REPOSITORY": REPO, "GITHUB_API_URL": server.url_for("")}
    given: dict[str, Any] = {"root": Path(), "commit": COMMIT, "env": env, "now": 1_795_000_000.0}
    return await run(name, Context(**{**given, **more}))


@pytest.mark.parametrize(
    ("runs", "statuses", "verdict", "words"),
    [
        ([_run("test", "success"), _run("lint", "skipped")], [], "pass", "2 checks of 4f2c1d9aab passed"),
        ([_run("test", "failure"), _run("lint", "success")], [], "fail", "4f2c1d9aab: test (failure)"),
        ([_run("test", None)], [], "unknown", "4f2c1d9aab: still running: test"),
        ([_run("test", "failure", "2026-11-22T10:00:00Z"), _run("test", "success", "2026-11-22T11:00:00Z")], [], "pass",
         "1 checks of 4f2c1d9aab passed"),
        ([], [{"context": "ci/old", "state": "error", "updated_at": "2026-11-22T10:00:00Z"}], "fail",
         "4f2c1d9aab: ci/old (error)"),
        ([], [], "unknown", "no check ran for 4f2c1d9aab"),
    ],
)  # fmt: skip
async def test_the_newest_run_of_every_check_must_be_green(
    httpserver: HTTPServer, runs: list[dict[str, Any]], statuses: list[dict[str, Any]], verdict: str, words: str
) -> None:
    _serve(httpserver, runs, statuses)
    found = await said("ci.status", httpserver)
    assert (found.verdict, found.summary) == (verdict, words)
    asked = httpserver.log[0][0]
    assert asked.headers["Authorization"] == "Bearer hunter2hunter2"
    assert asked.headers["X-GitHub-Api-Version"] == "2022-11-28"


async def test_checks_on_a_second_page_count(httpserver: HTTPServer) -> None:
    base = f"/repos/{REPO}/commits/{COMMIT}"
    first = [_run(f"job {n}", "success") for n in range(100)]
    for page, runs in (("1", first), ("2", [_run("the last", "failure")])):
        httpserver.expect_request(
            f"{base}/check-runs", query_string={"per_page": "100", "page": page}
        ).respond_with_json({"total_count": 101, "check_runs": runs})
    httpserver.expect_request(f"{base}/check-suites").respond_with_json({"total_count": 0, "check_suites": []})
    httpserver.expect_request(f"{base}/status").respond_with_json({"total_count": 0, "statuses": []})
    assert (await said("ci.status", httpserver)).summary == "4f2c1d9aab: the last (failure)"


async def test_jobs_of_one_name_in_two_workflows_are_two(httpserver: HTTPServer) -> None:
    runs = [_run("test", "failure", suite=1), _run("test", "success", "2026-11-22T11:00:00Z", suite=2)]
    _serve(httpserver, runs)
    found = await said("ci.status", httpserver)
    assert (found.verdict, found.summary) == ("fail", "4f2c1d9aab: test (failure)")


async def test_an_attempt_that_has_not_started_is_the_newest(httpserver: HTTPServer) -> None:
    _serve(httpserver, [_run("test", "success"), _run("test", None, None)])
    assert (await said("ci.status", httpserver)).summary == "4f2c1d9aab: still running: test"


async def test_a_suite_that_is_queued_is_not_green(httpserver: HTTPServer) -> None:
    suites = [{"id": 7, "status": "queued", "app": {"slug": "github-actions"}}, {"id": 8, "status": "completed"}]
    _serve(httpserver, [_run("test", "success")], suites=suites)
    found = await said("ci.status", httpserver)
    assert found.verdict == "unknown"
    assert "still running: the suite 7 of github-actions" in found.summary


@pytest.mark.parametrize("total", [300, 5000])
async def test_what_is_on_no_page_is_not_known(httpserver: HTTPServer, total: int) -> None:
    base = f"/repos/{REPO}/commits/{COMMIT}"
    many = [_run(f"job {n}", "success") for n in range(100)]
    pages = (1, 2) if total == 300 else range(1, 11)
    for page in pages:
        httpserver.expect_request(
            f"{base}/check-runs", query_string={"per_page": "100", "page": str(page)}
        ).respond_with_json({"total_count": total, "check_runs": many})
    httpserver.expect_request(f"{base}/check-runs").respond_with_json({"total_count": total, "check_runs": []})
    found = await said("ci.status", httpserver)
    assert found.verdict == "unknown"
    assert "the rest is unknown" in found.summary


async def test_without_an_answer_nothing_is_known(httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_request(f"/repos/{REPO}/commits/{COMMIT}/check-runs").respond_with_json(
        {"message": "Bad credentials"}, status=401
    )
    found = await said("ci.status", httpserver)
    assert found.verdict == "unknown"
    assert "GitHub returned 401" in found.summary
    assert "Bad credentials" in found.summary
    assert "hunter2" not in found.summary
    assert (await said("ci.status", httpserver, env={"GITHUB_REPOSITORY": REPO})).summary == (
        "$GITHUB_TOKEN is not set; cannot query GitHub"
    )
    assert (await said("ci.status", httpserver, commit="")).verdict == "unknown"
    token = {"GITHUB_TOKEN": "x" * 12}
    assert "unknown GitHub repository" in (await said("ci.status", httpserver, root=tmp_path, env=token)).summary


@pytest.mark.parametrize(
    "url", ["git@github.com:bakery/shop.git", "https://github.com/bakery/shop", "ssh://git@github.com/bakery/shop.git"]
)
async def test_the_repository_is_the_remotes(httpserver: HTTPServer, tmp_path: Path, url: str) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "remote", "add", "origin", url], check=True)
    _serve(httpserver, [_run("test", "success")])
    env = {"GITHUB_TOKEN": "hunter2hunter2", "GITHUB_API_URL": httpserver.url_for("")}
    assert (await said("ci.status", httpserver, root=tmp_path, env=env)).verdict == "pass"


def _secret(name: str, days: float) -> dict[str, str]:
    at = datetime.fromtimestamp(1_795_000_000.0 - days * 86_400, UTC)
    return {"name": name, "created_at": "2020-01-01T00:00:00Z", "updated_at": f"{at:%Y-%m-%dT%H:%M:%SZ}"}


@pytest.mark.parametrize(
    ("secrets", "verdict", "words"),
    [
        ([_secret("A", 3), _secret("B", 80)], "pass", "2 secrets, the oldest 80 days old"),
        ([_secret("A", 3), _secret("B", 91)], "fail", "older than 90 days: B (91 days)"),
        ([], "unknown", "bakery/shop has no secrets, or this token may not see them"),
    ],
)
async def test_secrets_older_than_their_limit_are_named(
    httpserver: HTTPServer, secrets: list[dict[str, str]], verdict: str, words: str
) -> None:
    httpserver.expect_request(f"/repos/{REPO}/actions/secrets").respond_with_json(
        {"total_count": len(secrets), "secrets": secrets}
    )
    found = await said("secrets.age", httpserver)
    assert (found.verdict, found.summary) == (verdict, words)


@pytest.mark.parametrize(("state", "verdict"), [("closed", "pass"), ("open", "fail")])
async def test_an_issue_must_be_closed(httpserver: HTTPServer, state: str, verdict: str) -> None:
    httpserver.expect_request(f"/repos/{REPO}/issues/12").respond_with_json({"state": state, "title": "Bread is stale"})
    found = await said("issue.closed", httpserver, argument="12")
    assert (found.verdict, found.summary) == (verdict, f"#12 Bread is stale is {state}")
    assert (await said("issue.closed", httpserver, argument="soon")).verdict == "unknown"
    assert "GitHub returned" in (await said("issue.closed", httpserver, argument="13")).summary
