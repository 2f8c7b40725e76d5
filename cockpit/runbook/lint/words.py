"""What several rules ask of a command: where its output goes, what feeds it, what it is pointed at."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from cockpit.runbook import grammar
from cockpit.runbook.inner import inner
from cockpit.runbook.known_commands import known_as
from cockpit.runbook.lint.context import Call, Script

DUMPS = frozenset({"pg_dump", "pg_dumpall", "mysqldump", "mariadb-dump"})
"""Programs that write a dump to their output."""


def is_dump(call: Call) -> bool:
    return any(one[0] in DUMPS or one[:3] == ("supabase", "db", "dump") for one in inner(call.words))


def is_migration(call: Call) -> bool:
    """True for a command that changes the schema of a database, by the tools that teams use for it."""
    if known_as("migrates", call.words) and not call.has("--dry-run", "--sql", "--plan", "--help", "--pretend"):
        return True
    return call.name == "psql" and bool(re.search(r"migrat", " ".join(file_operands(call)), re.I))


def file_operands(call: Call) -> list[str]:
    """The values of psql's `-f FILE` and `--file=FILE`."""
    found = []
    for place, word in enumerate(call.words[1:], 1):
        if word.startswith("--file="):
            found.append(word[7:])
        elif (word == "--file" or re.fullmatch(r"-[a-zA-Z0-9]*f", word)) and place + 1 < len(call.words):
            found.append(call.words[place + 1])
        elif re.match(r"-f.", word):
            found.append(word[2:])
    return found


def redirects(call: Call) -> Iterator[Node]:
    """Every redirection to or from a file of the command, or of the pipeline that it is part of."""
    node = call.node
    while (parent := node.parent) is not None:
        if parent.type == "redirected_statement":
            yield from (child for child in parent.named_children if child.type == "file_redirect")
        # The grammar hangs the redirection of the last command of `a && b < file` on the whole list.
        elif parent.type not in {"pipeline", "negated_command"} and not (
            parent.type == "list" and parent.named_children[-1] == node
        ):
            return
        node = parent


def target(redirect: Node, script: Script) -> tuple[str, str]:
    """(sign, file) of a redirection: `>`, `backups/a.sql`."""
    whole = script.text(redirect)
    match = re.match(r"(\d*&?(?:>\||>>|>&|>|<))\s*", whole)
    return (match[1], whole[match.end() :].strip("\"'")) if match else ("", whole)


def pipeline_of(call: Call) -> Node | None:
    """The pipeline that the command is one of, or None."""
    current: Node | None = call.node.parent
    while current is not None and current.type in {"redirected_statement", "subshell", "compound_statement"}:
        current = current.parent
    return current if current is not None and current.type == "pipeline" else None


def last_of(pipeline: Node) -> Node:
    """Its last command. Not by the list of all of them, which a pipe of thousands would build thousands of times."""
    return pipeline.named_child(pipeline.named_child_count - 1) or pipeline


def name_of(node: Node, script: Script) -> str:
    """The program of the first command in `node`, without its path."""
    first = next((one for one in grammar.walk(node) if one.type == "command_name"), None)
    return script.text(first).rsplit("/", 1)[-1] if first is not None else ""
