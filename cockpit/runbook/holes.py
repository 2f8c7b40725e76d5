"""Placeholders: the holes in a script that a person fills before it may start. Rule 9 of the dialect.

They are found by their look, not by the shell: most lines with `<name>` are valid redirects to a shell.
"""

import re
from collections.abc import Callable, Iterator

from msgspec import Struct
from tree_sitter import Node

from cockpit.runbook.grammar import above, parse_script
from cockpit.runbook.model import PlaceholderKind
from cockpit.runbook.names import fold


class Hole(Struct, frozen=True):
    """One place of a placeholder in a script; `start` and `end` are byte offsets."""

    start: int
    end: int
    token: str
    name: str
    kind: PlaceholderKind
    choices: tuple[str, ...] = ()
    pattern: str = ""
    """The word around it with `*` in its place (`backups/pre-*.sql`); empty where it is a word of its own."""


_ANGLE = rb"(?<![<$&\d?])(?<!\?P)<(?P<angle>[A-Za-z\x80-\xff][^<>\n;`{}$\"&\\]{0,78})>"
_DOUBLE = rb"<<(?P<double>[A-Za-z][\w \-]{0,60})>>"
_WIKI = rb"\[\[(?P<wiki>[A-Za-z][\w .,/\-]{0,60})\]\]"
_CHOICE = rb"(?<![\w$\])\\\[])\[(?P<choice>[\w.\-][\w. \-]{0,40}(?:\|[\w. \-]{1,40}){1,12})\](?![*+?{])"
_DATE = (
    rb"(?<![A-Za-z0-9])(?P<date>YYYY(?P<s>[-_/.]?)MM(?P=s)DD)(?P<time>[-_T]?HH(?P<t>[-_:.]?)MM(?:(?P=t)SS)?)?"
    rb"(?![A-Za-z0-9])"
)
_VERSION = rb"(?<![\w.])(?P<version>[vV]?X\.Y\.Z(?![A-Z])|[vV]?X\.Y(?!\.?\w)|v?x\.y\.z(?!\w))"
_MUSTACHE = rb"(?<![$%\\{])\{\{[ \t]*(?P<mustache>[A-Za-z]\w*(?:[ -]\w+){0,4})[ \t]*\}\}"
_BRACE = rb"(?<![$@%#\\{])\{(?P<brace>[a-z][a-z0-9]+(?:[_-][a-z0-9]+)*|[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)*)\}(?!\})"
_YOUR = rb"(?<![\w$/.{<-])(?P<your>YOUR_[A-Z0-9_]*[A-Z0-9])(?![\w=])"
_HOLE = re.compile(b"|".join((_DOUBLE, _WIKI, _CHOICE, _ANGLE, _DATE, _VERSION, _MUSTACHE, _BRACE, _YOUR)))
_TEMPLATE_WORDS = frozenset({
    "end", "else", "range", "if", "with", "json", "len", "index", "now", "nil", "define", "block",
})  # fmt: skip
_BRACE_LANGUAGES = re.compile(rb"\b(?:jq|yq|awk|gawk|mawk|sed|python3?|node|ruby|perl|php)\b")

_MAIL_OR_ADDRESS = re.compile(rb"\S@\S+\.|://")
_FILE_NAME = re.compile(
    rb"(?:^[.~/]|\.(?:txt|sql|json|ya?ml|csv|tsv|log|sh|conf|cfg|ini|gz|tgz|zip|dump|in|out|tar|md|xml|html|pem|key|env|"
    rb"bak|dat|list|diff|patch|h)$|^dev/null$)"
)
_VOID_TAGS = frozenset(
    {b"br", b"hr", b"p", b"li", b"img", b"input", b"meta", b"link", b"html", b"body", b"br/", b"hr/"}
)
_DATE_FORMATTER = re.compile(rb"(?:to_char|to_date|to_timestamp|format|strftime)[^\n]{0,80}$", re.IGNORECASE)
_WORD_BEFORE = re.compile(rb"[^\s\"'`=;|&()<>]*$")
_WORD_AFTER = re.compile(rb"[^\s\"'`;|&()<>]*")

_KINDS: tuple[tuple[re.Pattern[str], PlaceholderKind], ...] = (
    (re.compile(r"yyyy-?mm-?dd.*hh|timestamp|date-and-time|datetime"), "timestamp"),
    (re.compile(r"yyyy|(?:^|-)date$|^date(?:-|$)"), "date"),
    (re.compile(r"backup|dump|snapshot"), "backup"),
    (re.compile(r"commit|(?:^|-)sha\d*(?:-|$)|git-(?:ref|hash|rev)|^(?:good|bad|last|previous)-re[fv]$"), "commit"),
    (re.compile(r"version|(?:^|-)tag$|^v?x\.y|(?:^|-)release$|^release-(?:tag|name|number)$"), "version"),
)  # fmt: skip
_BACKUP_WORD = re.compile(r"backup|dump|snapshot|\.sql|\.bak", re.IGNORECASE)


def candidates(script: bytes) -> tuple[Hole, ...]:
    """Everything in `script` that looks like a placeholder, comments included: only the grammar knows those."""
    return tuple(hole for match in _HOLE.finditer(script) if (hole := _hole(match, script)) is not None)


