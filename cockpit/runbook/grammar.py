"""The shell grammar (tree-sitter-bash) and the few questions that are asked of its trees. Offsets are bytes."""

import re
from collections.abc import Iterator

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

_LANGUAGE = Language(tree_sitter_bash.language())
_PARSER = Parser(_LANGUAGE)
# A word that may only stand after its opening: the grammar takes a stray one for a command, bash does not.
_CLOSING_WORDS = frozenset({"fi", "done", "esac", "then", "do", "else", "elif", "}", ")"})
# The grammar's scanner reads outside its memory, and may crash, where `{` stands before a character that is not ASCII
# (github.com/tree-sitter/tree-sitter-bash issue 337). It gets a sign instead, byte by byte, that means to a shell
# what such a character means: a part of a word and never of a name.
_NOT_ASCII, _STAND_IN = re.compile(rb"[\x80-\xff]"), b"%"


def parse_script(script: bytes) -> Node:
    """The root of the tree; nodes keep the tree alive. Their texts come from `text_of`, not from the nodes."""
    return _PARSER.parse(_NOT_ASCII.sub(_STAND_IN, script)).root_node


def text_of(node: Node, script: bytes) -> str:
    """The text of `node` in `script`, which may be another text of the same length than the one parsed."""
    return script[node.start_byte : node.end_byte].decode("utf-8", "replace")


def first_row(node: Node) -> int:
    """0-based row."""
    return node.start_point[0]


def last_row(node: Node) -> int:
    """0-based row of the last character."""
    row, column = node.end_point
    return row - 1 if column == 0 and row > node.start_point[0] else row


def walk(node: Node) -> Iterator[Node]:
    """`node` and everything below it, in order; no recursion, so that deep nesting is harmless."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(current.children))


def above(node: Node) -> Iterator[Node]:
    """`node` and everything around it, innermost first."""
    current: Node | None = node
    while current is not None:
        yield current
        current = current.parent


def top_level(root: Node) -> list[Node]:
    """Commands and comments of the script itself, not those inside loops and functions."""
    return [child for child in root.children if child.is_named]


def is_suspicious(root: Node, script: bytes) -> bool:
    """True where the grammar sees an error, or where it is known to be more lenient than bash."""
    if root.has_error:
        return True
    return any(
        node.type == "command" and text_of(node, script).split(maxsplit=1)[:1] != []
        and text_of(node, script).split(maxsplit=1)[0].rstrip(";") in _CLOSING_WORDS
        for node in root.children
    )  # fmt: skip


def word_nodes(command: Node) -> list[Node]:
    """The nodes of a `command`'s words: its name, then its arguments; assignments and redirections are none."""
    redirects = {"variable_assignment", "file_redirect", "heredoc_redirect", "herestring_redirect"}
    return [child for child in command.named_children if child.type not in redirects]


def words_of(command: Node, script: bytes) -> list[str]:
    """The words of a `command` node, without quotes around them."""
    return [text_of(child, script).strip("\"'") for child in word_nodes(command)]
