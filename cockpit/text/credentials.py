"""What is a secret by its name, what by its shape, and what is never masked. Standard library only."""

import re
from pathlib import Path

SHORTEST = 4
"""A shorter value is never masked: hiding every `a` or `42` would hide the log, not the secret."""
FEWEST_DIGITS = 6
"""A number of fewer digits is never masked: ports, sizes and counts of a log look the same."""
_GUESSED = 8
"""Least length of a value that is taken for a secret by a name that may also mean something else (`_KEY`, `AUTH`)."""

_SURE = re.compile(
    r"PASSWORD|PASSWD|PASSPHRASE|(^|_)PASS(_|[0-9]|$)|(DB|PG|SQL|USER|ADMIN|ROOT|REDIS|MAIL|SMTP|FTP)PASS(_|$)"
    r"|PWD(_|[0-9]|$)|SECRET|TOKEN(?!I[SZ])|API_?KEY|ACCESS_?KEY|ACCOUNT_?KEY|PRIVATE_?KEY|SIGNING_?KEY|ENCRYPTION_?KEY"
    r"|MASTER_?KEY|APP_KEY$|(^|_)PAT(_|[0-9]|$)|(^|_)DSN(_|$)|CONNECTION_?STRING|CONN_?STR|WEB_?HOOK|(^|_)SAS(_|$)",
    re.I,
)
"""Names that say secret: whatever the value is."""
_LIKELY = re.compile(r"CREDENTIALS?(_|$)|_KEY$|(^|_)AUTH(_|$)|AUTHORI[SZ]ATION", re.I)
"""Names that often hold a secret, and sometimes a path or a word."""
_IN_A_FILE = re.compile(r"(^|_)(PIN|OTP|TOTP|SALT|SEED|COOKIE|SESSION|SIGNING|LICEN[CS]E|CERT)(_|$)", re.I)
"""Names that are secret too where a file holds the value: nothing plain is let through under them."""
_ABOUT = re.compile(
    r"_(FILE|PATH|URI|ENDPOINT|DIR|DIRECTORY|FOLDER|NAME|TTL|LIFETIME|EXPIR(Y|ES|ATION)|LENGTH|POLICY|TYPE|ALG|ALGORITHM|ENABLED"
    r"|REQUIRED|ISSUER|AUDIENCE|SOCK|HOST|PORT|REGION|VERSION|MIN|MAX|LIMIT|TIMEOUT)$",
    re.I,
)
"""What is told about a secret: `TOKEN_FILE`, `PASSWORD_MIN`."""
_NEVER = frozenset({"PWD", "OLDPWD", "SSH_AUTH_SOCK", "XAUTHORITY"})

