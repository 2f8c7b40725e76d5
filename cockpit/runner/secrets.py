"""From secret values to the byte patterns that must not appear anywhere: the value, its parts, and their disguises."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from cockpit.runner.disguises import encoded, escaped, in_json
from cockpit.text.credentials import NAMED_PART, SHORTEST, looks_secret, names_secret, why_not_masked

SHORTEST_LINE = 8
"""A line of a multi-line secret is a pattern of its own from this length on (a key's body, not its `END` mark)."""
_LONG = 16
"""From this length on the last part of a webhook's path, a user without a password or a value in JSON is a secret."""
_WHOLE = 512
"""A longer secret is a document: what is secret in it is found by itself too."""
_USERINFO = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?P<user>[^/?#\s:@]*):(?P<password>\S+)")
_TOKEN_AS_USER = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*://(?P<user>[^/?#\s:@]{{{_LONG},}})[:@]")
_IN_GO = re.compile(r"^[^\s:@/]+:(\S+)@(?:tcp|unix)\(", re.M)
_IN_NETRC = re.compile(r"\bmachine\s.*?\bpassword\s+(\S+)", re.S)
_IN_PGPASS = re.compile(r"^(?:(?:[^:\\\n]|\\.)*:){4}(.+)$", re.M)


def patterns(secrets: Iterable[str]) -> tuple[bytes, ...]:
    """Byte patterns of these secrets, longest first, without repeats: of each the value itself, what of it is a secret
    by itself, and what usual encoders make of these."""
    found: set[bytes] = set()
    for secret in secrets:
        for part in _of_it(secret):
            lines = list(_lines(part))
            if not lines and len(part) <= _WHOLE:
                found |= escaped(part) | encoded(part)
                continue
            # Whatever escapes the breaks leaves the lines as they are, or escapes these too.
            found |= in_json(part) | encoded(part, twice=False)
            found |= encoded(json.dumps(part)[1:-1], twice=False)
            for line in set(lines):
                found |= escaped(line) | encoded(line, twice=False)
    return tuple(sorted((one for one in found if len(one) >= SHORTEST), key=lambda one: (-len(one), one)))


def _of_it(secret: str) -> set[str]:
    """The secret, and what of it is one by itself."""
    parts = {secret, secret.strip()}
    inner = {
        value
        for value in (*_in_address(secret), *_in_text(secret), *_values_in_json(secret))
        if not why_not_masked(value)
    }
    return {part for part in parts | inner if len(part) >= SHORTEST}


def _lines(secret: str) -> Iterator[str]:
    lines = secret.strip().splitlines()
    if len(lines) > 1:
        yield from (line.strip() for line in lines if len(line.strip()) >= SHORTEST_LINE)


def _in_address(secret: str) -> Iterator[str]:
    """Of addresses the password, in each way that an @, : or / in it can be read, and what anybody could post with."""
    for found in _USERINFO.finditer(secret):
        rest = found["password"]
        ends = [at.start() for at in re.finditer("@", rest)]
        for end in {ends[0], ends[-1]} if ends else ():
            yield from (rest[:end], unquote(rest[:end]))
    for found in _TOKEN_AS_USER.finditer(secret):
        if any(one.isdigit() for one in found["user"]):
            yield from (found["user"], unquote(found["user"]))
    if secret.startswith(("http://", "https://")) and "\n" not in secret.strip():
        yield from _posted_to(secret.strip())


def _posted_to(address: str) -> Iterator[str]:
    """A webhook's path, and its last part: enough for anybody who knows the host."""
    try:
        path = urlsplit(address).path.rstrip("/")
    except ValueError:
        return
    for part in (path, path.rpartition("/")[2]):
        if len(part) >= _LONG and re.search(r"[0-9A-Z]", part):
            yield part


def _in_text(secret: str) -> Iterator[str]:
    """`Password=...` of a connection string, `sig=...` of an address, `aws_secret_access_key = ...` of a file."""
    for found in NAMED_PART.finditer(secret):
        value = found["value"]
        if value[0] in "\"'{":
            quote, value = value[0], value[1:-1]
            yield value.replace("''", "'") if quote == "'" else value
            yield re.sub(r"\\(.)", r"\1", value)
        else:
            yield from (value, unquote(value))
    yield from _IN_GO.findall(secret)
    yield from _IN_NETRC.findall(secret)
    for password in _IN_PGPASS.findall(secret) if "://" not in secret else ():
        yield re.sub(r"\\(.)", r"\1", password)


def _values_in_json(secret: str) -> Iterator[str]:
    """The values of a credential in JSON, as of a service account: what its key or its look says is secret."""
    if not secret.lstrip().startswith(("{", "[")):
        return
    try:
        shape = json.loads(secret)
    except (ValueError, RecursionError):
        return
    yield from _leaves(shape, "")


def _leaves(shape: Any, key: str) -> Iterator[str]:
    if isinstance(shape, dict):
        for name, value in shape.items():
            yield from _leaves(value, str(name))
    elif isinstance(shape, list):
        for value in shape:
            yield from _leaves(value, key)
    elif isinstance(shape, str):
        named = names_secret(key) and ("://" not in shape or "hook" in key.lower())
        opaque = len(shape) >= _LONG and re.fullmatch(r"(?=.*[0-9])(?=.*[A-Za-z])[^\s@:/]{16,}", shape)
        if named or looks_secret(shape) or opaque:
            yield shape
            yield from _in_address(shape)
