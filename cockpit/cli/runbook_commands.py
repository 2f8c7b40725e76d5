"""Commands about a runbook alone: what was read, what is wrong with it, who has reviewed it."""

import sys
from typing import Any

import click


@click.command()
@click.argument("runbook", required=False, type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def outline(runbook: str | None, as_json: bool) -> None:
    """Show how RUNBOOK is parsed: sections, IDs, inferences."""
    from cockpit.cli.outline import show_outline

    sys.exit(show_outline(runbook, as_json))


@click.command()
@click.argument("runbook", required=False, type=click.Path())
@click.option("--env", "environment", help="environment of cockpit.toml")
@click.option("--json", "form", flag_value="json", help="as JSON")
@click.option("--sarif", "form", flag_value="sarif", help="as SARIF 2.1.0, for a code host")
@click.option("--strict", is_flag=True, help="fail on warnings too")
@click.option("--no-tools", is_flag=True, help="do not inspect this machine (reproducible result)")
@click.option("--runbook-only", is_flag=True, help="skip the settings and metric sources")
@click.option("--fix", is_flag=True, help="write NAME.proposed.md beside the runbook, and show the diff")
def check(runbook: str | None, form: str | None, no_tools: bool, **options: Any) -> None:
    """Lint RUNBOOK and cockpit.toml, and probe every metric source.

    Rules and fixes: docs/runbook-rules.md. Works on any Markdown file. Settings are loaded as `run` would, and
    every metric source is queried.

    \b
    Exit status: 0 no errors, 1 errors, 2 usage.
    """
    from cockpit.cli.check import Options, run_check

    sys.exit(run_check(runbook, Options(form=form or "plain", tools=not no_tools, **options)))  # type: ignore[arg-type]


@click.command()
@click.argument("runbook", required=False, type=click.Path())
@click.option("--env", "environment", help="environment of cockpit.toml")
@click.option("--check", is_flag=True, help="only report what is not reviewed; for CI")
@click.option("--accept", is_flag=True, help="with --yes: accept every script as it is read, without looking")
@click.option("--yes", is_flag=True, help="with --accept: do it")
@click.option("--linear", is_flag=True, help="plain lines with questions, for screen readers")
@click.option("--ascii", "ascii_only", is_flag=True, help="no glyphs beyond ASCII")
@click.option("--as", "person", metavar="NAME", help="who you are (default: git's user.name)")
def review(runbook: str | None, **options: Any) -> None:
    """Review what each script of RUNBOOK is for; only reviewed scripts run.

    The answers are kept in RUNBOOK.reading.toml beside the runbook: commit it. Only new and changed scripts are
    asked about again. Without a terminal: list every script.

    \b
    Exit status: 0 everything is reviewed, 2 usage, or an unusable record, 4 something is not reviewed.
    """
    from cockpit.cli.review import start_review

    sys.exit(start_review(runbook, **options))
