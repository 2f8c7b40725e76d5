"""From secret values to the byte patterns that must not appear anywhere: the value and its usual disguises."""

import base64
import json
import re
import shlex
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote, urlsplit

from cockpit.credentials import SHORTEST

SHORTEST_LINE = 8
"""A line of a multi-line secret is a pattern of its own from this length on (a key's body, not its `END` mark)."""


def patterns(secrets: Iterable[str]) -> tuple[bytes, ...]:
    """Byte patterns of these secrets, longest first, without repeats.

    Per secret: itself, the password of a URL, each line of a multi-line value, base64 at its three shifts (trimmed to
    what does not depend on the neighbours), URL, JSON and shell quoting.
    """
    found: set[bytes] = set()
    for secret in secrets:
        for part in _parts(secret):
            found |= _disguises(part)
    return tuple(sorted((one for one in found if len(one) >= SHORTEST), key=lambda one: (-len(one), one)))


def _parts(secret: str) -> set[str]:
    parts = {secret, secret.strip()}
    lines = secret.splitlines()
    if len(lines) > 1:
        parts |= {line.strip() for line in lines if len(line.strip()) >= SHORTEST_LINE}
    password = _password(secret)
    if password:
        parts |= {password, unquote(password)}
    return {part for part in parts if len(part) >= SHORTEST}


def _password(value: str) -> str:
    """The password in `postgres://user:password@host/`; empty where the value is no such address."""
    if "://" not in value:
        return ""
    try:
        return urlsplit(value).password or ""
    except ValueError:
        return ""


def _disguises(secret: str) -> set[bytes]:
    raw = secret.encode("utf-8", "surrogateescape")
    forms = {
        raw,
        quote(secret, safe="", errors="replace").encode(),
        quote_plus(secret, errors="replace").encode(),
        json.dumps(secret)[1:-1].encode(),
        json.dumps(secret, ensure_ascii=False)[1:-1].encode("utf-8", "surrogateescape"),
        shlex.quote(secret).encode("utf-8", "surrogateescape").strip(b"'"),
        *(form.encode("utf-8", "surrogateescape") for form in _in_bash(secret)),
    }
    if len(raw) >= SHORTEST_LINE:
        for shift in range(3):
            forms |= {_base64_core(raw, shift), _base64_core(raw, shift, urlsafe=True)}
    return forms


def _in_bash(secret: str) -> tuple[str, ...]:
    """As bash writes it: `set -x` and `${x@Q}`, `declare -p`, `printf %q`."""
    return (
        secret.replace("'", r"'\''"),
        re.sub(r'([\\"$`])', r"\\\1", secret),
        re.sub(r"([\s'\"\\|&;()<>!{}*\[?\]^$`,]|^[#~]|(?<=[:=])~)", r"\\\1", secret),
    )


def _base64_core(raw: bytes, shift: int, *, urlsafe: bool = False) -> bytes:
    """The characters of base64(prefix + raw + suffix) that depend on `raw` alone, for a prefix of `shift` bytes."""
    encode = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    text = encode(b"\0" * shift + raw)
    start = (0, 2, 3)[shift]
    whole = (shift + len(raw)) * 8 // 6
    return text[start:whole]
