"""What GitHub says of the commit and of the repository's secrets, by its REST API (version 2022-11-28).

Documented at docs.github.com/rest/checks/runs, /rest/commits/statuses and /rest/actions/secrets.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

import msgspec

from cockpit.checks.base import Context, Outcome, failed, listed, passed, unknown
from cockpit.external import git
from cockpit.external.http import Access, Client, HttpError
from cockpit.text.sanitize import one_line

API = "https://api.github.com"
SECONDS = 10.0
MOST_PAGES = 10
OLDEST_DAYS = 90
_REMOTE = re.compile(r"(?:github[^:/]*[:/]|^https?://[^/]+/)(?P<repo>[\w.-]+/[\w.-]+?)(?:\.git)?/?$")
_GOOD = frozenset({"success", "neutral", "skipped"})


_Identity = tuple[str, str, str]
"""App, suite and name of a check run."""


class _Unanswered(Exception):
    """Why GitHub's word is not known."""


async def ci_status(context: Context) -> Outcome:
    """Check runs, suites and statuses of exactly this commit. One run is its app, its suite (the run of a workflow) and
    its name; of its attempts the newest counts. A suite that is queued is not green."""
    if not context.commit:
        return unknown("not a git repository")
    try:
        repo = await _repository(context)
        base = f"/repos/{repo}/commits/{context.commit}"
        runs = await _pages(context, f"{base}/check-runs", "check_runs")
        suites = await _pages(context, f"{base}/check-suites", "check_suites")
        statuses = await _pages(context, f"{base}/status", "statuses")
    except _Unanswered as error:
        return unknown(str(error))
    newest: dict[_Identity, tuple[str, str]] = {}
    # What has not started yet is the newest attempt.
    for run in sorted(runs, key=lambda one: str(one.get("started_at") or "9999")):
        state = run.get("conclusion") if run.get("status") == "completed" else "pending"
        newest[_identity(run)] = (str(state), str(run.get("started_at") or ""))
    for suite in suites:
        if suite.get("status") != "completed":
            newest["suite", _app(suite), str(suite.get("id"))] = ("pending", "")
    for status in sorted(statuses, key=lambda one: str(one.get("updated_at") or "")):
        newest["status", "", one_line(str(status.get("context")))] = (str(status.get("state")), "")
    return _judged(newest, context.commit)


def _app(entry: Mapping[str, object]) -> str:
    app = entry.get("app")
    return one_line(str(app.get("slug") or app.get("name") or "")) if isinstance(app, dict) else ""


def _identity(run: Mapping[str, object]) -> _Identity:
    suite = run.get("check_suite")
    return _app(run), str(suite.get("id")) if isinstance(suite, dict) else "", one_line(str(run.get("name")))


def _named(identity: _Identity) -> str:
    kind, suite, name = identity
    return f"the suite {name} of {suite or 'an app'}" if kind == "suite" else name


def _judged(newest: Mapping[_Identity, tuple[str, str]], commit: str) -> Outcome:
    if not newest:
        return unknown(f"no check ran for {commit[:10]}")
    named = [(_named(identity), state) for identity, (state, _) in newest.items()]
    evidence = "\n".join(f"{name}: {state}" for name, state in sorted(named))
    bad = [f"{name} ({state})" for name, state in named if state not in _GOOD and state != "pending"]
    if bad:
        return failed(f"{commit[:10]}: {listed(bad)}", evidence)
    waiting = [name for name, state in named if state == "pending"]
    if waiting:
        return unknown(f"{commit[:10]}: still running: {listed(waiting)}", evidence)
    return passed(f"{len(newest)} checks of {commit[:10]} passed", evidence)


async def secrets_age(context: Context) -> Outcome:
    """No secret of the repository was last changed more than 90 days ago (`secrets.age:30` for another limit)."""
    try:
        repo = await _repository(context)
        found = await _pages(context, f"/repos/{repo}/actions/secrets", "secrets")
    except _Unanswered as error:
        return unknown(str(error))
    if not found:
        return unknown(f"{repo} has no secrets, or this token may not see them")
    limit = int(context.argument or OLDEST_DAYS)
    ages: dict[str, float] = {}
    for secret in found:
        try:
            changed = datetime.fromisoformat(str(secret.get("updated_at"))).timestamp()
        except ValueError:
            return unknown(f"GitHub returned no modification time for {one_line(str(secret.get('name')))}")
        ages[one_line(str(secret.get("name")))] = (context.now - changed) / 86_400
    old = [f"{name} ({age:.0f} days)" for name, age in sorted(ages.items(), key=lambda one: -one[1]) if age > limit]
    if old:
        return failed(f"older than {limit} days: {listed(old)}")
    return passed(f"{len(ages)} secrets, the oldest {max(ages.values()):.0f} days old")


