"""What a script leaves behind when it has ended: processes whose output nobody chose, and a record that is gone."""

import re
from collections.abc import Iterator
from itertools import islice

from tree_sitter import Node

from cockpit.runbook import grammar
from cockpit.runbook.lint.context import Call, Context, Script
from cockpit.runbook.lint.model import Finding, Rule

BACKGROUND = Rule(
    "background-output", "warning", "A background program without its own output",
    "`nohup app &` leaves the program with the output of whatever started it. In a terminal that is a file; in a "
    "pipeline or a step it is a pipe, so its log only goes to `left.log` in the step's directory of the cockpit's "
    "journal, capped at 1 MiB.",
    "give it its own file (`nohup app >app.log 2>&1 &`), or use a service manager",
    "nohup ./app --port 8080 &",
    "nohup ./app --port 8080 >app.log 2>&1 &",
)  # fmt: skip
NO_BACKGROUND = Rule(
    "background-attribute", "warning", "background=true has no effect",
    "The cockpit waits for every script; it cannot judge one that keeps running in the background.",
    "remove the attribute, and start the program with `&` and its own output file",
    "## Deploy\n```bash {background=true}\n./watch-queue\n```\n\n## Rollback\n\nBy hand.\n",
    "## Deploy\n```bash\n./watch-queue\n```\n\n## Rollback\n\nBy hand.\n",
    "markdown",
)  # fmt: skip
ERASES = Rule(
    "erases-ignored", "warning", "A command that deletes ignored files",
    "`git clean -x` removes ignored files, and `git stash --all` stashes them: the `env_file`, the newest backups, "
    "build output. (In a checkout the cockpit's own journal is inside the git directory, which neither touches.)",
    "use `git clean -fdx -e .env -e backups`, or build in a separate checkout",
    "git clean -fdx",
    "git clean -fdx -e .env -e backups",
)  # fmt: skip
_AMPERSAND = re.compile(rb"(?<![&>|<])&(?![&>0-9])")
_MOST = 200
"""Signs that are looked at in one script."""


def background_output(context: Context) -> Iterator[Finding]:
    for script in context.scripts:
        if any(call.name == "wait" for call in script.calls):
            continue
        for match in islice(_AMPERSAND.finditer(script.data), _MOST):
            sign = script.root.descendant_for_byte_range(match.start(), match.end())
            statement = sign.prev_sibling if sign is not None and sign.type == "&" else None
            if statement is not None and not _has_output(statement, script):
                what = script.text(statement).split("\n", 1)[0].strip()
                yield script.find(BACKGROUND, statement, f"`{what[:60]}` keeps running without its own output")


def _has_output(statement: Node, script: Script) -> bool:
    for node in grammar.walk(statement):
        if node.type == "file_redirect" and re.match(r"(?:1|&)?>|>&", script.text(node)):
            return True
    # What a pipeline's last program does with it is its own affair: `| logger`.
    return statement.type == "pipeline"


def background_attribute(context: Context) -> Iterator[Finding]:
    for section in context.runbook.sections:
        for step in section.steps:
            if step.notes.background:
                yield Finding(
                    NO_BACKGROUND.code, NO_BACKGROUND.severity, step.line, 0,
                    "the step still waits for this script", NO_BACKGROUND.safer,
                )  # fmt: skip


def erases_ignored(context: Context) -> Iterator[Finding]:
    for script in context.scripts:
        for call in script.calls:
            what = _erased_by(call)
            if what:
                yield script.find(ERASES, call.node, what)


def _erased_by(call: Call) -> str:
    options = "".join(word for word in call.words if re.fullmatch(r"-[A-Za-z]+", word))
    if call.begins("git", "clean"):
        kept = call.has("-e", "--exclude", "-n", "--dry-run") or "n" in options
        return "" if kept or not re.search("[xX]", options) else "deletes ignored files: env_file, backups, builds"
    if call.begins("git", "stash") and call.has("--all", "-a"):
        return "stashes ignored files: env_file, backups, builds"
    if call.name == "rm" and any(
        re.search(r"(?:^|/)\.(?:git|cockpit)(?:/cockpit)?/?$", word) for word in call.words[1:]
    ):
        return "this includes the journal of the running deploy"
    return ""


RULES = (
    (BACKGROUND, background_output),
    (NO_BACKGROUND, background_attribute),
    (ERASES, erases_ignored),
)
