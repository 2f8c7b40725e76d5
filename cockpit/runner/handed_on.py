"""What scripts hand on to later steps, read for the next step and for what must not be seen. Standard library only.

The file `$COCKPIT_ENV` has `NAME=value` lines, `NAME<<END` up to `END` for several (as GitHub's), and `secret=NAME`:
the value of NAME is masked from there on. The shell's state is what `declare -p` has written; beside it lies what a
script has set that still runs.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_HEREDOC = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)<<(\S+)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MARK = "secret"
_QUOTES = "\"'"
_NO_NAME = "the text before = is not a variable name"
SEEN = ".seen"
"""Behind the name of the shell's state: the variables that running scripts have set."""
_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"' + r"|\$'[^'\\]*(?:\\.[^'\\]*)*'"
_STRINGS = re.compile(_STRING, re.S)
_DECLARED = re.compile(rf"^declare -\S+ ([A-Za-z_]\w*)=({_STRING}|\(.*?\)(?= \|\| __cockpit_lost))", re.M | re.S | re.A)
_ESCAPED = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|(.))", re.S)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v"}


class HandedOn:
    """The secrets in what scripts hand on: by name, by shape, or marked. What was seen once stays a secret.

    `given`: the variables that each script is given, which were judged already.
    """

    def __init__(self, env: Path, state: Path, given: Mapping[str, str]) -> None:
        self._env = env
        self._state = state
        self._seen = state.with_name(state.name + SEEN)
        self._given = given
        self._looks: tuple[tuple[int, int, int] | None, ...] = (None, None, None)
        self.secrets: set[str] = set()

    def news(self) -> set[str]:
        """Secrets that came since the last call. Costs three looks at the files' dates where nothing has changed."""
        looks = tuple(map(_look, (self._env, self._state, self._seen)))
        if looks == self._looks:
            return set()
        self._looks = looks
        found = set(self._found()) - self.secrets
        self.secrets |= found
        return found

    def _found(self) -> Iterator[str]:
        # Most steps hand nothing on: their supervisors never need this.
        from cockpit.text.credentials import is_secret, why_not_masked

        pairs = [*_variables(_text(self._env)), *_declared(_text(self._state)), *_declared(_text(self._seen))]
        names = {*self._given, *(name for name, _ in pairs)}
        marked = {value for pair in pairs if _is_mark(*pair, names) for value in pair[1:]}
        given = [(name, self._given[name]) for name in marked if name in self._given]
        for name, value in (*pairs, *given):
            if _is_mark(name, value, names):
                continue
            secret = name in marked or (self._given.get(name) != value and is_secret(name, value))
            if secret and not why_not_masked(value):
                yield value


def read_handed_on(path: Path) -> dict[str, str]:
    """The variables in `$COCKPIT_ENV`. Raises OSError."""
    pairs = list(_variables(path.read_text(encoding="utf-8", errors="surrogateescape")))
    names = {name for name, _ in pairs}
    return {name: value for name, value in pairs if not _is_mark(name, value, names) and not _never(value)}


def unreadable(text: str, behind: int = 0) -> list[str]:
    """`line N: reason` of what is no variable in the text of `$COCKPIT_ENV`, behind so many lines; never the line."""
    return [f"line {line}: {why}" for line, _, _, why in _entries(text) if why and line > behind]


def closed(text: str) -> str:
    """The text as another step can go on behind it: its last line has an end, and so has what stands in several."""
    whole = text if not text or text.endswith("\n") else text + "\n"
    for line, _, _, why in _entries(whole):
        end = whole.split("\n")[line - 1].partition("<<")[2]
        if end and why == _unclosed(end):
            return f"{whole}{end}\n"
    return whole


def _is_mark(name: str, value: str, names: Collection[str]) -> bool:
    """`secret=TOKEN` speaks of a variable; `secret=hunter2` is one of that name, and masked by it."""
    return name == _MARK and bool(_NAME.fullmatch(value)) and (value.isupper() or value in names)


def _look(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def _variables(text: str) -> Iterator[tuple[str, str]]:
    return ((name, value) for _, name, value, _ in _entries(text) if name)


def _entries(text: str) -> Iterator[tuple[int, str, str, str]]:
    """(line, name, value, what is wrong with it) of all that is no comment; no name where there is none."""
    lines = enumerate(text.split("\n"), 1)
    for number, line in lines:
        heredoc = _HEREDOC.fullmatch(line)
        match = _LINE.fullmatch(line)
        if heredoc:
            body: list[str] = []
            why = _unclosed(heredoc[2])
            for _, inner in lines:
                if inner == heredoc[2]:
                    why = ""
                    break
                body.append(inner)
            yield number, heredoc[1], "\n".join(body), why or _never("\n".join(body))
        elif match:
            value = match[2].strip()
            quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in _QUOTES
            half = not quoted and value.startswith(tuple(_QUOTES)) and value[0] not in value[1:]
            why = "unclosed quotes; for several lines use NAME<<END" if half else _never(value)
            yield number, match[1], value[1:-1] if quoted else value, why
        elif line.strip() and not line.lstrip().startswith("#"):
            named = re.fullmatch(r"[^\s=]*\s*=.*", line.removeprefix("export "), re.S)
            yield number, "", line, _NO_NAME if named else "neither NAME=value, NAME<<END nor a comment"


def _unclosed(end: str) -> str:
    return f"the closing line {end} is missing"


def _never(value: str) -> str:
    return "contains a NUL character" if "\0" in value else ""


def _declared(text: str) -> Iterator[tuple[str, str]]:
    """Every variable in the shell's state; of an array each of its values."""
    for name, value in _DECLARED.findall(text):
        for string in _STRINGS.findall(value) if value.startswith("(") else (value,):
            yield name, _unquoted(string)


def _unquoted(string: str) -> str:
    if string.startswith('"'):
        return re.sub(r'\\([\\"$`])', r"\1", string[1:-1])
    return _ESCAPED.sub(_escaped, string[2:-1])


def _escaped(found: re.Match[str]) -> str:
    byte, short, long, octal, letter = found.groups()
    if byte or octal:
        # Bytes of a text that is no UTF-8, as the environment's.
        code = int(byte, 16) if byte else int(octal, 8) & 255
        return chr(code) if code < 128 else bytes([code]).decode("utf-8", "surrogateescape")
    if short or long:
        return chr(int(short or long, 16))
    return _LETTERS.get(letter, letter)
