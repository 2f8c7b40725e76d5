"""Commands and options that the tools do not have, as the tools themselves say; a few are known without asking."""

import difflib
from collections.abc import Iterator

from cockpit.runbook.lint.context import Call, Context, Known
from cockpit.runbook.lint.model import Finding, Rule

NO_SUBCOMMAND = Rule(
    "no-such-subcommand", "error", "Unknown tool command",
    "A misspelt command, or one from an older or newer version, which fails in the middle of a deploy. The "
    "installed tool is asked (`TOOL --help`); a few are known not to exist anywhere.",
    "use a command that `TOOL --help` lists; for Supabase's migrations `supabase migration list`",
    "supabase db list-migrations",
    "supabase migration list",
)  # fmt: skip
DEPRECATED = Rule(
    "deprecated-option", "warning", "A deprecated option",
    "The tool still accepts it with a warning, until an update removes it.",
    "use the replacement named in the message",
    'supabase db push --yes --db-url "${URL:?}"\nsupabase migration list',
    "supabase db push --yes --linked\nsupabase migration list",
)  # fmt: skip

_PLUGINS = frozenset({"kubectl", "docker", "helm", "gh", "git"})
"""Tools that look for a program `TOOL-COMMAND` where they do not know a command themselves."""

_NOWHERE: dict[tuple[str, ...], str] = {
    ("supabase", "db", "list-migrations"): "supabase migration list",
    ("supabase", "db", "migrate"): "supabase db push",
    ("supabase", "migrations"): "supabase migration",
    ("gh", "workflow", "watch"): "gh run watch",
    ("gh", "workflow", "start"): "gh workflow run",
    ("kubectl", "rollback"): "kubectl rollout undo",
    ("kubectl", "restart"): "kubectl rollout restart",
}
"""Commands that no version has, with the one that was meant."""
_ONLY_LOOKS = frozenset({"supabase migration list"})

# (tool and subcommand, option, what to use instead). Supabase: the CLI's own warning. kubectl: --record since 1.15,
# bare --dry-run since 1.18, --short since 1.28.
_OLD: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("supabase",), "--db-url", "link the project once (`supabase link`) and use `--linked`"),
    (("kubectl",), "--record", "annotate with kubernetes.io/change-cause"),
    (("kubectl", "version"), "--short", "remove it, it is the default"),
    (("helm",), "--recreate-pods", "`kubectl rollout restart` afterwards"),
    (("npm",), "--production", "`--omit=dev`"),
)  # fmt: skip

TAKES_VALUE: dict[str, frozenset[str]] = {
    "kubectl": frozenset({"-n", "--namespace", "--context", "--cluster", "--kubeconfig", "-s", "--server", "--user"}),
    "gh": frozenset({"-R", "--repo", "--hostname"}),
    "helm": frozenset({"-n", "--namespace", "--kube-context", "--kubeconfig"}),
    "docker": frozenset({"-H", "--host", "-c", "--context", "--config", "-l", "--log-level"}),
    "git": frozenset({"-C", "-c", "--git-dir", "--work-tree"}),
    "supabase": frozenset({"--workdir", "--profile", "--network-id", "-o", "--output"}),
}
"""The tools that may be asked for their commands, with their global options that take the next word as a value."""


def subcommands(call: Call) -> list[int]:
    """Indexes of the words that may be the tool, its command, its command's command, ...: without the options between.

    Ends at the first word that only a shell or a person knows, and at an option nobody here knows.
    """
    takes = TAKES_VALUE.get(call.name)
    found = [0]
    place = 1
    while takes is not None and place < len(call.words):
        word = call.words[place]
        if word.startswith("-"):
            if word not in takes and "=" not in word:
                break
            place += 1 if "=" in word else 2
            continue
        if set(word) & set("$`*?{}()<>|&;=/.[]\"'") or not word:
            break
        found.append(place)
        place += 1
    return found


def no_such_subcommand(context: Context) -> Iterator[Finding]:
    plugins: set[str] = set()
    for script in context.scripts:
        for call in script.calls:
            old, meant = next((pair for pair in _NOWHERE.items() if call.begins(*pair[0])), ((), ""))
            if meant:
                message = f"unknown command `{' '.join(old)}`; did you mean `{meant}`?"
                # Put right without a person where it only looks.
                new = meant if meant in _ONLY_LOOKS and script.text(call.node).startswith(" ".join(old)) else None
                yield script.at(NO_SUBCOMMAND, call.node.start_byte, message, " ".join(old), new)
                continue
            place = _unknown(call, context.known)
            if place:
                named = [call.words[one] for one in subcommands(call) if one <= place]
                message = f"the installed {call.name} has no `{' '.join([call.name, *named[1:]])}`"
                if len(named) == 2 and call.name in _PLUGINS:
                    # A plugin is a program of its own: not there, which is no mistake of the runbook.
                    if message in plugins:
                        continue
                    plugins.add(message)
                    line, column = script.place(call.nodes[place].start_byte)
                    yield Finding("tool-missing", "info", line, column, f"{message}, and no plugin of that name")
                    continue
                near = difflib.get_close_matches(named[-1], context.known[(call.name, *named[1:-1])], n=1)
                message += f"; did you mean `{near[0]}`?" if near else ""
                yield script.find(NO_SUBCOMMAND, call.nodes[place], message)


def _unknown(call: Call, known: Known) -> int:
    """Index of the first word that the tool does not have; 0 where there is none."""
    path: tuple[str, ...] = (call.name,)
    for place in subcommands(call)[1:]:
        if path not in known:
            return 0
        if call.words[place] not in known[path]:
            return place
        path = (*path, call.words[place])
    return 0


def deprecated(context: Context) -> Iterator[Finding]:
    for script in context.scripts:
        for call in script.calls:
            for tool, option, instead in _OLD:
                if not call.begins(*tool):
                    continue
                place = next((n for n, word in enumerate(call.words) if word.partition("=")[0] == option), 0)
                if place:
                    message = f"{option} of {' '.join(tool)} is deprecated: {instead}"
                    yield script.find(DEPRECATED, call.nodes[place], message)


RULES = (
    (NO_SUBCOMMAND, no_such_subcommand),
    (DEPRECATED, deprecated),
)
