"""`cockpit rollout FLAG --check-hash`: the real share per stage, and that nobody falls out when it grows."""

import json
from pathlib import Path

import click

from cockpit.deploy.rollout.plan import Stage
from cockpit.flags.bucketing import Bucketing, Share, shares
from cockpit.opening.deploy import OpeningError
from cockpit.opening.rollout import settings_of
from cockpit.settings.flags import FlagSettings
from cockpit.settings.load import SettingsError
from cockpit.text.sanitize import one_line

DONE, FOUND, USAGE = range(3)
NAMED = 3


def check_hash(flag: str, environment: str | None, ids: Path | None, sample: int, *, as_json: bool) -> int:
    """Exit status: 0 sticky, 1 somebody falls out, 2 usage."""
    try:
        _, settings = settings_of(flag, environment)
        users = _users(ids, sample)
    except (OpeningError, SettingsError, ValueError) as error:
        click.echo(f"cockpit: {error}", err=True)
        return USAGE
    table = settings.flags[flag]
    stages = [stage for stage in table.planned() if stage.percent]
    bucketing = Bucketing(table.bucketing.hash, table.bucketing.key, table.bucketing.buckets)
    found = shares(bucketing, flag, [stage.percent for stage in stages], users)
    if as_json:
        click.echo(json.dumps(_shape(flag, table, found), indent=2))
    else:
        click.echo("\n".join(_lines(flag, table, stages, found)))
    return FOUND if any(one.lost for one in found) else DONE


def _users(ids: Path | None, sample: int) -> list[str]:
    """Every id once, in their order. Raises ValueError."""
    if ids is None:
        return [f"user-{number}" for number in range(1, sample + 1)]
    try:
        lines = ids.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{ids}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    users = list(dict.fromkeys(line.strip() for line in lines if line.strip()))
    if not users:
        raise ValueError(f"{ids}: no IDs found; write one per line")
    return users


def _lines(flag: str, table: FlagSettings, stages: list[Stage], found: list[Share]) -> list[str]:
    bucketing = table.bucketing
    lines = [
        f"{one_line(flag)}: {bucketing.hash} of {bucketing.key!r} modulo {bucketing.buckets}, "
        f"{found[0].of if found else 0:,} ids",
        f"{'stage':>8} {'wanted':>8} {'real':>9} {'inside':>9} {'dropped out':>9}",
    ]
    for number, one in enumerate(found, 1):
        odd = "  far from a uniform hash" if one.unlikely else ""
        lines.append(f"{number:>8} {one.percent:>6g} % {one.real:>7.2f} % {one.inside:>9,} {len(one.lost):>9,}{odd}")
    lost = [one for one in found if one.lost]
    if not lost:
        return [*lines, "sticky: no one drops out as the share grows"]
    first = lost[0]
    named = ", ".join(one_line(user) for user in first.lost[:NAMED])
    return [
        *lines,
        f"NOT STICKY: {len(first.lost):,} of those who had it lose it at {first.percent:g} % ({named} ...); the "
        "bucket depends on something that changes with the stage",
    ]


def _shape(flag: str, table: FlagSettings, found: list[Share]) -> dict[str, object]:
    return {
        "flag": flag,
        "hash": table.bucketing.hash,
        "key": table.bucketing.key,
        "buckets": table.bucketing.buckets,
        "ids": found[0].of if found else 0,
        "stages": [
            {"percent": one.percent, "real": one.real, "inside": one.inside, "fell_out": len(one.lost)} for one in found
        ],
        "sticky": not any(one.lost for one in found),
    }
