"""What real encoders make of a secret, run on this machine, leaves nothing of it behind the mask."""

import base64
import html
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from functools import cache
from pprint import pformat

import pytest

from cockpit.runner.redact import Redactor, redact
from cockpit.runner.secrets import patterns

SECRETS = [
    "hunter2-hunter2",
    "correcthorsebatterystaple-and-so-on-0123456789-until-the-line-of-an-encoder-is-broken-twice-or-more-often",
    "pa ss/wo+rd=1?&x",
    'it\'s a "quoted" <one>',
    "back\\slash$dollar`tick",
    "ünïcode-pässwörd-€",
    "{curly}[square]*!;&|<>#{x}",
    "~tilde#hash,comma:colon@at%percent",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig_na-ture",
    "aB3$x",
]
LEFT = 10
"""Characters beside the mask that may stay: quotes, the ends of base64 that neighbours share, a line feed."""

PROGRAMS: dict[str, Sequence[str]] = {
    "coreutils": ["base64"],
    "coreutils, one line": ["base64", "-w0"],
    "coreutils, base32": ["base32", "-w0"],
    "openssl": ["openssl", "enc", "-base64"],
    "openssl, one line": ["openssl", "enc", "-base64", "-A"],
    "base64 of base64": ["sh", "-c", "base64 -w0 | base64"],
    "xxd, plain": ["xxd", "-p"],
    "xxd, plain, capital": ["xxd", "-p", "-u"],
    "od": ["od", "-An", "-v", "-tx1"],
    "hexdump with colons": ["hexdump", "-v", "-e", '1/1 "%02X:"'],
    "jq": ["jq", "-Rc", "."],
    "jq, ascii": ["jq", "-aR", "."],
    "jq, JSON in JSON": ["jq", "-Rc", "{a: .} | tojson"],
    "jq, three times": ["jq", "-Rc", "tojson | tojson"],
    "jq, address": ["jq", "-Rr", "@uri"],
    "jq, address twice": ["jq", "-Rr", "@uri | @uri"],
    "jq, html": ["jq", "-Rr", "@html"],
    "jq, shell": ["jq", "-Rr", "@sh"],
    "jq, csv": ["jq", "-Rr", "[.] | @csv"],
    "jq, tsv": ["jq", "-Rr", "[.] | @tsv"],
    "jq, base64": ["jq", "-Rr", "@base64"],
    "perl, quotemeta": ["perl", "-0777ne", "print quotemeta"],
    "perl, dumper": ["perl", "-MData::Dumper", "-0777ne", "print Dumper($_)"],
    "perl, small percent": ["perl", "-0777pe", 's/([^A-Za-z0-9._~-])/sprintf("%%%02x",ord($1))/ge'],
    "bash, %q": ["bash", "-c", 'printf "%q" "$(cat)"'],
    "bash, @Q": ["bash", "-c", 'x=$(cat); echo "${x@Q}"'],
    "bash, C locale": ["bash", "-c", 'LC_ALL=C; printf "%q" "$(cat)"'],
    "bash, trace": ["bash", "-c", 'x=$(cat); exec 2>&1; set -x; : "$x"'],
    "sh, set": ["sh", "-c", "x=$(cat); set | grep ^x="],
    "sed for sed": ["sed", r"s/[\/&]/\\&/g"],
    "sql": ["sed", "s/'/''/g"],
    "fold": ["fold", "-w", "40"],
}  # fmt: skip
NODE = {
    "encodeURIComponent": "encodeURIComponent(s)",
    "encodeURI": "encodeURI(s)",
    "query": "new URLSearchParams({s}).toString().slice(2)",
    "URL": "(u => {u.username = 'u'; u.password = s; return u.password})(new URL('http://h'))",
    "JSON": "JSON.stringify(s)",
    "inspect": "require('util').inspect(s)",
    "url-safe": "Buffer.from(s).toString('base64url')",
}


@cache
def _known(secret: str) -> tuple[bytes, ...]:
    return patterns([secret])


def _left(data: bytes, secret: str) -> bytes:
    """Letters and digits beside the mask."""
    return re.sub(rb"[\x00-/:-@\[-`{-~]", b"", redact(data, _known(secret)).replace(b"[REDACTED]", b""))


@pytest.mark.parametrize("name", PROGRAMS)
def test_nothing_is_left_of_what_a_program_makes_of_a_secret(name: str) -> None:
    argv = PROGRAMS[name]
    if shutil.which(argv[0]) is None:
        pytest.skip(f"no {argv[0]} here")
    if argv[0] == "jq":
        # It takes its time to start, and reads line by line.
        lines = _said(argv, "\n".join(SECRETS)).splitlines()
        told = list(zip(SECRETS, lines, strict=True))
    else:
        told = [(secret, _said(argv, secret)) for secret in (SECRETS if name != "fold" else SECRETS[1:2])]
    for secret, said in told:
        left = _left(said, secret)
        assert len(left) <= LEFT, (said, left)