async def issue_closed(context: Context) -> Outcome:
    """The issue (`issue.closed:123`) is closed."""
    if not context.argument.isdecimal():
        return unknown("no issue given; use issue.closed:123")
    try:
        repo = await _repository(context)
        issue = await _one(context, f"/repos/{repo}/issues/{context.argument}")
    except _Unanswered as error:
        return unknown(str(error))
    title, state = one_line(str(issue.get("title"))), issue.get("state")
    said = f"#{context.argument} {title} is {one_line(str(state))}"
    return passed(said) if state == "closed" else failed(said)


async def _repository(context: Context) -> str:
    named = context.env.get("GITHUB_REPOSITORY", "")
    url = named or (await asyncio.to_thread(git.git, context.root, "remote", "get-url", "origin") or "").strip()
    match = _REMOTE.search(url)
    if named and re.fullmatch(r"[\w.-]+/[\w.-]+", named):
        return named
    if match is None:
        raise _Unanswered(
            "unknown GitHub repository: the remote origin is not on GitHub, and $GITHUB_REPOSITORY is not set"
        )
    return match["repo"]


def _client(context: Context, path: str) -> Client:
    """Raises _Unanswered without a token."""
    token = context.env.get("GITHUB_TOKEN") or context.env.get("GH_TOKEN") or ""
    if not token:
        raise _Unanswered("$GITHUB_TOKEN is not set; cannot query GitHub")
    headers = {
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        "Authorization": f"Bearer {token}",
    }
    base = context.env.get("GITHUB_API_URL", API).rstrip("/")
    return Client(f"{base}{quote(path)}", Access(SECONDS, headers, credentials="a token"))


async def _one(context: Context, path: str) -> dict[str, object]:
    """Raises _Unanswered."""
    client = _client(context, path)
    try:
        answer = await client.ask()
        if answer.status != 200:
            raise _Unanswered(f"GitHub returned {answer.status} for {path}: {_message(answer.body)}")
        shape = msgspec.json.decode(answer.body)
    except (HttpError, msgspec.DecodeError) as error:
        raise _Unanswered(f"GitHub: {error}") from error
    finally:
        await client.close()
    if not isinstance(shape, dict):
        raise _Unanswered(f"unexpected response from GitHub for {path}")
    return shape


async def _pages(context: Context, path: str, key: str) -> list[dict[str, object]]:
    """Every entry of a list, over its pages. Raises _Unanswered."""
    client = _client(context, path)
    found: list[dict[str, object]] = []
    try:
        for page in range(1, MOST_PAGES + 1):
            answer = await client.ask(params={"per_page": "100", "page": str(page)})
            if answer.status != 200:
                raise _Unanswered(f"GitHub returned {answer.status} for {path}: {_message(answer.body)}")
            shape = msgspec.json.decode(answer.body)
            entries = shape.get(key) if isinstance(shape, dict) else None
            if not isinstance(entries, list):
                raise _Unanswered(f"GitHub's response for {path} has no {key}")
            found += [entry for entry in entries if isinstance(entry, dict)]
            total = shape.get("total_count")
            if isinstance(total, int) and len(found) >= total:
                break
            if not isinstance(total, int) and len(entries) < 100:
                break
            if not entries:
                raise _Unanswered(f"GitHub returned {len(found)} of {total} {key}; the rest is unknown")
        else:
            raise _Unanswered(f"GitHub has more than {len(found)} {key}; the rest is unknown")
    except (HttpError, msgspec.DecodeError) as error:
        raise _Unanswered(f"GitHub: {error}") from error
    finally:
        await client.close()
    return found


def _message(body: str) -> str:
    try:
        said = json.loads(body).get("message", "")
    except (ValueError, AttributeError):
        said = ""
    return one_line(str(said))[:120] or "no reason given"