SHAPED = re.compile(
    r"""
    \b(?: gh[pousr]_\w{16,} | github_pat_\w{16,} | gl(?:pat|ptt|dt|rt|cbt|soat)-[\w-]{16,}   # GitHub, GitLab
    | x(?:ox[a-z]|app)-[\w-]{10,} | (?:AKIA|ASIA)[A-Z0-9]{16}                                # Slack, AWS
    | [rs]k_(?:live|test)_\w{10,} | whsec_\w{16,} | sk-[\w-]{20,} | (?:gsk|xai)[_-]\w{20,}   # Stripe, models
    | npm_\w{30,} | pypi-[\w-]{30,} | dckr_pat_[\w-]{20,} | hf_\w{30,} | d[op]o_v1_\w{30,} | dop_v1_\w{30,}
    | AIza[\w-]{30,} | ya29\.[\w-]{20,} | GOCSPX-[\w-]{20,} | SG\.[\w-]{16,}\.[\w-]{16,}      # Google, SendGrid
    | hv[sbr]\.[\w-]{20,} | glsa_\w{20,} | shp(?:at|ca|pa|ss)_\w{20,} | tskey-[\w-]{16,} | sntrys?_[\w=+/-]{20,}
    | dapi[0-9a-f]{32} | key-[0-9a-f]{32} | ATATT3x[\w=-]{20,} | lin_api_\w{20,} | NRAK-\w{20,} | pscale_\w+_[\w-]{20,}
    | [0-9]{8,12}:AA[\w-]{30,}                                                               # Telegram
    | eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]* )                                                   # JWT
    | AGE-SECRET-KEY-1\w{20,}
    | \bhooks\.slack\.com/(?:services|workflows|triggers)/\S+ | \bdiscord(?:app)?\.com/api(?:/v[0-9]+)?/webhooks/\S+
    | \b[\w-]+\.webhook\.office\.com/webhookb2/\S+ | \boutlook\.office(?:365)?\.com/webhook/\S+
    | \b[\w.-]+\.(?:logic\.azure|powerplatform|api\.powerplatform)\.com[:/]\S*[?&]sig=\S+
    | \bhooks\.zapier\.com/hooks/\S+ | \bchat\.googleapis\.com/v1/spaces/\S+ | \bapi\.telegram\.org/bot\S+
    | \bhooks\.chime\.aws/incomingwebhooks/\S+ | \bmaker\.ifttt\.com/trigger/\S+/key/\S+ | \bhc-ping\.com/[\w-]{16,}
    """,
    re.ASCII | re.VERBOSE,
)
"""Credentials that say by their shape what they are: tokens of well-known makers, JWT, addresses anyone can post to."""
PRIVATE_KEY = re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")
NAMED_PART = re.compile(
    r"""(?ix)
    (?:^|[;&?,\s{"'(]) ["']? (?:[a-z][\w.-]*[._-])?
    (?: password | passwd | pwd | passphrase | secret | token | accountkey | sharedaccesskey | sharedaccesssignature
      | sharedsecret | sig | signature | api[_-]?key | access[_-]?key | private[_-]?key | sslpassword | key )
    ["']? \s*[=:]\s* (?P<value> "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.|'')*' | \{[^{}]*\} | [^;&\s,"'}\])]+ )
    """
)
"""`password=...` within a connection string, `sig=...` within an address, `"private_key": "..."` within JSON."""
_CONNECTION = re.compile(
    r"(?i)(?:^|[;&?,\s])(?:password|passwd|pwd|accountkey|sharedaccesskey|sharedaccesssignature|sharedsecret|sig"
    r"|access_token|token|api_?key|x-amz-signature|client_secret)\s*=\s*[^;&\s]{4,}"
)
_USERINFO = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?![^/?#@\s]*:[0-9]{1,5}[/?#])[^/?#\s:]*:\S+@")
_TOKEN_AS_USER = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?=[^@/:\s]*[0-9])[\w.~%-]{16,}@", re.ASCII)
_IN_GO = re.compile(r"[^\s:@/]+:\S+@(?:tcp|unix)\(")
_HEADER = re.compile(r"(?i)(?:authorization:\s*)?(?:bearer|basic)\s+[A-Za-z0-9+/=._~-]{8,}")

