"""What a body looks like, line by line: a log, a file of settings, a table, another language. Pure."""

import re
from collections.abc import Callable, Sequence

_JSON = re.compile(r"\s*[{\[]\s*(?:\"|$|[{\[])|\s*\"[^\"]*\"\s*:|\s*[}\]],?\s*$|\s*[{}]\s*[,}]?\s*$")
_JSON_LINE = re.compile(r"\s*\{\s*\"[^\"]+\"\s*:.*\}\s*,?$")
_LOG = re.compile(
    r"\s*(?:\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d|[IWEF]\d{4}\s\d\d:\d\d:\d\d|\[?\d\d:\d\d:\d\d[\].,\s]|"
    r"[A-Z][a-z]{2}\s+\d{1,2}\s\d\d:\d\d:\d\d\s|time=\"\d{4}|\[?(?:INFO|WARN|WARNING|ERROR|DEBUG|FATAL|TRACE)\]?[:\s\]]|"
    r"[\w.]+\s-\s\d+\s-\s(?:INFO|ERROR|WARN|DEBUG)|\[[\w./-]+\.(?:go|py|rs|java|c|cc|js|ts):\d+\])"
)
_SETTING = re.compile(r"\s*(?:export\s+)?[A-Za-z_][\w.]*=(?!=)\S*")
_FILE_SETTING = re.compile(r"\s*[A-Z][A-Z0-9_]*=(?!=)(?:\"[^\"]*\"|'[^']*'|[^\s$`]*)\s*(?:#.*)?$")
_CODE_SETTING = re.compile(r"\s*[A-Za-z_][\w.\-]*\s+=\s+\S")
_HOSTS = re.compile(r"\s*(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]*::[0-9a-f:]*)\s+[A-Za-z]\S*(?:\s+\S+)*\s*$")
_UNIT = re.compile(r"\s*(?:[A-Z][a-z]+[A-Z]?[A-Za-z]*=\S|\[[A-Za-z][\w. -]*\]\s*$)")
_CRON = re.compile(r"\s*(?:@(?:daily|hourly|weekly|reboot|monthly)|(?:[\d*/,\-]+\s+){4}[\d*/,\-A-Za-z]+)\s+\S")
_SQL = re.compile(
    r"\s*(?:--\s|(?:SELECT|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+(?:TABLE|DATABASE|INDEX|USER|ROLE|"
    r"EXTENSION|OR|UNIQUE)|ALTER\s+(?:TABLE|DATABASE|EXTENSION|USER|ROLE|SYSTEM)|DROP\s+(?:TABLE|DATABASE|INDEX|USER|"
    r"ROLE)|GRANT|REVOKE|BEGIN|COMMIT|ROLLBACK|VACUUM|ANALYZE|TRUNCATE|SHOW|EXPLAIN|REINDEX)\b[^|&]*(?:;|$))|\s*\\[a-z]\w?\+?(?:\s|$)",
    re.I,
)
_DIFF = re.compile(r"(?:diff --git |--- |\+\+\+ |@@ |[+-](?![-+])\S)")
_TREE = re.compile(r"[─│┌┐└┘├┤┬┴┼═║╔╗╚╝╠╣▼▲►◄→←↓↑]|\s*\|?--\s|\+-{3,}")
_ROW = re.compile(r"\S+(?:\s{2,}\S+){2,}\s*$|\s*\|.*\|\s*$|\s*[+|][-=+|]{3,}")
_FIELD_LINE = re.compile(r"\s*[A-Za-z][\w .()/-]{0,40}:(?:\s|$)(?!\s*[|&])")
_URL = re.compile(r"\s*[a-z][a-z+.-]*://\S+\s*$")
_REGEX = re.compile(r"\s*\^.*(?:\$|\.\*|[*+?)])")
_MAKE_TARGET = re.compile(r"(?m)^(?:\.PHONY:.*|[\w./%-]+\s*:(?!=)[^\n]*\n\t\S)")
_NUMBERED = re.compile(r"\s*\d+[.)]\s+\S")
_PROSE = re.compile(r"\s*[A-Z][a-z]+(?:\s+[A-Za-z'-]+){3,}[.:!?]?\s*$")
_KEYWORD = re.compile(
    r"\s*(?:import\s+[\w{*]|from\s+\S+\s+import\s|def\s+\w+\(|class\s+\w+[:({]|func\s+\w+\(|package\s+\w+$|"
    r"(?:const|let|var)\s+\w+\s*=|public\s+(?:class|static)|#include\s|FROM\s+\S+|resource\s+\"|@@?\w+\()"
)
_DATA_PATH = re.compile(
    r"\s*(?:\.[\w.-]+|(?:\.\.[\\/]|[\w.-]+[\\/])*[\w.-]+\.(?:ya?ml|json|md|rst|txt|toml|ini|conf|cfg|env|sql|tf|tfvars|"
    r"lock|xml|log|csv|go|ts|tsx|jsx|cjs|mjs|js|properties|html|css|production|staging))\s*$"
)
_OPTION_FIRST = re.compile(r"\s+--?[A-Za-z][\w-]*\s+(?:\w+\s+)?\s{2,}\S")
_OTHER_PROMPT = re.compile(
    r"\s*(?:>>>\s|(?:mysql|MariaDB \[[^\]]*\]|mongo|redis|sqlite|cqlsh|irb[^>]*)>\s|[\w-]+[=-][#>]\s|"
    r"\d+(?:\.\d+){3}:\d+>\s|PS\s[A-Za-z]?:?[^>]*>\s)"
)


