"""Commands that only run another one: `sudo -u postgres psql` is psql."""

from collections.abc import Sequence

_TAKES_VALUE: dict[str, frozenset[str]] = {
    "sudo": frozenset({
        "-u", "-g", "-h", "-p", "-C", "-D", "-R", "-T", "-U", "-r", "-t", "--user", "--group", "--host", "--prompt",
        "--close-from", "--chdir", "--chroot", "--command-timeout", "--other-user", "--role", "--type",
    }),
    "env": frozenset({"-u", "-C", "--unset", "--chdir"}),
    "nice": frozenset({"-n", "--adjustment"}),
    "timeout": frozenset({"-k", "-s", "--kill-after", "--signal"}),
    "stdbuf": frozenset({"-i", "-o", "-e", "--input", "--output", "--error"}),
    "exec": frozenset({"-a"}),
    "time": frozenset({"-f", "-o", "--format", "--output"}),
    "npx": frozenset({"-p", "--package"}),
    "nohup": frozenset(),
    "command": frozenset(),
    "builtin": frozenset(),
}  # fmt: skip
"""The commands, and those of their options whose value is a word of its own."""
_RUNS_NOTHING = {"command": frozenset({"-v", "-V"}), "sudo": frozenset({"-l", "-e", "--list", "--edit"})}
"""With these they only tell of what follows, or edit it."""


def wrapped(words: Sequence[str]) -> int:
    """How many words stand before the command that the first word runs; 0 where it runs no other."""
    if not words or words[0] not in _TAKES_VALUE:
        return 0
    name, at = words[0], 1
    while at < len(words) and (words[at].startswith("-") or "=" in words[at].split("/")[0]):
        if words[at] in _RUNS_NOTHING.get(name, frozenset()):
            return 0
        at += 2 if _takes_next(name, words[at]) else 1
    at += name == "timeout"  # how long
    return at if at < len(words) else 0


def _takes_next(name: str, option: str) -> bool:
    """True where the next word is the option's value; the last of letters in one word may take one (`-iu postgres`)."""
    takes = _TAKES_VALUE[name]
    if option.startswith("--") or len(option) < 2:
        return option in takes
    first = next((at for at, letter in enumerate(option[1:], 1) if f"-{letter}" in takes), None)
    return first == len(option) - 1