def _said(argv: Sequence[str], text: str) -> bytes:
    ran = subprocess.run(argv, input=text.encode(), capture_output=True, check=True, timeout=30)
    assert ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
def test_nothing_is_left_of_what_node_makes_of_a_secret() -> None:
    made = ", ".join(f"({what})" for what in NODE.values())
    script = (
        f"const all = JSON.parse(require('fs').readFileSync(0)); console.log(JSON.stringify(all.map(s => [{made}])))"
    )
    ran = subprocess.run(["node", "-e", script], input=json.dumps(SECRETS).encode(), capture_output=True, timeout=30)
    for secret, said in zip(SECRETS, json.loads(ran.stdout), strict=True):
        for name, one in zip(NODE, said, strict=True):
            assert len(_left(one.encode(), secret)) <= LEFT, (name, one)


LIBRARIES: dict[str, Callable[[str], str]] = {
    "repr": repr,
    "bytes": lambda secret: repr(secret.encode()),
    "pformat": lambda secret: pformat({"a": [secret]}, width=400).replace("{'a': [", "").replace("]}", ""),
    "html": html.escape,
    "html, names": lambda secret: html.escape(secret).replace("&#x27;", "&apos;"),
    "html, php": lambda secret: html.escape(secret).replace("&#x27;", "&#039;"),
    "html, go": lambda secret: html.escape(secret).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
    "xml text": lambda secret: html.escape(secret, quote=False),
    "xml, ascii": lambda secret: html.escape(secret, quote=False).encode("ascii", "xmlcharrefreplace").decode(),
    "php json": lambda secret: json.dumps(secret).replace("/", r"\/"),
    "go json": lambda s: json.dumps(s, ensure_ascii=False).translate({38: r"\u0026", 60: r"\u003c", 62: r"\u003e"}),
    "gson": lambda s: json.dumps(s).translate({ord(one): f"\\u{ord(one):04x}" for one in "<>&'="}),
    "mime base64": lambda secret: base64.encodebytes(secret.encode()).decode(),
    "crlf base64": lambda secret: base64.encodebytes(secret.encode()).decode().replace("\n", "\r\n"),
    "pgpass": lambda secret: secret.replace("\\", r"\\").replace(":", r"\:"),
    "conninfo": lambda secret: secret.replace("\\", r"\\").replace("'", r"\'"),
    "ini": lambda secret: secret.replace("%", "%%"),
    "compose": lambda secret: secret.replace("$", "$$"),
    "powershell": lambda secret: secret.replace("'", "''"),
    "mysql": lambda s: s.replace("\\", r"\\").replace("'", r"\'").replace('"', r"\""),
    "ruby": lambda s: s.replace("\\", r"\\").replace('"', r"\"").replace("#{", r"\#{"),
    "bytes as percents": lambda secret: "".join(f"%{byte:02x}" for byte in secret.encode()),
    "bytes as x": lambda secret: "".join(rf"\x{byte:02x}" for byte in secret.encode()),
}  # fmt: skip


@pytest.mark.parametrize("name", LIBRARIES)
def test_nothing_is_left_of_what_a_library_makes_of_a_secret(name: str) -> None:
    for secret in SECRETS:
        made = LIBRARIES[name](secret).encode()
        left = _left(made, secret)
        assert len(left) <= LEFT, (made, left)


@pytest.mark.parametrize("before", ["", "u", "us", "user:", '{"password": "'])
@pytest.mark.parametrize(("columns", "size"), [(76, 1), (64, 7), (60, 64), (30, 100_000)])
def test_base64_is_masked_wherever_its_lines_break_and_its_pieces_end(before: str, columns: int, size: int) -> None:
    secret = SECRETS[1]
    text = base64.b64encode((before + secret + '"}\n').encode()).decode()
    data = ("\n".join(text[at : at + columns] for at in range(0, len(text), columns)) + "\n").encode()
    redactor = Redactor(_known(secret))
    out = b"".join(redactor.feed(data[at : at + size]) for at in range(0, len(data), size)) + redactor.feed(
        b"", final=True
    )
    assert len(out.replace(b"[REDACTED]", b"").replace(b"\n", b"")) <= len(before) * 4 // 3 + LEFT, out


def test_a_line_that_ends_like_a_secret_does_not_wait_for_the_next() -> None:
    redactor = Redactor(patterns(["done-with-0123456789"]))
    assert redactor.feed(b"all is done\n") == b"all is done\n"[: -len("done\n")]
    assert redactor.feed(b"all is don\n") == b"done\nall is don\n"


