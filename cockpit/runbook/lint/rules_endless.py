"""Commands that go on until somebody stops them: a step with one of them never ends."""

import re
from collections.abc import Iterator

from cockpit.runbook import grammar
from cockpit.runbook.known_commands import known_as
from cockpit.runbook.lint import words
from cockpit.runbook.lint.context import Call, Context, Script
from cockpit.runbook.lint.model import Finding, Rule, short

ENDLESS = Rule(
    "never-ends", "warning", "A command that never ends",
    "A deploy continues when its step has ended. A followed log, a live display or a server ends with ctrl-c in a "
    "terminal; in a step it blocks everything after it.",
    "print it once (`kubectl logs --tail 50`), wait for the result (`kubectl rollout status`), set a limit "
    "(`timeout 60 ...`), or start a server with its service manager",
    "kubectl logs -f deploy/shop",
    "kubectl logs --tail 50 deploy/shop",
)  # fmt: skip
_OF_WHAT_ENDS = re.compile(r"(?:jobs?|builds?|bc|buildconfig)/")
"""Its log ends with it."""
_CLOSE = frozenset({"head", "grep", "sed", "awk"})
"""What may close a pipe: then what writes into it ends as well."""
_ALWAYS_TRUE = frozenset({"true", ":", "[ 1 ]", "[[ 1 ]]", "[ true ]"})


def endless(context: Context) -> Iterator[Finding]:
    for script in context.scripts:
        if script.step.notes.interactive:
            continue
        for call in script.calls:
            what = known_as("never_ends", call.words) or _tunnel(call)
            if what and not _ends(call, script):
                message = f"`{short(what)}` runs until it is stopped; the step would never end"
                yield script.find(ENDLESS, call.node, message)
        yield from _loops(script)


def _tunnel(call: Call) -> str:
    """`ssh -N`, unless it goes into the background."""
    letters = "".join(word[1:] for word in call.words[1:] if re.fullmatch(r"-[A-Za-z]+", word))
    return " ".join(call.words) if call.name == "ssh" and "N" in letters and "f" not in letters else ""


def _ends(call: Call, script: Script) -> bool:
    """True where something stops it: a limit, a pipe that is closed, the background."""
    written = [script.text(node).rsplit("/", 1)[-1] for node in grammar.word_nodes(call.node)]
    if {"timeout", "gtimeout"} & {*written[: len(written) - len(call.words)]}:
        return True
    if any(_OF_WHAT_ENDS.match(word) for word in call.words[1:]):
        return True
    around = call.node
    while around.parent is not None and around.parent.type in {"redirected_statement", "pipeline"}:
        around = around.parent
    if around.next_sibling is not None and around.next_sibling.type == "&":
        return True
    pipeline = words.pipeline_of(call)
    return pipeline is not None and any(
        one.type == "command_name" and script.text(one).rsplit("/", 1)[-1] in _CLOSE
        for one in grammar.walk(pipeline)
        if one.start_byte > call.node.end_byte
    )


def _loops(script: Script) -> Iterator[Finding]:
    """`while true` without a way out."""
    if b"while" not in script.data and b"until" not in script.data:
        return
    for node in grammar.walk(script.root):
        condition, body = node.child_by_field_name("condition"), node.child_by_field_name("body")
        if node.type != "while_statement" or condition is None or body is None:
            continue
        if script.text(condition).rstrip("; ") in _ALWAYS_TRUE and not re.search(
            r"\b(?:break|return|exit|exec)\b", script.text(body)
        ):
            yield script.find(ENDLESS, node, "this loop has no exit; the step would never end")


RULES = ((ENDLESS, endless),)
