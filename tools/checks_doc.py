"""Writes `docs/checks.md`: the built-in checks, from the registry and the checks' own words. `--check`: is it up to
date?"""

import sys
from importlib import import_module
from pathlib import Path

from cockpit.checks.registry import BUILT_IN

TARGET = Path(__file__).resolve().parents[1] / "docs" / "checks.md"
HEAD = """\
# Built-in checks

An item of the runbook's checklist is answered by a check where it names one, where the settings name one for it, or
where its words ask for one:

    - [ ] Everything is committed <!-- cockpit: check=git.clean -->

    [tasks."pre-flight:box-1"]
    check = "git.clean"

What follows a colon is the check's own: `backup.fresh:2h`. A quoted text is a command: `check="make test"`. What was
inferred from the text is listed at opening (`cockpit outline`, the item's pane, the log); `infer = false` in
cockpit.toml turns that off.

A check returns *pass*, *fail* or *unknown*, with one line of evidence. Unknown never passes: an item that names
its check waits, or is waived with a reason; where the check was only inferred, a person's tick counts instead. While
the checklist is open each is asked again in its own rhythm, and all of them once more at the moment when the deploy
phase is entered.

Checks of installed packages join through the entry point `cockpit.checks`: a name, and an async function that takes a
`cockpit.checks.base.Context` and gives an `Outcome`.

| check | again after | what it looks at |
| --- | --- | --- |
"""
LIVE = """
## Answered by the measurements

| check | passes while |
| --- | --- |
| `health` | every health endpoint answers well |
| `metrics` | every metric answers, and production is not sick |
| `metric:NAME` | that metric is within its levels |
| `gate:NAME` | the gate's measurements went well (`[gates.NAME]`) |
| `watch` | the watch is over without an alert |
| `watched` | the same, asked for afterwards |
| `window` | the deploy window is not closed |
| `log` | the deploy log is written |

## What they need

`ci.status` and `secrets.age` ask GitHub's API with `$GITHUB_TOKEN` (or `$GH_TOKEN`) for the repository of the remote
`origin`, or of `$GITHUB_REPOSITORY`; `$GITHUB_API_URL` is for GitHub Enterprise. The `postgres` checks take the address
of `[database] dsn`, else that of the first `postgres` source. `tls.expiry` looks at the https addresses of the `health`
sources. `secrets.scan` and `deps.audit` run what is installed and fetch nothing.
"""


def text() -> str:
    rows = []
    for name, known in BUILT_IN.items():
        module, _, function = known.place.partition(":")
        said = getattr(import_module(f"cockpit.checks.{module}"), function).__doc__ or ""
        rows.append(f"| `{name}` | {known.seconds:g} s | {' '.join(said.split())} |")
    return HEAD + "\n".join(rows) + "\n" + LIVE


def main() -> int:
    if "--check" in sys.argv:
        return 0 if TARGET.read_text(encoding="utf-8") == text() else 1
    TARGET.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