ADDRESSES = [
    ("postgres://app:{}@db/app", "s3cr%2Ft-word", ["s3cr%2Ft-word", "s3cr/t-word"]),
    ("postgres://app:{}@db/app", "p@ss/w:rd-1", ["p@ss/w:rd-1", "p%40ss%2Fw%3Ard-1", "p%40ss%2fw%3ard-1"]),
    ("mysql://app:{}@db:3306/app", "#q?x&y=1", ["#q?x&y=1", "%23q%3Fx%26y%3D1"]),
    ("amqps://u:{}@mq//vhost", "it's-{1}", ["it's-{1}", r"it'\''s-{1}"]),
    ("redis://:{}@cache:6379/0", "a@b@c-1", ["a@b@c-1"]),
    ("https://{}@o1.ingest.example.com/1", "0123456789abcdef0123", ["0123456789abcdef0123"]),
    ("https://{}:x-oauth-basic@github.com/a/b", "ghx_0123456789abcdef", ["ghx_0123456789abcdef"]),
    ("app:{}@tcp(db:3306)/shop", "p@ss:w-1", ["p@ss:w-1"]),
    ("Server=db;User Id=sa;Password={};Encrypt=true", "p@ss-w,rd", ["p@ss-w"]),
    ('Server=db;Pwd="{}";', "a;b=c-1", ["a;b=c-1"]),
    ("host=db user=app password='{}' dbname=shop", "a b-c1", ["a b-c1"]),
    ("DefaultEndpointsProtocol=https;AccountName=a;AccountKey={};X=y", "abC/d+12345==", ["abC/d+12345=="]),
    ("Endpoint=sb://a/;SharedAccessKeyName=R;SharedAccessKey={}", "abC/d+12345=", ["abC/d+12345="]),
    ("https://a.blob.example.net/c?sv=2024&sig={}", "abC%2Fd%3D12", ["abC%2Fd%3D12", "abC/d=12"]),
    ("jdbc:postgresql://db/shop?user=app&password={}", "p%40ss-1", ["p%40ss-1", "p@ss-1"]),
    ("https://hooks.example.com/services/T0/B0/{}", "x9K2x9K2x9K2x9K2", ["x9K2x9K2x9K2x9K2"]),
    ("machine h login ann password {}", "net-rc-1", ["net-rc-1"]),
    ("db:5432:shop:app:{}", r"pg\:pa\\ss", ["pg:pa\\ss"]),
    ("[default]\naws_access_key_id = A\naws_secret_access_key = {}\n", "abC/d+12345", ["abC/d+12345"]),
]  # fmt: skip


@pytest.mark.parametrize(("value", "password", "said"), ADDRESSES)
def test_the_credential_in_a_longer_value_is_a_secret_by_itself(value: str, password: str, said: list[str]) -> None:
    known = patterns([value.format(password) if "{1}" not in password else value.replace("{}", password)])
    for text in said:
        assert text.encode() not in redact(f"it is {text} here".encode(), known), text
    assert redact(b"db.example.com:5432 user app, vhost shop", known) == b"db.example.com:5432 user app, vhost shop"


def test_single_values_of_a_credential_in_json_are_secrets() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"
    account = {
        "type": "service_account",
        "project_id": "shop-production",
        "private_key_id": "0123456789abcdef0123456789abcdef01234567",
        "private_key": key,
        "client_email": "deploy@shop-production.iam.example.com",
        "auth_uri": "https://accounts.example.com/o/oauth2/auth",
        "token_uri": "https://oauth2.example.com/token",
        "nested": [{"SecretAccessKey": "abC/d+12345"}],
    }
    for text in (json.dumps(account), json.dumps(account, indent=2), json.dumps(account).replace("/", r"\/")):
        known = patterns([text])
        for said in (key, json.dumps(key), "MIIEvQIBADANBgkq", account["private_key_id"], "abC/d+12345", text):
            out = redact(str(said).encode(), known)
            assert b"MIIE" not in out
            assert b"hkiG" not in out
            assert b"0123456789" not in out
            assert b"d+12345" not in out
        ordinary = (
            b"service_account shop-production deploy@shop-production.iam.example.com https://oauth2.example.com/token"
        )
        assert redact(ordinary, known) == ordinary


def test_a_key_of_many_lines_is_masked_in_each_of_its_forms() -> None:
    key = (
        "-----BEGIN KEY-----\n"
        + "\n".join(f"MIIEvQIBADANBgkq{at:02}hkiG9w0BAQEFAASC" for at in range(20))
        + "\n-----END KEY-----\n"
    )
    known = patterns([key])
    for data in (
        key.encode(),
        key.replace("\n", "\r\n").encode(),
        key.replace("\n", "\n      ").encode(),
        json.dumps(key).encode(),
        json.dumps(json.dumps(key)).encode(),
        base64.encodebytes(key.encode()),
        base64.b64encode(json.dumps({"k": key}).encode()),
        repr(key).encode(),
        key.replace("\n", "%0A").encode(),
    ):
        out = redact(data, known)
        assert b"MIIE" not in out
        assert len(out.replace(b"[REDACTED]", b"")) < 260, out
