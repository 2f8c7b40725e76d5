"""The commented `cockpit.toml` that `cockpit init` writes: every setting of use, with its default, switched off."""

import re

from cockpit.runbook.model import Runbook
from cockpit.runbook.stated import Stated
from cockpit.settings import stated_tables
from cockpit.text.toml import toml_string

_TEXT = """\
# Settings of deploy-cockpit. Everything has a default: delete what you do not need.
# Editors that know JSON Schema: `cockpit schema > cockpit.schema.json`
runbook = {runbook}
# Lint it with `cockpit check`; rules: docs/runbook-rules.md
environment = "production"      # name on the screen; you type it to confirm a rollback
{watch}
checks = "ask"                  # "auto": the checklist's commands start automatically
# current = "command:curl -fsS https://app.example.com/version"   # commit that is running
# theme = "dark"                # dark, light, mono
# bell = true

# Metric sources. Each brings its usual metrics with sensible default thresholds;
# [metrics.NAME] changes them. Without sources nothing is measured, and the screen says so.

{sources}
# When deploys may start (docs/windows.md); outside these times `run` refuses, except for an emergency.
{window}
# Where notices go (docs/notices.md); `c` on the screen, or `cockpit notice --send`. Never put secrets in this file.
# [notices.team]
# type = "slack"
# on = ["trigger", "rollback", "failed", "waiting", "held", "done"]     # automatic; default: the first three
# url = "env:SLACK_WEBHOOK"     # or token = "env:SLACK_TOKEN" and channel = "#deploys", for a thread
#
# [notices.customers]
# type = "smtp"
# host = "mail.example.com"
# from = "deploys@example.com"
# to = ["status@example.com"]
# kinds = ["pre_deploy", "rollback"]

# Variables that the scripts need. Values come from the environment, a file or a command; a secret is
# masked wherever it would appear.
{variables}
# Overrides for individual tasks, by the ids from `cockpit outline`.
{tasks}
{rollback}{report}{stages}# [environments.staging]        # cockpit run --env staging
# watch = "5m"

# [keys]                        # ids are in the help (?)
# rollback = "ctrl+r"
"""

_SOURCES = """\
# [sources.health]
# type = "health"               # metric: health
# url = "https://app.example.com/health"
#
# [sources.app]
# type = "openmetrics"          # metrics: errors (5xx of all, %), p95
# url = "https://app.example.com/metrics"
# window = "30s"
#
# [sources.database]
# type = "postgres"             # metric: connections (% of what the server allows)
# dsn = "env:DATABASE_URL"      # never write a password into this file
#
# [sources.host]
# type = "host"                 # metrics: cpu, memory of the machine the cockpit runs on

# [metrics.errors]
# watch = "1 %"                 # shown
# alert = "2 %"                 # the watch starts again
# breach = "5 %"                # roll back
"""
_WINDOW = """\
# [window]
# zone = "America/New_York"
# best = ["Tue-Thu 10:00-14:00"]
# allow = ["Mon-Fri 09:00-17:00"]
# avoid = ["Fri 12:00-24:00"]
# holidays = "US"
# freezes = [{ from = 2026-12-20, to = 2027-01-03, reason = "year end" }]
"""


def settings_text(
    runbook_name: str, runbook: Runbook | None, stated: Stated | None = None, answer: stated_tables.Answer | None = None
) -> str:
    """The file for this runbook: what its prose states, its outside variables, and its first steps."""
    steps = [step for section in runbook.sections for step in section.steps] if runbook else []
    used = dict.fromkeys(name for step in steps for name in step.variables)
    bodies = "\n".join(step.body for step in steps)
    names = [name for name in used if not name.startswith("COCKPIT_") and not is_set_in(name, bodies)]
    lines = ["[variables]", *(_variable(name) for name in names)] if names else ["# [variables]"]
    if not names:
        lines.append('# DATABASE_URL = { from = "env:DATABASE_URL", secret = true }')
    tasks = [f'# [tasks."{step.id}"]\n# confirm = true             # {step.title}' for step in steps if step.runnable]
    stated = stated or Stated()
    return _TEXT.format(
        watch=stated_tables.watch(stated),
        sources=stated_tables.sources(stated, runbook, answer) or _SOURCES,
        window=stated_tables.window(stated) or _WINDOW,
        rollback=stated_tables.rollback(stated),
        report=stated_tables.report(stated),
        stages=stated_tables.stages(stated),
        runbook=toml_string(runbook_name) if runbook_name else '""           # path from here',
        variables="\n".join(lines) + "\n",
        tasks="\n".join(tasks[:3] or ['# [tasks."section/step:script-1"]\n# confirm = true']) + "\n",
    ).replace('runbook = ""', '# runbook = ""')


def is_set_in(name: str, bodies: str) -> bool:
    """A step gives it its value: where the cockpit would look for it, it is not set yet."""
    word = re.escape(name)
    return bool(
        re.search(rf"(?<![\w$\{{.-]){word}(?:\[[^\]]*\])?\+?=", bodies)
        or re.search(rf"\b(?:read|mapfile|readarray|getopts|printf -v)\b[^\n;|]*(?<![\w$\{{]){word}\b", bodies)
        or re.search(rf"\b(?:for|select)\s+{word}\b", bodies)
        or re.search(rf"\$\{{{word}:?=", bodies)
    )


def _variable(name: str) -> str:
    secret = any(word in name for word in ("URL", "PASS", "SECRET", "TOKEN", "KEY"))
    return f'{name} = {{ from = "env:{name}"{", secret = true" if secret else ""} }}'
