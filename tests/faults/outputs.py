"""What scripts say, as a table: on disk byte for byte but for the secrets, and harmless where it is shown."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from cockpit.runner.redact import redact
from cockpit.runner.secrets import patterns
from tests.faults.world import Cases, Play, hidden, on_a_bench, safely_shown, whole
from tests.integration.runner.helpers import Bench

WORD = "Tr0ub4dor&3 zebra/+?"
KEY = "-----BEGIN KEY-----\nMIIBVgIBADANBgkqhkiG\nw0BAQEFAASCAUAwggE8\n-----END KEY-----"


@dataclass(frozen=True)
class Output:
    says: str
    """What the case is about; its id."""
    pieces: Sequence[bytes]
    """What is written, one write each, with a moment in between."""
    prints: Sequence[str] | None = None
    """The lines that a headless run prints."""
    secrets: Sequence[str] = ()

    @property
    def raw(self) -> bytes:
        return b"".join(self.pieces)


def single(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def in_threes(data: bytes) -> list[bytes]:
    return [data[at : at + 3] for at in range(0, len(data), 3)]


def in_base64(shift: int) -> bytes:
    return base64.b64encode(b"ab"[:shift] + WORD.encode() + b" and more")


TABLE = [
    Output("bytes that are not UTF-8", [b"\xff\xfe caf\xe9 \xc3( \xed\xa0\x80 ok\n"], ["�� caf� �( ��� ok"]),
    Output("a character cut in two", [b"caf\xc3", b"\xa9\n"], ["café"]),
    Output("NUL bytes", [b"a\0b\0\0c\n\0\n"], ["abc", ""]),
    Output("colours", [b"\x1b[1;31mred\x1b[0m and \x1b[38:5:208mmore\x1b[m\n"], ["red and more"]),
    Output("a sequence cut in two", [b"a\x1b", b"[31", b"mb\x1b[0", b"m\n"], ["ab"]),
    Output("a title and a clipboard (OSC)", [b"\x1b]0;owned\x07a\x1b]52;c;ZXZpbA==\x1b\\b\n"], ["ab"]),
    Output("a sequence without an end", [b"before\x1b]0;never closed\n", b"after\n"], ["before", "after"]),
    Output(
        "a device string (DCS), APC, PM, SOS",
        [b"a\x1bP1$r0m\x1b\\b\x1b_x\x1b\\c\x1b^y\x1b\\d\x1bXz\x1b\\e\n"],
        ["abcde"],
    ),
    Output("8-bit controls (C1)", [b"\x9b31mraw\x9d0;t\x9c \xc2\x9b31mutf\xc2\x85\xc2\x90q\xc2\x9c\n"], None),
    Output(
        "cursor, alternate screen, questions",
        [b"\x1b[2J\x1b[H\x1b[?1049h\x1b[6n\x1b[>c\x1bc\x1b7here\x1b8\n"],
        ["here"],
    ),
    Output("bells, backspaces, form feeds", [b"a\x07\x08\x0c\x0bb\x7f\n"], ["ab"]),
    Output("bidirectional overrides", ["user\u202enimda\u2066x\u2069\n".encode()], ["usernimdax"]),
    Output("a progress bar", [b"".join(b"\r%3d%%" % n for n in range(101)), b"\rdone\n"], ["done"]),
    Output("a progress bar without a newline", [b"\r 10%", b"\r 20%"], [" 20%"]),
    Output("line ends of another system", [b"one\r\ntwo\r\n"], ["one", "two"]),
    Output("no newline at the end", [b"one\n", b"two"], ["one", "two"]),
    Output("nothing", [b""], []),
    Output("a secret byte by byte", single(f"-{WORD}-{WORD[:9]}\n".encode()), [f"-[REDACTED]-{WORD[:9]}"], [WORD]),
    Output("a secret in odd pieces", in_threes(f"x{WORD}{WORD}y\n".encode()), ["x[REDACTED][REDACTED]y"], [WORD]),
    Output("a secret that overlaps itself", in_threes(b"<ababababab>\n"), ["<[REDACTED]>"], ["abab"]),
    Output("half a secret at the end", [b"x", WORD[:7].encode()], ["x" + WORD[:7]], [WORD]),
    Output("a secret of many lines", [b"| " + line + b"\n" for line in KEY.encode().split(b"\n")], None, [KEY]),
    Output("a secret of many lines, as it is", in_threes(KEY.encode() + b"\n"), ["[REDACTED]"], [KEY]),
    *(Output(f"a secret in base64, shift {n}", in_threes(in_base64(n) + b"\n"), None, [WORD]) for n in range(3)),
    Output(
        "a secret in an address", in_threes(f"a=1&p={quote(WORD, safe='')}\n".encode()), ["a=1&p=[REDACTED]"], [WORD]
    ),
    Output("a secret between escape sequences", [b"\x1b[1m" + WORD.encode() + b"\x1b[0m\n"], ["[REDACTED]"], [WORD]),
]


def script(pieces: Sequence[bytes]) -> str:
    """The builtin `printf` writes at once; the pause lets the supervisor read what is there."""
    says = [f"printf '{octal(piece)}'" for piece in pieces]
    return "\nsleep 0.003\n".join(says) + "\n"


def octal(data: bytes) -> str:
    return "".join(f"\\{byte:03o}" for byte in data)


def plays(output: Output) -> Play:
    async def play(bench: Bench) -> None:
        known = patterns(output.secrets)
        run, ended = await bench.finish(script(output.pieces), patterns=known)
        assert (ended.outcome, ended.exit_status, ended.dropped_bytes) == ("finished", 0, 0)
        assert run.log == redact(output.raw, known)
        whole(run, ended)
        hidden(run, *(form for secret in output.secrets for form in _forms(secret)))
        printed = safely_shown(run, *output.secrets)
        if output.prints is not None:
            assert printed == list(output.prints)

    return play


def _forms(secret: str) -> list[bytes]:
    """What must not be found, worked out without the code under test."""
    raw = secret.encode()
    forms = [raw, quote(secret, safe="").encode()]
    if len(raw) >= 8:
        forms += [_alike(raw, shift) for shift in range(3)]
    return forms


def _alike(raw: bytes, shift: int) -> bytes:
    """The characters of its base64 that are the same whatever is before and behind."""
    one = base64.b64encode(b"\x00" * shift + raw + b"\x00\x00\x00")
    two = base64.b64encode(b"\xff" * shift + raw + b"\xff\xff\xff")
    same = [left == right for left, right in zip(one, two, strict=True)]
    start = same.index(True)
    return one[start : same.index(False, start)]


def cases() -> Cases:
    return [(output.says, on_a_bench(plays(output))) for output in TABLE]