_EVERYDAY = """
true false yes no on off null none nil undefined nan default enabled disabled enable disable auto automatic
always never optional required production prod staging stage development develop devel local localhost test
testing tests debug trace info notice warn warning error errors fatal critical verbose quiet silent root admin
administrator user username guest anonymous postgres postgresql mysql mariadb redis mongo mongodb sqlite
rabbitmq memcached database cache session cookie file files array sync async single cluster standalone primary
replica public private main master head latest stable beta alpha release current next deploy deployment build
service server client worker backend frontend application example sample placeholder password passwd secret
secrets token changeme change_me change-me todo tbd xxxx empty unset missing basic bearer digest plain login
sha256 sha512 hs256 rs256 aes256 utf8 utf-8 http https smtp
"""
_WORDS = frozenset(_EVERYDAY.split())
_UNIT = re.compile(
    r"[-+]?[0-9][0-9.,:_]*\s?(?:ns|us|ms|s|sec|m|min|h|d|w|k|K|M|G|T|Ki|Mi|Gi|Ti|B|kB|KB|MB|GB|TB|KiB|MiB|GiB|%)?",
    re.ASCII,
)
_ADDRESS = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?:/[0-9]{1,2})?(?::[0-9]{1,5})?", re.ASCII)
_KEY_FILE = re.compile(
    r"/(?:[\w.@+-]+/)*[\w.@+-]+\.(?:key|pem|crt|cer|p12|pfx|jks|json|txt|conf|ini|sock|env|ya?ml|toml|asc|gpg)",
    re.ASCII,
)
_PLAIN = re.compile(
    r"""
    [0-9]+ (\.[0-9]+)*                            # a number, a version, an IPv4 address
    | [0-9]{1,6} (ms|s|m|min|h|d|k|M|G|Ki|Mi|Gi|kB|MB|GB|%)
    | [a-z]{2,9} (-[a-z]{2,9}){0,2} -[0-9]{1,2}   # a region, an instance: eu-west-1, web-2
    | (/[a-z][a-z._-]{0,15}[0-9]{0,2}){1,8} /?    # a path of words
    | https?:// [a-z][a-z.-]* (:[0-9]{1,5})? /?   # a host: nothing before it, nothing behind it
    """,
    re.VERBOSE | re.ASCII,
)


def why_not_masked(value: str) -> str:
    """Why hiding this value would hide the log and protect nothing; empty where it can be masked."""
    text = value.strip()
    if len(text) < SHORTEST:
        return f"it is shorter than {SHORTEST} characters"
    if text.lower().strip("\"'") in _WORDS:
        return "it is a common word"
    if len(set(text)) == 1:
        return "it is one character repeated"
    if _ADDRESS.fullmatch(text):
        return "it is a network address"
    if _UNIT.fullmatch(text) and sum(one.isdigit() for one in text) < FEWEST_DIGITS:
        return f"it is a number of fewer than {FEWEST_DIGITS} digits"
    return ""


def says_secret(name: str) -> bool:
    """By its name alone, whatever the value is."""
    return name not in _NEVER and bool(_SURE.search(name)) and not _ABOUT.search(name)


def names_secret(name: str) -> bool:
    """By its name, be it sure or likely: enough for a variable that the settings name."""
    return says_secret(name) or (name not in _NEVER and bool(_LIKELY.search(name)) and not _ABOUT.search(name))


def is_secret(name: str, value: str) -> bool:
    """Of a variable that nobody has spoken about: by its name, or because its value is shaped like a credential."""
    if looks_secret(value) or says_secret(name):
        return not _is_there(value)
    if not names_secret(name):
        return False
    return not (value.isalpha() or len(value) < _GUESSED or _KEY_FILE.fullmatch(value) or _is_there(value))


def is_secret_in_a_file(name: str, value: str) -> bool:
    """Of a variable in an `env_file`, which is kept beside the code for secrets: all but what is surely harmless."""
    named = names_secret(name) or bool(_IN_A_FILE.search(name))
    return named or looks_secret(value) or not _is_plain(value)


def looks_secret(value: str) -> bool:
    """By its shape: a token, a private key, an address or connection string with a credential in it."""
    shapes = (SHAPED, PRIVATE_KEY, _CONNECTION, _USERINFO, _TOKEN_AS_USER, _IN_GO)
    return any(shape.search(value) for shape in shapes) or bool(_HEADER.fullmatch(value.strip()))


def _is_plain(value: str) -> bool:
    """`production`, `8080`, `1.5`, `30s`, `eu-west-1`, `/var/www`, `https://example.com`: masking it would hide the
    log, and commands that hold it would be refused. In doubt it is none: a key may be made of anything."""
    return value.isalpha() or len(value) < SHORTEST or _PLAIN.fullmatch(value) is not None


def _is_there(value: str) -> bool:
    """A path of this machine is where something lies, not what it is."""
    try:
        return value.startswith("/") and Path(value).exists()
    except (OSError, ValueError):
        return False
