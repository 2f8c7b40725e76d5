"""The command line. Imports the rest lazily: `cockpit --help` needs click and nothing else."""

import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from cockpit import __version__
from cockpit.cli import clean_output
from cockpit.cli.database_commands import backup, migrations
from cockpit.cli.rollout_commands import rollout
from cockpit.cli.runbook_commands import check, outline, review
from cockpit.cli.team_commands import team

USAGE = 2


def fail(text: str, status: int = 1) -> NoReturn:
    click.echo(f"cockpit: {text}", err=True)
    sys.exit(status)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cockpit")
def cli() -> None:
    """Run a production deploy from a Markdown runbook: checklist, steps, metrics, rollback, log.

    \b
    Start here:   cockpit demo             a real deploy to a small production
                  cockpit run RUNBOOK.md   your own runbook, as it is
    """


@cli.command()
@click.option("--at", metavar="TIME", help="14:00, 2026-11-24T14:00Z, +30m (default: now)")
@click.option("--env", "environment", help="environment of cockpit.toml")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def window(at: str | None, environment: str | None, as_json: bool) -> None:
    """Is the deploy window open, why (not), and when is the next good one?

    \b
    Exit status: 0 yes, 1 no, 2 usage.
    """
    from cockpit.cli.window import show_window

    sys.exit(show_window(at, environment, as_json=as_json))


@cli.command()
@click.argument("runbook", required=False, type=click.Path())
@click.option("--force", is_flag=True, help="overwrite an existing cockpit.toml")
@click.option("--prometheus", metavar="URL", help="where errors and response times are measured")
@click.option("--metrics", metavar="URL", help="the same: the application's own /metrics page")
def init(runbook: str | None, **options: Any) -> None:
    """Write a commented cockpit.toml beside the repository's RUNBOOK.

    What the runbook states (a health URL, levels, deploy windows, how long to monitor) becomes a setting, with its
    line. In a terminal, one question: where errors are measured.
    """
    from cockpit.cli.init import write_settings

    sys.exit(write_settings(runbook, **options))


@cli.command()
def schema() -> None:
    """Print the JSON Schema of cockpit.toml, for editors."""
    import json

    from cockpit.settings.load import schema as of_settings

    click.echo(json.dumps(of_settings(), indent=2))


def _run_options(function: Any) -> Any:
    for option in reversed(
        [
            click.option("--env", "environment", help="environment of cockpit.toml (default: production)"),
            click.option("--ref", help="commit, branch or tag to deploy (default: HEAD)"),
            click.option("--at", help="T, the planned start: 14:00, 2026-11-24T14:00Z, +30m (default: now)"),
            click.option("--emergency", is_flag=True, help="an emergency deploy; needs --approved-by and --reason"),
            click.option("--approved-by", help="who approved the emergency"),
            click.option("--reason", help="reason for the emergency"),
            click.option("--unlock", metavar="REASON", help="reason for unlocking after a rollback"),
            click.option("--dry-run", is_flag=True, help="show every script, run nothing"),
            click.option("--headless", is_flag=True, help="plain lines instead of the screen"),
            click.option("--yes", is_flag=True, help="with --headless: follow every recommendation unattended"),
            click.option("--linear", is_flag=True, help="plain lines with keys, for screen readers"),
            click.option("--ascii", "ascii_only", is_flag=True, help="no glyphs beyond ASCII"),
            click.option("--as", "person", metavar="NAME", help="who you are (default: git's user.name)"),
            click.option("--set", "values", multiple=True, metavar="NAME=VALUE", help="value of a placeholder"),
            click.option("--accept-reading", is_flag=True, help="run scripts that were not reviewed; the log says so"),
            click.option("--wait", is_flag=True, help="wait until the environment is free"),
            click.option(
                "--without-team-lock", metavar="REASON", help="deploy although the team journal is unreachable"
            ),
        ]
    ):
        function = option(function)
    return function


@cli.command()
@click.argument("runbook", required=False, type=click.Path())
@_run_options
def run(runbook: str | None, **options: Any) -> None:
    """Open a deploy of RUNBOOK (default: the one in cockpit.toml).

    \b
    Exit status: 0 done, 1 failed, 2 usage, 3 rolled back, 4 refused, 5 lock held.
    """
    from cockpit.cli.run import start_run

    sys.exit(start_run(runbook, **options))


