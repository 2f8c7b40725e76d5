"""What the outside said, fit to be shown: one line, short, without passwords."""

import re
from collections.abc import Iterable

from cockpit.text.credentials import SHAPED, SHORTEST
from cockpit.text.sanitize import one_line

LONGEST = 300
_USERINFO = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)\S*@")
_NAMED = re.compile(r"(?i)\b(pass(?:word|wd)?|token|secret|api[-_]?key)(\s*[=:]\s*)(?!\*)\S+")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{8,}")


def outside(text: str, secrets: Iterable[str] = (), limit: int = LONGEST) -> str:
    """The text of a server, a child or a database: sanitised, on one line, without the secrets, user parts of URLs and
    what looks like a credential; at most `limit` characters."""
    for secret in sorted({one for one in secrets if len(one) >= SHORTEST}, key=len, reverse=True):
        text = text.replace(secret, "***")
    line = masked(one_line(text[: 16 * limit]))
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def masked(line: str) -> str:
    """The line without user parts of URLs and what looks like a credential."""
    line = _USERINFO.sub(r"\1***@", line)
    line = _NAMED.sub(r"\1\2***", line)
    line = _BEARER.sub(r"\1 ***", line)
    return SHAPED.sub("***", line)
