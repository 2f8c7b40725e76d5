"""`cockpit recover`: what can be read of a damaged journal, written anew."""

import time
from pathlib import Path

import click

from cockpit.engine.ipc.probe import engine_alive
from cockpit.errors import FAILED, REFUSED, USAGE, said
from cockpit.external import record_place as place
from cockpit.journal.recover import recover, survey
from cockpit.journal.sqlite import JournalError
from cockpit.paths import Layout, find_root


def recover_journal(*, yes: bool, adopt: bool = False) -> int:
    """Say what survived of the journal; with `yes` write it anew and put the damaged file aside. `adopt`: a person says
    that a record from another place is theirs."""
    layout = Layout(find_root(Path.cwd()))
    if not layout.journal.exists():
        return said(f"{layout.journal}: no journal found", USAGE)
    if adopt:
        place.seal(layout.folder)
        click.echo(f"{layout.folder} is now treated as created here")
    found = survey(layout.journal)
    damaged = [one for one in found if one.damaged]
    for one in found:
        lost = f"; at least {one.missing} after them lost" if one.missing else ""
        state = f"DAMAGED: {one.problem}" if one.damaged else "whole"
        click.echo(f"{one.deploy}: {state}; events 1 to {len(one.whole)} readable{lost}")
    if not damaged:
        click.echo("no damage found")
        return 0
    alive = [one.deploy for one in found if engine_alive(layout, one.deploy)]
    if alive:
        return said(f"an engine has the journal open (deploy {alive[0]}). Stop it first (kill -TERM its pid)", REFUSED)
    if not yes:
        return said("nothing was done. Add --yes to keep what is readable and set the damaged file aside", REFUSED)
    try:
        aside = recover(layout.journal, found, time.time())
    except JournalError as error:
        return said(str(error), FAILED)
    click.echo(f"rebuilt: {layout.journal}; the damaged file is {aside}")
    click.echo("Next: cockpit attach (what ran after the damage is marked unknown; check it, then decide)")
    return 0
