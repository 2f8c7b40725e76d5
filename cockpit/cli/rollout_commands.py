"""The command line of rollouts; lazy like the rest of it."""

import sys
from pathlib import Path
from typing import Any

import click

USAGE = 2


@click.command()
@click.argument("flag")
@click.option("--status", "look", flag_value="status", help="show its state")
@click.option("--history", "look", flag_value="history", help="list every rollout of the flag, with its changes")
@click.option("--check-hash", "look", flag_value="hash", help="check the real share per stage, and stickiness")
@click.option("--advance", "act", flag_value="advance", help="set the next stage")
@click.option("--back", "act", flag_value="back", help="set the previous stage")
@click.option("--off", "act", flag_value="off", help="turn it off now, whatever the state")
@click.option("--release", "act", flag_value="release", help="resume")
@click.option("--confirm", "act", flag_value="confirm", help="confirm the value of a flag that cannot be read")
@click.option("--hold", "hold", metavar="REASON", help="let it wait")
@click.option(
    "--close", "outcome", type=click.Choice(["succeeded", "failed", "aborted", "rolled back"]), help="close the rollout"
)
@click.option("--reason", default="", help="reason, for the log")
@click.option("--despite", default="", metavar="REASON", help="with --advance: override an inconclusive stage")
@click.option("--env", "environment", help="environment of cockpit.toml")
@click.option("--headless", is_flag=True, help="plain lines instead of the screen")
@click.option("--yes", is_flag=True, help="with --headless: follow every recommendation unattended")
@click.option("--ids", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="with --check-hash: a file")
@click.option("--sample", type=click.IntRange(1, 5_000_000), default=100_000, help="with --check-hash: number of IDs")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
@click.option("--ascii", "ascii_only", is_flag=True, help="no glyphs beyond ASCII")
@click.option("--as", "person", metavar="NAME", help="who you are (default: git's user.name)")
def rollout(
    flag: str,
    look: str | None,
    act: str | None,
    hold: str | None,
    outcome: str | None,
    reason: str,
    despite: str,
    environment: str | None,
    person: str | None,
    ids: Path | None,
    sample: int,
    as_json: bool,
    **face: Any,
) -> None:
    """Roll FLAG out in stages: set, read back, soak, judge. Opens the rollout, or reattaches.

    FLAG is a [flags.NAME] of cockpit.toml. A breach rolls back automatically; advancing takes your confirmation.

    \b
    Exit status: 0 done, 1 failed, 2 usage, 3 rolled back, 4 refused, 5 lock held.
    """
    chosen = [one for one in (look, act, "hold" if hold is not None else None, "close" if outcome else None) if one]
    if len(chosen) > 1:
        raise click.UsageError("only one of these options at a time")
    if despite and act != "advance":
        raise click.UsageError("--despite requires --advance")
    if look == "hash":
        from cockpit.cli.check_hash import check_hash

        sys.exit(check_hash(flag, environment, ids, sample, as_json=as_json))
    from cockpit.cli import rollout as tool

    if look == "status":
        sys.exit(tool.show_status(flag, environment, as_json=as_json))
    if look == "history":
        sys.exit(tool.show_flag_history(flag, environment, as_json=as_json))
    if chosen:
        text = (hold or "") if hold is not None else despite or reason
        wanted = tool.Wanted(act=chosen[0], text=text, outcome=outcome or "")
        sys.exit(tool.act(flag, wanted, environment=environment, person=person))
    sys.exit(tool.show_rollout(flag, environment=environment, person=person, **face))
