"""Writes docs/runbook-rules.md from the rules of `cockpit check`. `--check`: exit 1 where it is not up to date."""

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from cockpit.linting.shellcheck import IRRELEVANT
from cockpit.runbook.lint.model import Rule
from cockpit.runbook.lint.registry import CHECKS, RULES
from cockpit.runbook.lint.rules_reader import FROM_OUTSIDE, READER

FILE = Path(__file__).resolve().parents[1] / "docs" / "runbook-rules.md"

HEAD = """# What `cockpit check` looks for in a runbook

Made from the rules by `tools/rules_doc.py`. `cockpit check RUNBOOK.md` needs no settings and no git; it reads any
Markdown file. Errors fail (exit status 1), warnings do with `--strict`, what is only good to know is `info`.

In a team's CI: `cockpit check RUNBOOK.md --no-tools --runbook-only --sarif > runbook.sarif` gives the same answer on
every machine. Without `--no-tools` the installed tools are asked for their commands (`TOOL --help`, never more), and
programs and variables that are not there are listed. `--fix` writes `RUNBOOK.proposed.md` beside the runbook, with the
corrections that need no person, and shows the difference; the runbook itself is never written.

## Silencing a finding

Above a block, above or in a heading (then for its whole section), or at the end of an item; in a script on the line
above the command:

    <!-- cockpit: ignore-rule=zone-abbreviation reason="the office in Panama has no summer time" -->
    # cockpit: ignore curl-no-fail: the answer is only looked at

Several codes are separated by commas. Without a reason nothing is silenced, and that is an error; a comment that
silences nothing is a warning.
"""
SHELLCHECK = """## shellcheck

Codes like `SC2046` are those of [shellcheck](https://www.shellcheck.net/wiki/), which looks at every script that can
run: its errors and warnings, with plain words in the placeholders. It knows nothing of runbooks, so these are left out:
"""


def text() -> str:
    parts = [HEAD, "## The rules", ""]
    parts += ["| code | severity | what |", "| --- | --- | --- |"]
    parts += [f"| [`{rule.code}`](#{rule.code}) | {rule.severity} | {_cell(rule.title)} |" for rule in RULES.values()]
    parts += ["", SHELLCHECK, *(f"- `{code}`: {why}" for code, why in IRRELEVANT.items())]
    groups: list[tuple[str, list[Rule]]] = [
        ("Commands, databases, levels", [rule for rule, _ in CHECKS]),
        ("What the reader remarks", list(READER)),
        ("What stands beside the runbook, and what this machine lacks", list(FROM_OUTSIDE)),
    ]
    told = {rule.code for _, rules in groups for rule in rules}
    groups.append(("Silencing", [rule for code, rule in RULES.items() if code not in told]))
    for title, rules in groups:
        parts += ["", f"## {title}"]
        for rule in rules:
            parts += ["", *_page(rule)]
    return "\n".join(parts).rstrip() + "\n"


def _wrapped(words: str) -> str:
    return textwrap.fill(words, 120, break_long_words=False, break_on_hyphens=False)


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


def _page(rule: Rule) -> Iterator[str]:
    yield f"### {rule.code}"
    yield ""
    yield _wrapped(f"{rule.title} ({rule.severity}). {rule.why}")
    yield ""
    yield _wrapped(f"Safer: {rule.safer}.")
    for name, example in (("Found in", rule.bad), ("Not in", rule.good)):
        yield ""
        yield f"{name}:"
        yield ""
        shown = example.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        yield from (f"    {line}".rstrip() for line in shown.strip("\n").split("\n"))


def main(argument: str) -> int:
    if argument == "--check":
        return 0 if FILE.exists() and FILE.read_text(encoding="utf-8") == text() else 1
    FILE.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
