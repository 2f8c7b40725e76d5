"""What a rule is: a code, a level, why, an example of both kinds, where it comes from, and how it is found."""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from cockpit.migrations.lexer import Token
from cockpit.migrations.model import Level, Script, Statement


class Hit(Struct, frozen=True):
    """A place and what is wrong there. `offset` is in the file."""

    offset: int
    message: str
    fix: str = ""


class Rule(Struct, frozen=True):
    """`covers`: rules of squawk that say the same; where both find a statement this one is shown. `bad` and `good` are
    whole files, and part of the tests and of the docs."""

    code: str
    level: Level
    why: str
    fix: str
    bad: str
    good: str
    source: str
    find: Callable[[Script], Iterable[Hit]]
    covers: tuple[str, ...] = ()


def name_at(tokens: Sequence[Token], index: int) -> tuple[str, int]:
    """A possibly qualified name that begins at this token, as PostgreSQL folds it, and the index behind it."""
    parts: list[str] = []
    while index < len(tokens) and tokens[index].kind in ("word", "name"):
        parts.append(tokens[index].value())
        if index + 1 >= len(tokens) or tokens[index + 1].text != ".":
            return bare(parts), index + 1
        index += 2
    return bare(parts), index


def bare(parts: Sequence[str]) -> str:
    """`public.orders` and `orders` are the same table to nearly every search_path."""
    return ".".join(parts[1:] if len(parts) > 1 and parts[0] == "public" else parts)


def skip_words(tokens: Sequence[Token], index: int, *words: str) -> int:
    """Index behind those of these words that stand here."""
    while index < len(tokens) and tokens[index].upper in words:
        index += 1
    return index


def created_table(statement: Statement) -> str:
    """Name of the permanent table that the statement creates; empty where it creates none, or a partition."""
    tokens = statement.tokens[:24]
    if not tokens or tokens[0].upper != "CREATE":
        return ""
    index = skip_words(tokens, 1, "UNLOGGED")
    if index >= len(tokens) or tokens[index].upper != "TABLE":
        return ""
    name, after = name_at(tokens, skip_words(tokens, index + 1, "IF", "NOT", "EXISTS"))
    partition = after < len(tokens) and tokens[after].upper == "PARTITION"
    return "" if partition else name


def target(statement: Statement) -> str:
    """Name of the table of an ALTER TABLE or a CREATE INDEX; empty for any other statement."""
    if statement.begins("CREATE", "INDEX") or statement.begins("CREATE", "UNIQUE", "INDEX"):
        on = statement.find("ON")
        return name_at(statement.tokens, skip_words(statement.tokens, on, "ON", "ONLY"))[0] if on is not None else ""
    return altered_table(statement)


def altered_table(statement: Statement) -> str:
    """Name of the table of an ALTER TABLE; empty for any other statement."""
    if not statement.begins("ALTER", "TABLE"):
        return ""
    return name_at(statement.tokens, skip_words(statement.tokens, 2, "IF", "EXISTS", "ONLY"))[0]