@cli.command()
@click.argument("deploy", required=False)
@click.option("--headless", is_flag=True, help="plain lines instead of the screen")
@click.option("--ascii", "ascii_only", is_flag=True, help="no glyphs beyond ASCII")
@click.option("--as", "person", metavar="NAME", help="who you are (default: git's user.name)")
@click.option("--linear", is_flag=True, help="plain lines with keys, for screen readers")
@click.option("--take-over", metavar="REASON", help="take over from a lost machine, or accept a handover")
@click.option(
    "--accept-differences", is_flag=True, help="with --take-over: accept a different commit, runbook or values here"
)
def attach(deploy: str | None, **options: Any) -> None:
    """Reattach to a running deploy (default: the open one), on this or a teammate's machine."""
    from cockpit.cli.attach import start_attach

    if options["accept_differences"] and options["take_over"] is None:
        fail("--accept-differences requires --take-over", USAGE)
    sys.exit(start_attach(deploy, read_only=False, **options))


@cli.command()
@click.argument("deploy", required=False)
@click.option("--headless", is_flag=True, help="plain lines instead of the screen")
@click.option("--ascii", "ascii_only", is_flag=True, help="no glyphs beyond ASCII")
@click.option("--linear", is_flag=True, help="plain lines with keys, for screen readers")
@click.option("--web", is_flag=True, help="serve it to browsers at a URL with a token")
@click.option("--host", help="with --web: listen address (default: 127.0.0.1, this machine only)")
@click.option("--port", type=click.IntRange(0, 65535), help="with --web: the port (default: a free one)")
def watch(
    deploy: str | None, headless: bool, ascii_only: bool, linear: bool, web: bool, host: str | None, port: int | None
) -> None:
    """Watch a deploy, read-only."""
    if web and (headless or linear):
        fail(f"--web and --{'headless' if headless else 'linear'} are mutually exclusive", USAGE)
    if not web and (host is not None or port is not None):
        fail("--host and --port require --web", USAGE)
    if web:
        from cockpit.web.start import start_web

        sys.exit(start_web(deploy, host=host or "127.0.0.1", port=port or 0, ascii_only=ascii_only))
    from cockpit.cli.attach import start_attach

    sys.exit(start_attach(deploy, headless=headless, ascii_only=ascii_only, read_only=True, linear=linear))


@cli.command()
@click.argument("deploy", required=False)
@click.option("--speed", type=float, default=1.0, metavar="N", help="playback speed (default: 1)")
@click.option("--at", metavar="OFFSET", help="start position: +5m, 90s, 00:12:31, or a time as in `run --at`")
@click.option("--ascii", "ascii_only", is_flag=True, help="no glyphs beyond ASCII")
def replay(deploy: str | None, speed: float, at: str | None, ascii_only: bool) -> None:
    """Show a past deploy on the same screen (default: the open one, else the newest).

    From the journal only: no engine is involved and nothing is written. `space` pauses and resumes, `.` and `,` go
    from event to event, the arrow keys by 10 seconds, `?` lists all keys.
    """
    from cockpit.cli.replay import start_replay

    sys.exit(start_replay(deploy, speed=speed, at=at, ascii_only=ascii_only))


@cli.command()
@click.argument("action", required=False)
@click.argument("step", required=False)
@click.option("--deploy", metavar="ID", help="default: the open deploy")
@click.option("--reason", default="", help="reason, or the text of a note")
@click.option("--choose", "choice", default="", metavar="NAME", help="one of the action's answers")
@click.option("--set", "values", multiple=True, metavar="NAME=VALUE", help="value of a placeholder")
@click.option("--yes", is_flag=True, help="confirm")
@click.option("--option", type=int, default=1, help="rollback: number of the option (default: the first)")
@click.option("--confirm", default="", metavar="ENVIRONMENT", help="rollback: the environment name")
@click.option("--despite", is_flag=True, help="rollback, with --reason: override blockers")
@click.option("--to", default="", metavar="NAME", help="hand-over: the person")
@click.option("--at", default="", metavar="TIME", help="move-time: the new T, as in `run --at`")
@click.option("--as", "person", metavar="NAME", help="who you are (default: git's user.name)")
def act(action: str | None, step: str | None, deploy: str | None, person: str | None, **given: Any) -> None:
    """Do what a key of the screen does, from a shell. Without ACTION: list the actions, and the steps and items.

    \b
    Exit status: 0 done, 1 failed, 2 usage, 4 refused, or not confirmed with --yes.
    """
    from cockpit.cli.act import run_act

    sys.exit(run_act(action, step, deploy, person, **given))


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def status(as_json: bool) -> None:
    """Current state in one line. Exit status: 1 if an open deploy needs attention, else 0."""
    from cockpit.cli.status import show_status

    sys.exit(show_status(as_json))


