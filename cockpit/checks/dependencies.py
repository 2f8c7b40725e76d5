"""Vulnerabilities of the locked dependencies, as the package manager's own audit counts them."""

import asyncio
import json
import shutil
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from cockpit.checks.base import Context, Outcome, failed, listed, passed, unknown
from cockpit.text.sanitize import one_line

SECONDS = 120.0
GRAVE = ("critical", "high")
"""Severities that fail the check; the rest is counted and shown."""

Counts = dict[str, int]


class Audit(Struct, frozen=True):
    lock: str
    argv: tuple[str, ...]
    read: Callable[[str], Counts]
    """Counts by severity. Raises ValueError, KeyError or TypeError where the answer has another form."""


def _npm(said: str) -> Counts:
    counts = json.loads(said)["metadata"]["vulnerabilities"]
    return {name: int(count) for name, count in counts.items() if name not in ("total", "info") and count}


def _yarn(said: str) -> Counts:
    for line in said.splitlines():
        row = json.loads(line)
        if row.get("type") == "auditSummary":
            found = row["data"]["vulnerabilities"]
            return {name: int(count) for name, count in found.items() if name != "info" and count}
    raise ValueError("no summary")


def _pip(said: str) -> Counts:
    found = sum(len(one.get("vulns", [])) for one in json.loads(said)["dependencies"])
    # pip-audit knows no severities: every one counts.
    return {"high": found} if found else {}


def _cargo(said: str) -> Counts:
    found: Any = json.loads(said)["vulnerabilities"]
    return {"high": int(found["count"])} if found["count"] else {}


AUDITS = (
    Audit("package-lock.json", ("npm", "audit", "--json"), _npm),
    Audit("pnpm-lock.yaml", ("pnpm", "audit", "--json"), _npm),
    Audit("yarn.lock", ("yarn", "audit", "--json"), _yarn),
    Audit("requirements.txt", ("pip-audit", "--format=json", "--progress-spinner=off", "-r", "requirements.txt"), _pip),
    Audit("Cargo.lock", ("cargo", "audit", "--json"), _cargo),
)


async def audit(context: Context) -> Outcome:
    """Every lock file at the top of the repository that an installed tool can audit; high and critical fail."""
    found = [one for one in AUDITS if (context.root / one.lock).is_file()]
    if not found:
        return unknown(f"no auditable lock file ({', '.join(one.lock for one in AUDITS)})")
    total: Counts = {}
    tools: list[str] = []
    for one in found:
        tool = shutil.which(one.argv[0], path=context.env.get("PATH"))
        if tool is None:
            return unknown(f"{one.argv[0]} is not installed here; {one.lock} was not audited")
        try:
            counts = one.read(await _said((tool, *one.argv[1:]), context))
        except TimeoutError:
            return unknown(f"{one.argv[0]} timed out after {SECONDS:g} s")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return unknown(f"{one.argv[0]} returned no audit: {one_line(str(error))[:120]}")
        tools.append(one.argv[0])
        for severity, count in counts.items():
            total[severity] = total.get(severity, 0) + count
    said = ", ".join(f"{count} {severity}" for severity, count in total.items()) or "no known vulnerability"
    words = f"{' and '.join(tools)}: {said}"
    return failed(words) if any(total.get(severity) for severity in GRAVE) else passed(words)


async def _said(argv: tuple[str, ...], context: Context) -> str:
    """Standard output; the status says only that something was found. Raises TimeoutError."""
    env: Mapping[str, str] = {**context.env, "NO_COLOR": "1"}
    process = await asyncio.create_subprocess_exec(
        *argv, cwd=context.root, env=env, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        said, _ = await asyncio.wait_for(process.communicate(), SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    return said.decode("utf-8", "replace")


def _named(said: str) -> list[str]:
    """`name 1.0 -> 2.0` of npm's, pnpm's and pip's answers. Raises ValueError, KeyError, TypeError, AttributeError."""
    shape = json.loads(said or "{}")
    if isinstance(shape, list):
        return [f"{one['name']} {one['version']} -> {one['latest_version']}" for one in shape]
    return [f"{name} {one.get('current', 'missing')} -> {one['latest']}" for name, one in shape.items()]


OUTDATED = (
    ("package-lock.json", ("npm", "outdated", "--json")),
    ("pnpm-lock.yaml", ("pnpm", "outdated", "--format", "json")),
    ("requirements.txt", ("pip", "list", "--outdated", "--format=json")),
)


async def outdated(context: Context) -> Outcome:
    """Nothing that is locked has a newer release; what has is listed, for the exceptions to be written down (waive)."""
    found = [(lock, argv) for lock, argv in OUTDATED if (context.root / lock).is_file()]
    if not found:
        return unknown(f"no lock file whose package manager reports this ({', '.join(lock for lock, _ in OUTDATED)})")
    old: list[str] = []
    for lock, argv in found:
        tool = shutil.which(argv[0], path=context.env.get("PATH"))
        if tool is None:
            return unknown(f"{argv[0]} is not installed here; {lock} was not checked")
        try:
            old += [one_line(words) for words in _named(await _said((tool, *argv[1:]), context))]
        except TimeoutError:
            return unknown(f"{argv[0]} timed out after {SECONDS:g} s")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return unknown(f"{argv[0]} returned no report: {one_line(str(error))[:120]}")
    return (
        failed(f"{len(old)} outdated: {listed(old, 3)}", "\n".join(old[:40])) if old else passed("nothing is outdated")
    )
