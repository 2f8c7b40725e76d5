"""Secrets that stand in the runbook itself, wherever in it. What is found is never repeated."""

import re
from collections.abc import Iterator

from cockpit.runbook.lint.context import Context
from cockpit.runbook.lint.model import Finding, Rule
from cockpit.text.credentials import SHAPED, why_not_masked

SECRET = Rule(
    "secret-in-text", "error", "A secret in the runbook",
    "A runbook is read, copied, printed and kept in git forever. Reported: what looks like a credential, a password "
    "in a URL, a private key, or a value given to a variable, option or field named like a secret.",
    "use a variable set from a secret store, and rotate the secret: it is compromised",
    "```bash\nexport PGPASSWORD=correct-horse-9\n```",
    '```bash\nexport PGPASSWORD="$(vault kv get -field=password secret/db)"\n```',
    "markdown",
)  # fmt: skip
_NAME = (
    r"(?P<name>[A-Za-z0-9_.-]*(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API[_-]?KEY|ACCESS[_-]?KEY|SECRET[_-]?KEY))"
)
_VALUE = r"(?P<value>[^\s\"'`,;}\\]{8,200})"
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^\s:@/'\"<>]{1,60}:(?P<value>[^\s@/'\"<>]{3,80})@", re.I)
_OWN = re.compile(r"(?:localhost|127\.[\d.]+|\[::1\]|[a-z][a-z0-9_-]*)(?=[:/\s\"'`]|$)", re.I)
"""A server of one's own machine, or of a compose file: an everyday word is no secret there."""
_GIVEN = re.compile(rf"\b{_NAME}=(?P<quote>[\"']?)(?P<value>[^\s\"'#]{{6,200}})", re.I)
_STRONG = (
    re.compile(rf"[\"']?\b{_NAME}[\"']?\s*:\s*[\"']?{_VALUE}", re.I),  # a field of JSON or YAML
    # mysql takes no value from the next word: there it is the database.
    re.compile(
        r"^(?!.*\b(?:mysql|mariadb)).*?--(?P<name>[a-z-]*(?:password|passphrase|secret|token|api-key|secret-key))[= ]"
        rf"[\"']?{_VALUE}"
    ),
    re.compile(rf"--from-literal[= ][\"']?(?P<name>[\w.-]+)=[\"']?{_VALUE}"),
    re.compile(rf"\b(?P<name>sshpass) -p[ =]?[\"']?{_VALUE}"),
    re.compile(rf"\b(?P<name>mysql\w*|mariadb[\w-]*) (?:\S+ )*(?:-p|--password=){_VALUE}"),
    re.compile(rf"\b(?P<name>curl) (?:\S+ )*(?:-u|--user)[ =]?[\"']?[^\s:\"']+:{_VALUE}"),
    re.compile(rf"(?P<name>Authorization):\s*(?:Bearer|Basic|token)\s+{_VALUE}", re.I),
    re.compile(
        rf"\b(?:echo|printf)\s+(?:-n\s+)?[\"']?{_VALUE}[\"']?\s*\|\s*(?:sudo\s+)?"
        r"(?P<name>(?:docker|podman) (?:secret create|login)|gh secret set|wrangler secret put|vercel env add"
        r"|fly secrets import|helm registry login|sudo -S|cryptsetup|htpasswd|passwd|vault write|az login)"
    ),
)
"""Where much is called like this that is none: only a value that looks made up by a machine counts."""
_NO_SECRET = re.compile(
    r"^\d+$|[$<>{}*`\[\]()]|^\.\.\.|x{3,}|^(?:your|my|the|some|example|change|replace|redacted|hidden|placeholder|true|false|none|null)"
    r"|example|^(?:password|passwd|secret|token|pass|user|env:)",
    re.I,
)
_SAMPLE_WORDS = frozenset({
    "a", "access", "admin", "api", "app", "another", "changeme", "client", "current", "default", "demo", "dev",
    "development", "dummy", "fake", "for", "here", "insert", "is", "jwt", "key", "local", "me", "my", "new", "old",
    "only", "pass", "password", "previous", "prod", "production", "random", "sample", "secret", "shared", "some",
    "staging", "super", "supersecret", "test", "testing", "the", "this", "token", "user", "value", "very", "your",
})  # fmt: skip
_WORDS = re.compile(r"[A-Za-z]+(?:[-_. ](?:[A-Za-z]+|[0-9]{1,3}))*")
_SENTENCE = 6
"""So many words are no value: they say what to put there."""
_KEY = re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?P<rest>.*)")
_KEY_BYTES = 40
"""So much base64 of a key is one; less is an example of how it looks."""


def secrets(context: Context) -> Iterator[Finding]:
    for line, text in enumerate(context.lines, 1):
        if "=" not in text and ":" not in text and "_" not in text and "-" not in text and "AKIA" not in text:
            continue
        following = context.lines[line] if line < len(context.lines) else ""
        found = _secret(text[:4_000], following[:400])
        if found is not None:
            column, what = found
            yield Finding(SECRET.code, SECRET.severity, line, column, f"{what} in plain text", SECRET.safer)


def _secret(text: str, following: str) -> tuple[int, str] | None:
    """(column, what it is), never the secret itself."""
    if (shaped := SHAPED.search(text)) and "EXAMPLE" not in shaped[0].upper():
        return shaped.start() + 1, "a credential"
    if (key := _KEY.search(text)) and _is_key(key["rest"], following):
        return key.start() + 1, "a private key"
    for match in _ADDRESS.finditer(text):
        own = _OWN.match(text, match.end()) and why_not_masked(match["value"])
        if not own and not _NO_SECRET.search(match["value"]):
            return match.start("value") + 1, "a password in a URL"
    for match in _GIVEN.finditer(text):
        if not _NO_SECRET.search(match["value"]) and not _is_sample(match["value"]):
            return match.start("value") + 1, f"the value of {match['name']}"
    for pattern in _STRONG:
        for match in pattern.finditer(text):
            if _is_made_up(match["value"]):
                return match.start("value") + 1, f"the value of {match['name']}"
    return None


def _is_key(rest: str, following: str) -> bool:
    body = re.sub(r"\\n|[\s\"'\\]", "", rest) or following.strip(" \t>\"'\\")
    return re.match(rf"[A-Za-z0-9+/=]{{{_KEY_BYTES}}}", body) is not None


def _is_sample(value: str) -> bool:
    """`previous-secret`, `my_test_key`: words that stand for a value."""
    words = re.split(r"[-_. ]", value.lower())
    return bool(_WORDS.fullmatch(value)) and (len(words) >= _SENTENCE or any(word in _SAMPLE_WORDS for word in words))


def _is_made_up(value: str) -> bool:
    """Letters and digits mixed as no person writes a word, a path, an address or a version."""
    if (
        _NO_SECRET.search(value)
        or re.match(r"[./~@]|\w+://|\w+:\w|sha\d", value)
        or re.fullmatch(r"v?\d+(?:\.\w+)+", value)
    ):
        return False
    mixed = re.search(r"[A-Za-z]", value) and re.search(r"\d", value)
    # `prod-db-2`, `release_2024`: words, and a number at the end
    return bool(mixed) and not re.fullmatch(r"[A-Za-z]+(?:[-_./][A-Za-z]+)*[-_.]?\d{1,4}", value)


RULES = ((SECRET, secrets),)