@cli.command()
@click.option("--env", "environment", help="only this environment (default: all)")
@click.option("--limit", type=click.IntRange(min=1), default=20, help="deploys to list (default: 20)")
@click.option("--weeks", type=click.FloatRange(min=1, max=520), default=12, help="weeks of metrics (default: 12)")
@click.option("--team", is_flag=True, help="deploys of every machine, from the team journal")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
@click.option("--ascii", "ascii_only", is_flag=True, help="no glyphs beyond ASCII")
def history(environment: str | None, limit: int, weeks: float, team: bool, as_json: bool, ascii_only: bool) -> None:
    """Past deploys and DORA metrics: frequency, lead time, change failure rate, time to restore.

    \b
    Exit status: 0, 1 if the journal cannot be read, 2 usage.
    """
    from cockpit.cli.history import show_history
    from cockpit.launch import is_unicode

    ascii_only = ascii_only or not is_unicode()
    sys.exit(show_history(environment, limit, weeks, as_json=as_json, ascii_only=ascii_only, team=team))


@cli.command()
@click.option("--option", "option", type=int, help="number of the rollback option (default: the first)")
@click.option("--set", "values", multiple=True, metavar="NAME=VALUE", help="value of a placeholder")
@click.option("--reason", default="", help="reason, for the log")
@click.option("--yes", is_flag=True, help="execute; default: only print the commands")
@click.option("--despite", is_flag=True, help="with --reason: override blockers")
@click.option("--rehearse", is_flag=True, help="check every rollback option, run nothing")
@click.argument("deploy", required=False)
def rollback(
    deploy: str | None,
    option: int | None,
    values: tuple[str, ...],
    reason: str,
    yes: bool,
    despite: bool,
    rehearse: bool,
) -> None:
    """Roll back without the screen. Exit status: 3 rolled back, 1 failed, 4 refused.

    With --rehearse: 0 if an option would work as far as can be known, 1 if none would.
    """
    from cockpit.cli.rollback import start_rehearsal, start_rollback

    if rehearse:
        sys.exit(start_rehearsal(deploy, option, values))
    sys.exit(start_rollback(deploy, option, values, reason, yes=yes, despite=despite))


@cli.command()
@click.argument("reason", nargs=-1, required=True)
@click.option("--env", "environment", help="environment (default: the one in cockpit.toml)")
def unlock(reason: tuple[str, ...], environment: str | None) -> None:
    """Unlock the environment after a rollback; REASON is logged. Exit status 4: it was not locked."""
    from cockpit.cli.unlock import run_unlock

    sys.exit(run_unlock(" ".join(reason), environment))


@cli.command()
@click.argument("kind", required=False)
@click.option("--send", is_flag=True, help="send it; default: only print it")
@click.option("--to", "to", multiple=True, metavar="NAME", help="a [notices.NAME] (default: all that take the kind)")
@click.option("--set", "values", multiple=True, metavar="FIELD=VALUE", help="value of a field")
@click.option("--deploy", metavar="ID", help="default: the open deploy, else the newest")
def notice(kind: str | None, send: bool, to: tuple[str, ...], values: tuple[str, ...], deploy: str | None) -> None:
    """Print a prefilled notice, or send it.

    KIND: pre-deploy, post-deploy, rollback, or a title of the runbook (default: what is due).

    \b
    Exit status: 0 shown or sent, 1 not sent, 2 usage, 4 refused: a field is missing, 5 the environment is locked.
    """
    from cockpit.cli.notice import run_notice

    sys.exit(run_notice(kind, send=send, to=to, values=values, deploy=deploy))


