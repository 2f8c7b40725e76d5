"""The world around the deploy: variables, secrets in the history, room on the disk, certificates."""

import asyncio
import re
import shutil
import socket
import ssl
import time
from urllib.parse import urlsplit

from cockpit.checks.base import Context, Outcome, failed, listed, passed, unknown
from cockpit.text.sanitize import one_line

_ASSIGNED = re.compile(r"^\s*(?:export\s+)?([A-Z][A-Z0-9_]{2,})\s*=", re.M)
_IN_CODE = re.compile(r"`\$?\{?([A-Z][A-Z0-9_]{2,})\}?`")
_OPTIONAL = re.compile(r"\boptional\b", re.I)
FREE_SHARE = 10.0
TLS_DAYS = 14
SCAN_SECONDS = 120.0


def required_names(text: str) -> list[str]:
    """Names of variables in a file: `NAME=` of an example, else code spans of a Markdown table or list. A line that
    says optional asks nothing."""
    lines = [line for line in text.splitlines() if not _OPTIONAL.search(line)]
    assigned = _ASSIGNED.findall("\n".join(line for line in lines if not line.lstrip().startswith("#")))
    if assigned:
        return list(dict.fromkeys(assigned))
    marked = [line for line in lines if line.lstrip().startswith(("|", "-", "*", "+"))]
    return list(dict.fromkeys(name for line in marked for name in _IN_CODE.findall(line)))


async def env_required(context: Context) -> Outcome:
    """Every variable that the file names is set where the engine runs; by name, never by value."""
    name = context.argument or context.reference
    candidates = [name] if name else [".env.example", ".env.sample", ".env.template"]
    path = next((context.root / one for one in candidates if (context.root / one).is_file()), None)
    if path is None:
        return unknown(f"{' or '.join(candidates)} not found")
    names = required_names(path.read_text(encoding="utf-8", errors="replace"))
    if not names:
        return unknown(f"{path.name} names no variables")
    missing = [one for one in names if not context.env.get(one)]
    if missing:
        return failed(f"not set: {listed(missing)} ({len(missing)} of {len(names)} in {path.name})")
    return passed(f"{len(names)} variables of {path.name} are set")


async def secrets_scan(context: Context) -> Outcome:
    """gitleaks over the history, where it is installed; it is never fetched."""
    tool = shutil.which("gitleaks", path=context.env.get("PATH"))
    if tool is None:
        return unknown("gitleaks is not installed here")
    process = await asyncio.create_subprocess_exec(
        tool, "detect", "--no-banner", "--redact", "--exit-code=9", f"--source={context.root}",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        said, _ = await asyncio.wait_for(process.communicate(), SCAN_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        return unknown(f"gitleaks timed out after {SCAN_SECONDS:g} s")
    lines = [one_line(line) for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    if process.returncode == 0:
        return passed("gitleaks found nothing")
    if process.returncode == 9:
        return failed(f"gitleaks: {lines[-1] if lines else 'leaks found'}", "\n".join(lines[-10:]))
    return unknown(f"gitleaks exited with status {process.returncode}: {lines[-1] if lines else ''}")


async def disk_space(context: Context) -> Outcome:
    """Free room where the repository lies: backups and logs go there."""
    use = shutil.disk_usage(context.root)
    free = 100 * use.free / use.total
    said = f"{free:.0f} % free on the disk of {context.root.name} ({use.free / 1e9:.1f} GB)"
    least = float(context.argument.rstrip("% ")) if context.argument else FREE_SHARE
    return passed(said) if free >= least else failed(f"{said}; at least {least:g} % required")


async def tls_expiry(context: Context) -> Outcome:
    """Days until the certificates of production's addresses end."""
    hosts = sorted(
        {
            (parts.hostname, parts.port or 443)
            for url in context.urls
            if (parts := urlsplit(url)).scheme == "https" and parts.hostname
        }
    )
    if not hosts:
        return unknown("no https URL of production in the settings")
    days: dict[str, float] = {}
    for host, port in hosts:
        try:
            days[host] = await asyncio.wait_for(asyncio.to_thread(_days_left, host, port, context.now), 10)
        except (OSError, TimeoutError) as error:
            return unknown(f"{host}:{port}: {one_line(str(error)) or type(error).__name__}")
    worst = min(days, key=lambda host: days[host])
    said = f"certificate of {worst} expires in {days[worst]:.0f} days"
    return passed(said) if days[worst] >= TLS_DAYS else failed(f"{said}; at least {TLS_DAYS} required")


def _days_left(host: str, port: int, now: float) -> float:
    """Raises OSError where there is no valid certificate at all; `ssl.SSLError` is one."""
    context = ssl.create_default_context()
    with (
        socket.create_connection((host, port), timeout=8) as plain,
        context.wrap_socket(plain, server_hostname=host) as tls,
    ):
        until = (tls.getpeercert() or {}).get("notAfter")
    return (ssl.cert_time_to_seconds(str(until)) - (now or time.time())) / 86_400
