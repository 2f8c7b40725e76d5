"""GitHub's command line: workflows that are started, waited for, and pointed at something."""

import re
from collections.abc import Iterator

from cockpit.runbook.lint.context import Call, Context
from cockpit.runbook.lint.model import Finding, Rule

REF_COMMIT = Rule(
    "gh-ref-commit", "error", "`gh workflow run --ref` with a commit",
    "A workflow can only be started on a branch or tag: given a commit, GitHub returns `No ref found`. A rollback "
    "written like this has never worked. (`gh workflow run --help`: the branch or tag name.)",
    "tag what is deployed and run on the tag (`--ref deploy-2026-11-20`), or pass the commit as an input (`-f "
    "commit=...`)",
    "gh workflow run deploy.yml --ref <commit-sha>",
    'gh workflow run deploy.yml --ref "${TAG:?which one}"\n'
    'gh run watch "$(gh run list --workflow deploy.yml --limit 1 --json databaseId --jq \'.[0].databaseId\')" '
    '--exit-status',
)  # fmt: skip
WATCH = Rule(
    "gh-watch", "error", "`gh run watch` without a run, or without --exit-status",
    "Without a run ID it prompts for one and hangs without a terminal. Without `--exit-status` it exits 0 even if "
    "the run failed.",
    "use `gh run watch ID --exit-status`, with the ID from `gh run list --workflow NAME --limit 1 --json databaseId`",
    "gh workflow run deploy.yml\ngh run watch",
    "gh workflow run deploy.yml\n"
    'gh run watch "$(gh run list --workflow deploy.yml --limit 1 --json databaseId --jq \'.[0].databaseId\')" '
    '--exit-status',
)  # fmt: skip
NOT_AWAITED = Rule(
    "gh-not-awaited", "warning", "A workflow is started but not waited for",
    "`gh workflow run` returns once GitHub has queued the run, before anything is deployed or rolled back. The step "
    "is reported as done; the failure comes minutes later, unnoticed.",
    "follow it with `gh run watch ID --exit-status`",
    "gh workflow run rollback.yml",
    "gh workflow run rollback.yml\n"
    'gh run watch "$(gh run list --workflow rollback.yml -L 1 --json databaseId --jq \'.[0].databaseId\')" '
    '--exit-status',
)  # fmt: skip

_SHA = re.compile(r"(?=[0-9a-f]*\d)[0-9a-f]{7,40}")
_COMMIT_NAME = re.compile(r"\$\{?\w*(?:SHA|COMMIT|sha|commit)(?:_?ID)?\b")
_REV_PARSE = re.compile(r"git\s+(?:rev-parse(?!\s+--abbrev-ref)|log|rev-list|show)\b")
_TAKES_VALUE = frozenset({"-i", "--interval", "-R", "--repo"})


def ref_commit(context: Context) -> Iterator[Finding]:
    for script in context.scripts:
        commits = {hole.token for hole in script.holes if hole.kind == "commit"}
        for call in script.calls:
            if not call.begins("gh", "workflow", "run"):
                continue
            for place, value in _refs(call):
                if value in commits or _SHA.fullmatch(value) or _COMMIT_NAME.search(value) or _REV_PARSE.search(value):
                    message = f"{value} is a commit, but --ref takes a branch or tag: this cannot start"
                    yield script.find(REF_COMMIT, call.nodes[place], message)


def _refs(call: Call) -> Iterator[tuple[int, str]]:
    """(index of the word, value) of `--ref` and `-r`."""
    for place, word in enumerate(call.words):
        if word in {"--ref", "-r"} and place + 1 < len(call.words):
            yield place + 1, call.words[place + 1]
        elif word.startswith("--ref="):
            yield place, word[6:].strip("\"'")


def watch(context: Context) -> Iterator[Finding]:
    for script in context.scripts:
        for call in script.calls:
            if not call.begins("gh", "run", "watch"):
                continue
            if not _operands(call) and script.step.notes.interactive is None:
                message = "no run ID: it prompts for one and hangs without a terminal"
                if not call.has("--exit-status"):
                    message += "; without --exit-status a failed run still exits 0"
                yield script.find(WATCH, call.node, message)
            elif not call.has("--exit-status"):
                node = call.nodes[2]
                message = "without --exit-status a failed run still exits 0"
                yield script.find(WATCH, node, message, f"{script.text(node)} --exit-status")


def _operands(call: Call) -> list[str]:
    rest, skip = [], False
    for word in call.words[3:]:
        if skip or word.startswith("-"):
            skip = not skip and word in _TAKES_VALUE
        else:
            rest.append(word)
    return rest


def not_awaited(context: Context) -> Iterator[Finding]:
    for number, script in enumerate(context.scripts):
        if b"workflow" not in script.data:
            continue
        after = [one for one in context.scripts[number + 1 :] if one.section is script.section]
        after = [one for one in after if not one.step.alternative or one.step.alternative == script.step.alternative]
        waits = [other.node.start_byte for other in script.calls if _waits(other)]
        if any(_waits(other) for one in after for other in one.calls):
            continue
        for call in script.calls:
            if call.begins("gh", "workflow", "run") and not (waits and waits[-1] > call.node.start_byte):
                name = next((word for word in call.words[3:] if not word.startswith("-")), "the workflow")
                yield script.find(NOT_AWAITED, call.node, f"returns once {name} is queued, not when it has finished")


def _waits(call: Call) -> bool:
    return call.begins("gh", "run", "watch") or call.begins("gh", "run", "view")


RULES = (
    (REF_COMMIT, ref_commit),
    (WATCH, watch),
    (NOT_AWAITED, not_awaited),
)
