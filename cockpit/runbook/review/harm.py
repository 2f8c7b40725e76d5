"""What a script deletes or overwrites, found in its text. Pure; for the eye of who reviews it, no guard by itself."""

import re

from cockpit.runbook.known_commands import known_as

_COMMANDS = (
    (r"(?<![\w-])rm\s+(?:-\w*\s+)*-?\S|\brmdir\b|\bshred\b|\bunlink\b|\bfind\b[^\n|]*\s-delete\b", "deletes files"),
    (r"\b(?:mkfs(?:\.\w+)?|wipefs|fdisk|parted)\b|\bdd\s[^\n]*\bof=", "overwrites a disk"),
    (r"\bdrop(?:db|user)\b|\bdrop\s+(?:table|database|schema|column|index|view|user|role)\b", "drops from a database"),
    (r"\btruncate\s+(?:table\s+)?\w|\bdelete\s+from\b|\bflush(?:all|db)\b", "deletes rows"),
    (r"\bpg_restore\b(?![^\n]*(?:\s-[lf]\b|--list|--file))|\b(?:mysql|psql)\b[^\n|]*<\s|"
     r"(?<!dotnet )(?<!nuget )\brestore\b",
     "writes over data"),
    (r"\bgit\s+push\b[^\n]*(?:\s-f\b|--force|--delete|\s:\w)|\bgit\s+(?:reset\s+--hard|clean\s+-\w*f|tag\s+-d)\b",
     "throws away history or changes"),
    (r"\b(?:terraform|tofu|pulumi|cdk|vagrant)\s+(?:[^\n]*\s)?destroy\b", "destroys infrastructure"),
    (r"\b(?:kubectl|oc|helm|docker|podman|gh|glab|aws|gcloud|az|heroku|flyctl|fly|vault|consul|nomad|npm|systemctl)\s"
     r"[^\n|;]*\b(?:delete|(?<!-)rm|remove|uninstall|destroy|purge|prune|terminate\S*|unpublish|rmi|rb)\b",
     "deletes what a service keeps"),
    (r"\bdown\b[^\n]*(?:\s-v\b|--volumes)", "deletes volumes"),
)  # fmt: skip
_FOUND = tuple((re.compile(pattern, re.I), words) for pattern, words in _COMMANDS)
_COMMENT = re.compile(r"(?m)^\s*#.*$")
_LONGEST = 60


def harm_of(text: str) -> str:
    """``deletes files: `rm -rf build` ``; empty where nothing of that kind is found. Comments are left out."""
    text = _COMMENT.sub("", text)
    for pattern, words in _FOUND:
        found = pattern.search(text)
        if found is not None:
            begin = text.rfind("\n", 0, found.start()) + 1
            return _told(words, text[begin:].split("\n", 1)[0])
    line = next((line for line in text.split("\n") if known_as("destroys", line.split())), "")
    return _told("destroys data", line) if line else ""


def _told(words: str, line: str) -> str:
    line = line.strip()
    return f"{words}: `{line if len(line) <= _LONGEST else line[: _LONGEST - 3] + '...'}`"