@cli.command()
@click.argument("deploy", required=False)
@click.option("--format", "formats", default="md,json,svg", help="md, json, svg, postmortem; several with commas")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="directory to write to (default: .)")
def export(deploy: str | None, formats: str, output: Path | None) -> None:
    """Export the deploy log (default: of the newest deploy): Markdown, JSON, SVG; or the draft of a post-mortem."""
    from cockpit.cli.export import write_export

    sys.exit(write_export(deploy, formats, output or Path.cwd()))


@cli.command()
@click.argument("samples", metavar="[FILE|DEPLOY]", required=False)
@click.option(
    "--prometheus", metavar="URL", help="query history from here with the queries of cockpit.toml, instead of a file"
)
@click.option("--from", "begin", metavar="T", help="2026-11-24T14:00Z, 14:00, -2h or Unix seconds")
@click.option("--to", "end", metavar="T", default="now", help="end, in the same form (default: now)")
@click.option("--step", default="15s", help="sampling interval (default: 15s)")
@click.option("--config", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="a cockpit.toml")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def backtest(
    samples: str | None,
    prometheus: str | None,
    begin: str | None,
    end: str,
    step: str,
    config: Path | None,
    as_json: bool,
) -> None:
    """Check what triggers and gates would have done. Evaluates recorded samples (JSON lines), a past deploy, or a
    Prometheus's history.

    \b
    Exit status: 0 nothing fired, 1 something did, 2 usage.
    """
    if (samples is None) == (prometheus is None):
        fail("give a file of samples or a deploy, or --prometheus URL --from T", USAGE)
    if prometheus is not None and begin is None:
        fail("--prometheus requires --from, the start of the range", USAGE)
    from cockpit.cli.backtest import run_backtest
    from cockpit.cli.samples import range_of

    if samples is not None:
        sys.exit(run_backtest(samples, config, as_json=as_json))
    try:
        asked = range_of(str(prometheus), str(begin), end, step)
    except ValueError as error:
        fail(str(error), USAGE)
    sys.exit(run_backtest(asked, config, as_json=as_json))


@cli.command()
@click.option("--yes", is_flag=True, help="rebuild; default: only report what survived")
@click.option("--adopt", is_flag=True, help="the journal was moved or copied here and is yours; allow acting on it")
def recover(yes: bool, adopt: bool) -> None:
    """Report what survived of a damaged journal, and rebuild it."""
    from cockpit.cli.recover import recover_journal

    sys.exit(recover_journal(yes=yes, adopt=adopt))


@cli.command()
@click.option(
    "--scenario", default="good", help="good, errors, slow, pool, dead, failing-step, failing-migration, rollout"
)
@click.option("--headless", is_flag=True, help="plain lines instead of the screen")
@click.option("--yes", is_flag=True, help="with --headless: follow every recommendation unattended")
@click.option("--dir", "directory", type=click.Path(path_type=Path), help="directory of the demo production")
@click.option("--ascii", "ascii_only", is_flag=True, help="no glyphs beyond ASCII")
@click.option("--linear", is_flag=True, help="plain lines with keys, for screen readers")
@click.option("--clean", is_flag=True, help="only remove what earlier demos left in the temporary directory")
def demo(
    scenario: str, headless: bool, yes: bool, directory: Path | None, ascii_only: bool, linear: bool, clean: bool
) -> None:
    """Build a small but real production on this machine and deploy to it."""
    if clean:
        from cockpit.demo.leftovers import clean as remove

        sys.exit(remove())
    from cockpit.demo.run import run_demo

    sys.exit(run_demo(scenario, headless=headless, yes=yes, directory=directory, ascii_only=ascii_only, linear=linear))


cli.add_command(outline)
cli.add_command(check)
cli.add_command(review)
cli.add_command(backup)
cli.add_command(migrations)
cli.add_command(rollout)
cli.add_command(team)


def main() -> None:
    """Entry point: errors of the command line in one line, Ctrl-C without a traceback."""
    clean_output.install()
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)