def content_lines(body: str) -> list[str]:
    """The lines that say something: without blank ones and comments."""
    return [line for line in body.split("\n") if line.strip() and not re.match(r"\s*(?:#|//)", line)]


def shape_of(body: str, *, has_shell_words: bool) -> str:
    """In words, what the body is instead of commands; empty where it looks like nothing else.

    `has_shell_words`: a line of it begins with a program that is known; then only the plainest signs count.
    """
    lines = content_lines(body)
    if not lines:
        return ""
    if body.startswith("#!"):
        return "begins with `#!`: the content of a script file"
    for words, fits, share in _SHAPES:
        if has_shell_words and words not in _PLAIN:
            continue
        if _share(lines, fits) >= share:
            return words
    if _MAKE_TARGET.search(body) and ("\t" in body or ".PHONY" in body):
        return "reads as a part of a Makefile"
    if not has_shell_words and len(re.findall(r"(?m)^\s+--?[a-z][\w-]+\s.*\s{2,}\S", body)) >= 2:
        return "reads as the help text of a program"
    return ""


def _share(lines: Sequence[str], fits: Callable[[str], object]) -> float:
    return sum(1 for line in lines if fits(line)) / len(lines)


def only_settings(body: str) -> tuple[str, ...]:
    """The names that are set, where the body sets names as a file of settings does and does nothing else."""
    lines = content_lines(body)
    if not lines or not all(_FILE_SETTING.match(line) for line in lines):
        return ()
    return tuple(line.split("=")[0].strip() for line in lines)


def is_client_prompt(line: str) -> bool:
    """True for the prompt of a client that is no shell (`mysql>`, `>>>`, `postgres=#`)."""
    return bool(_OTHER_PROMPT.match(line))


_SHAPES: tuple[tuple[str, Callable[[str], object], float], ...] = (
    ("reads as JSON", _JSON_LINE.match, 0.5),
    ("reads as lines of a log", _LOG.match, 0.5),
    ("reads as a diff", _DIFF.match, 0.6),
    ("reads as SQL", _SQL.match, 0.6),
    ("reads as a crontab", _CRON.match, 0.6),
    ("reads as a drawing", _TREE.search, 0.4),
    ("typed at the prompt of another client", is_client_prompt, 0.3),
    ("reads as a file of hosts", _HOSTS.match, 0.8),
    ("reads as a file of settings", _UNIT.match, 0.8),
    ("only an address", _URL.match, 1.0),
    ("only names of files", _DATA_PATH.match, 1.0),
    ("reads as JSON", _JSON.match, 0.8),
    ("reads as settings or code, not as commands", _CODE_SETTING.match, 0.8),
    ("reads as code of another language", _KEYWORD.match, 0.5),
    ("reads as a regular expression", _REGEX.match, 0.8),
    ("reads as fields and values", _FIELD_LINE.match, 0.7),
    ("reads as a numbered list", _NUMBERED.match, 0.8),
    ("reads as the help text of a program", _OPTION_FIRST.match, 0.5),
    ("reads as a table", _ROW.match, 0.7),
    ("reads as prose", _PROSE.match, 0.6),
)
"""(in words, does a line fit, share of the lines that must)."""
_PLAIN = frozenset({
    "reads as lines of a log", "reads as a crontab", "reads as a diff", "typed at the prompt of another client",
})  # fmt: skip
