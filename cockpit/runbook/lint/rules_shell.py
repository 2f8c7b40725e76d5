"""What a shell does with the text of a script that its author did not mean."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from cockpit.runbook import grammar, interactive
from cockpit.runbook.holes import Hole
from cockpit.runbook.lint import words
from cockpit.runbook.lint.context import Call, Context, Script
from cockpit.runbook.lint.model import Finding, Rule

PLACEHOLDER_AS_FILE = Rule(
    "placeholder-as-file", "warning", "A placeholder that a shell reads as a file",
    "Pasted as is, `<name>` is a redirection: the command reads a file called `name` and overwrites the file named "
    "by the next word. `YYYYMMDD` in a path is just a file name. Neither says that a value was missing. (The "
    "cockpit asks for both; a plain terminal does not.)",
    'use a variable that fails if unset (`"${NAME:?which one}"`), or at least quotes (`"<name>"`)',
    "kubectl rollout undo deployment/<service>",
    'kubectl rollout undo "deployment/${SERVICE:?which one}"',
)  # fmt: skip
ASKS = Rule(
    "asks-a-question", "warning", "A command that prompts",
    "Without a terminal (a pipeline, a script, a cockpit step) the prompt is never seen: the command hangs, or "
    "reads the end of its input as no.",
    "add its non-interactive flag (`--yes`, `-auto-approve`, `--with-token`), or set `interactive=true` on the fence",
    "supabase db push\nsupabase migration list",
    "supabase db push --yes\nsupabase migration list",
)  # fmt: skip
PIPE = Rule(
    "pipe-hides-failure", "info", "A pipe hides a failed command",
    "The exit status of a pipeline is that of its last command: `pg_dump | gzip` succeeds even if the dump fails, "
    "and `npm test | tee` even if the tests do. (The cockpit runs scripts with `pipefail`; interactive shells and "
    "many CI runners do not.)",
    "put `set -o pipefail` at the top of the script, or a file between the two",
    "npm run test | tee test.log",
    "set -o pipefail\nnpm run test | tee test.log",
)  # fmt: skip
CURL = Rule(
    "curl-no-fail", "warning", "curl without --fail",
    "curl exits 0 for a 500 or a 404: as a health check it cannot fail, as a download it saves the error page.",
    "use `curl --fail` (`-f`), or compare `--write-out '%{http_code}'`",
    "curl https://shop.example.com/health",
    "curl --fail https://shop.example.com/health",
)  # fmt: skip

_VERBS = re.compile(
    r"\b(?:test|build|deploy|apply|push|migrate|upgrade|install|publish|release|rollback|sync|scan|audit|lint|check)\b"
)
_RUNNERS = frozenset({
    "npm", "yarn", "pnpm", "make", "terraform", "tofu", "helm", "kubectl", "docker", "supabase", "go", "cargo", "mvn",
    "gradle", "bundle", "poetry", "uv", "ansible-playbook", "gh",
})  # fmt: skip
_ALWAYS = frozenset({"pytest", "tox", "curl", "flyway", "alembic", "prisma", "gitleaks", "trivy", "ansible-playbook"})
_SINKS = frozenset({
    "tee", "gzip", "pigz", "bzip2", "xz", "zstd", "cat", "head", "tail", "jq", "sed", "awk", "sort", "tr", "openssl",
    "gpg", "age", "aws", "gsutil", "bash", "sh", "psql", "logger", "ts", "column", "less",
})  # fmt: skip
_CURL_TAKES_VALUE = "AbcCdDeEFHKmoPQrtTuUvwxXyYz"


def placeholder_as_file(context: Context) -> Iterator[Finding]:
    for script in context.scripts:
        seen: set[str] = set()
        for hole in script.holes:
            if hole.name not in seen and (message := _taken_for_a_file(hole, script)):
                seen.add(hole.name)
                yield script.at(PLACEHOLDER_AS_FILE, hole.start, message)


def _taken_for_a_file(hole: Hole, script: Script) -> str:
    around = _types_around(script.root, hole)
    quoted = around & {"string", "raw_string", "heredoc_body"}
    if hole.token.startswith("<") and not hole.token.startswith("<<"):
        return "" if quoted else f"the shell reads {hole.token} as a redirection"
    is_path = "/" in hole.pattern or bool(re.search(r"\*\.\w{2,6}$", hole.pattern))
    if hole.kind in {"backup", "date", "timestamp"} and hole.token[:1] == "Y" and is_path:
        return f"the shell reads {hole.pattern.replace('*', hole.token)} as a file name"
    return ""


def _types_around(root: Node, hole: Hole) -> set[str]:
    node = root.descendant_for_byte_range(hole.start, hole.end)
    return {one.type for one in grammar.above(node)} if node is not None else set()


def asks_a_question(context: Context) -> Iterator[Finding]:
    told = {problem.line for problem in context.runbook.problems if problem.code == "ssh-then-lines"}
    for script in context.scripts:
        if script.step.notes.interactive is not None:
            continue
        by_node = {call.node.start_byte: call for call in script.calls}
        for node, reason in interactive.asking(script.root, script.data):
            call = by_node.get(node.start_byte)
            line = script.step.body_line + grammar.first_row(node)
            if call is None or line in told or call.begins("gh", "run", "watch"):
                continue
            # No correction: to take a confirmation away is a person's decision.
            yield script.find(ASKS, call.node, reason)


def pipe_hides_failure(context: Context) -> Iterator[Finding]:
    for script in context.scripts:
        if re.search(rb"^\s*set\s+-\w*o\w*\s+pipefail|^\s*set\s+.*-o\s+pipefail", script.data, re.M):
            continue
        seen: set[int] = set()
        for call in script.calls:
            pipeline = words.pipeline_of(call)
            if pipeline is None or pipeline.start_byte in seen or not _can_fail(call):
                continue
            last = words.last_of(pipeline)
            if last.start_byte <= call.node.start_byte or words.name_of(last, script) not in _SINKS:
                continue
            seen.add(pipeline.start_byte)
            sink = words.name_of(last, script)
            yield script.find(
                PIPE,
                call.node,
                f"outside the cockpit, a failed {call.name} goes unnoticed: the exit status is that of {sink}",
            )


def _can_fail(call: Call) -> bool:
    if call.has("--version", "--help", "version", "help"):
        return False
    return (
        words.is_dump(call)
        or words.is_migration(call)
        or call.name in _ALWAYS
        or (call.name in _RUNNERS and bool(_VERBS.search(" ".join(call.words[1:4]))))
    )


def curl_no_fail(context: Context) -> Iterator[Finding]:
    for script in context.scripts:
        for call in script.calls:
            if call.name != "curl" or len(call.words) < 2 or _fails(call) or _answer_is_looked_at(call, script):
                continue
            name = call.nodes[0]
            yield script.find(CURL, name, "curl exits 0 for an error page", f"{script.text(name)} --fail")


def _fails(call: Call) -> bool:
    if call.has("--fail", "--fail-with-body", "--fail-early", "--version", "--help", "-V"):
        return True
    return any(re.match(rf"-[^{_CURL_TAKES_VALUE}-]*f", word) for word in call.words[1:] if not word.startswith("--"))


def _answer_is_looked_at(call: Call, script: Script) -> bool:
    """True where something else judges the answer: the status is printed, or the body is searched."""
    if any("http_code" in word or "response_code" in word for word in call.words):
        return True
    if call.has("-I", "--head") or any(re.fullmatch(r"-\w*I\w*", word) for word in call.words[1:]):
        return True
    pipeline = words.pipeline_of(call)
    if pipeline is None:
        return False
    last = words.last_of(pipeline)
    text = script.text(last)
    return words.name_of(last, script) in {"grep", "rg"} or (words.name_of(last, script) == "jq" and " -e" in text)


RULES = (
    (PLACEHOLDER_AS_FILE, placeholder_as_file),
    (ASKS, asks_a_question),
    (PIPE, pipe_hides_failure),
    (CURL, curl_no_fail),
)
