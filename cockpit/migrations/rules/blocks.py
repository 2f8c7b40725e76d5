"""The statements inside a DO block: PL/pgSQL read by its words."""

from collections.abc import Iterator, Sequence

from cockpit.migrations.lexer import Token, tokens
from cockpit.migrations.model import Statement

_LEADS = {"BEGIN", "THEN", "ELSE", "LOOP"}


def body(statement: Statement) -> tuple[Token, ...]:
    """Tokens of the code of a DO block, with offsets in the file; empty for any other statement."""
    if not statement.begins("DO"):
        return ()
    for token in statement.tokens:
        if token.kind in ("dollar", "string"):
            code = token.value()
            return tuple(tokens(code, token.offset + token.text.index(code) if code in token.text else token.offset))
    return ()


def statements(code: Sequence[Token]) -> Iterator[tuple[int, tuple[Token, ...]]]:
    """Each statement of the block with the number of loops around it. Control words are statements of their own."""
    loops, current = 0, list[Token]()
    for index, token in enumerate(code):
        if token.text == ";" or (token.upper in _LEADS and not _inside_case(current)):
            if current:
                yield loops, tuple(current)
            current = []
            loops += token.upper == "LOOP" and not (index and code[index - 1].upper == "END")
            continue
        if token.upper == "LOOP":
            loops -= 1
        current.append(token)
    if current:
        yield loops, tuple(current)


def _inside_case(current: Sequence[Token]) -> bool:
    words = [token.upper for token in current]
    if words == ["END"]:  # END LOOP
        return True
    return words.count("CASE") > words.count("END")