def mask(script: bytes, holes: tuple[Hole, ...]) -> bytes:
    """`script` with a plain word of the same length in every hole, so that offsets and lines stay as they are."""
    parts, position = [], 0
    for hole in holes:
        parts += [script[position : hole.start], b"x" * (hole.end - hole.start)]
        position = hole.end
    return b"".join([*parts, script[position:]])


def outside_comments(root: Node, holes: tuple[Hole, ...]) -> tuple[Hole, ...]:
    """The holes that are code. `root` is the tree of the masked script."""
    return tuple(hole for hole in holes if not any(n.type == "comment" for n in _around(root, hole)))


def find_holes(script: bytes) -> tuple[tuple[Hole, ...], Node]:
    """The placeholders of `script` and the tree of the script with them filled by plain words."""
    found = candidates(script)
    root = parse_script(mask(script, found))
    return (outside_comments(root, found) if found else ()), root


def _around(root: Node, hole: Hole) -> Iterator[Node]:
    node = root.descendant_for_byte_range(hole.start, hole.end)
    return above(node) if node is not None else iter(())


def context_of(root: Node, hole: Hole) -> list[Node]:
    """The nodes around a hole, innermost first."""
    return list(_around(root, hole))


def _hole(match: re.Match[bytes], script: bytes) -> Hole | None:
    if script[max(0, match.start() - 1) : match.start()] in {b"\\", b"$"}:
        # Escaped, or the tail of something else; a quoted value behind a backslash would also lose its first quote.
        return None
    group = next(group for group in _READERS if match[group] is not None)
    if not _READERS[group](match, script):
        return None
    token = match[0].decode("utf-8", "replace")
    inner = token if group in {"date", "version", "your"} else match[group].decode("utf-8", "replace")
    name = fold(inner)
    return _described(match, script, token, name, inner) if name else None


def _described(match: re.Match[bytes], script: bytes, token: str, name: str, inner: str) -> Hole:
    choices = tuple(part.strip() for part in inner.split("|")) if "|" in inner else ()
    before = _WORD_BEFORE.search(script, max(0, match.start() - 200), match.start())
    after = _WORD_AFTER.match(script, match.end())
    around = [(part[0] if part else b"").decode("utf-8", "replace") for part in (before, after)]
    pattern = f"{around[0]}*{around[1]}" if any(around) else ""
    kind: PlaceholderKind = next((kind for regex, kind in _KINDS if regex.search(name)), "text")
    if kind in {"timestamp", "date"} and _BACKUP_WORD.search(pattern):
        kind = "backup"  # the name of a file that is there already: offered from those that match the pattern
    if choices and all(choices):
        kind = "choice"
    return Hole(match.start(), match.end(), token, name, kind, choices if kind == "choice" else (), pattern)


def _is_angle(match: re.Match[bytes], script: bytes) -> bool:
    inner = match["angle"]
    if inner[-1:].isspace() or _MAIL_OR_ADDRESS.search(inner) or b"</" + inner.split()[0] in script:
        return False
    if inner in _VOID_TAGS or inner.count(b"'") > 1:
        return False
    alone = match.start() == 0 or script[match.start() - 1 : match.start()].isspace()
    alone = alone and not _is_quoted(match, script)
    after = script[match.end() : match.end() + 1]
    if alone and (after.isalnum() or _FILE_NAME.search(inner)):
        # `sort <in >out` and `sort <in>out` read and write files; `<in>` before an end of line can do neither.
        rest = script[match.end() :].split(b"\n", 1)[0].strip()
        return not rest or rest[:1] in b"|;&)#\\"
    return True


def _is_double(match: re.Match[bytes], script: bytes) -> bool:
    # `cat <<EOF>>file` is a here-document, as the line that ends it shows.
    return re.search(rb"^\t*" + re.escape(match["double"]) + rb"$", script, re.MULTILINE) is None


def _is_choice(match: re.Match[bytes], script: bytes) -> bool:
    options = match["choice"].split(b"|")
    # `[a|b]` inside quotes is a character class far more often than a choice.
    return all(o.strip() for o in options) and not (any(len(o) < 2 for o in options) and _is_quoted(match, script))


def _is_quoted(match: re.Match[bytes], script: bytes) -> bool:
    """True inside quotes that begin on the same line; a guess, for looks only: the grammar decides how to quote."""
    before = script[script.rfind(b"\n", 0, match.start()) + 1 : match.start()]
    return before.count(b"'") % 2 == 1 or before.count(b'"') % 2 == 1


def _is_date(match: re.Match[bytes], script: bytes) -> bool:
    line_start = script.rfind(b"\n", 0, match.start()) + 1
    return _DATE_FORMATTER.search(script[line_start : match.start()]) is None


def _is_mustache(match: re.Match[bytes], script: bytes) -> bool:
    return match["mustache"].split()[0].decode("ascii", "replace") not in _TEMPLATE_WORDS


def _is_brace(match: re.Match[bytes], script: bytes) -> bool:
    """Not in the programs of tools whose own language has braces."""
    line = script[script.rfind(b"\n", 0, match.start()) + 1 : match.start()]
    return not _BRACE_LANGUAGES.search(line)


def _always(match: re.Match[bytes], script: bytes) -> bool:
    return True


_READERS: dict[str, Callable[[re.Match[bytes], bytes], bool]] = {
    "double": _is_double,
    "wiki": _always,
    "choice": _is_choice,
    "angle": _is_angle,
    "date": _is_date,
    "version": _always,
    "mustache": _is_mustache,
    "brace": _is_brace,
    "your": _always,
}
