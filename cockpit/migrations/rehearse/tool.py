"""`cockpit migrations rehearse`: its options, its words, its exit status."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from cockpit.backup.database import BackupError
from cockpit.migrations.files import NoMigrations, found, shown
from cockpit.migrations.rehearse.model import Rehearsal
from cockpit.migrations.rehearse.rehearse import Rehearser, read
from cockpit.migrations.rehearse.scratch import Refused, from_variable, scratch
from cockpit.migrations.rehearse.show import lines
from cockpit.migrations.wayback import is_down
from cockpit.text.sanitize import plain

FINE, FINDINGS, USAGE = 0, 1, 2


def run_rehearsal(
    paths: Sequence[Path],
    *,
    since: str,
    source: str,
    given: str,
    rows_from: str,
    i_know: bool,
    single: bool,
    down: bool,
    as_json: bool,
) -> int:
    """Prints what was found; progress goes to standard error."""

    def say(text: str) -> None:
        click.echo(plain(text), err=True)

    try:
        chosen = [path for path in found(paths, Path.cwd(), since) if not is_down(str(path))]
        migrations = [read(path, name, single=single) for path, name in shown(chosen)]
        rows_from = rows_from or (source if source.startswith("env:") else "")
        rows = from_variable(rows_from, "--rows-from").estimates() if rows_from else {}
        with scratch(source, given, say, i_know=i_know) as ready:
            result = Rehearser(ready, rows, say, down=down).run(migrations)
    except (NoMigrations, Refused) as error:
        say(f"cockpit: {error}")
        return USAGE
    except BackupError as error:
        say(f"cockpit: {error}")
        return FINDINGS
    sys.stdout.write(as_text(result) if as_json else plain("\n".join(lines(result))) + "\n")
    return FINDINGS if result.failed else FINE


def as_text(result: Rehearsal) -> str:
    """JSON with what is computed too: `ok`, and of each file `seconds` and `ok`."""
    built = msgspec.to_builtins(result)
    for one, file in zip(built["files"], result.files, strict=True):
        one |= {"ok": not file.failed, "seconds": file.seconds}
    return json.dumps({"ok": not result.failed, **built}, indent=2, ensure_ascii=False) + "\n"
