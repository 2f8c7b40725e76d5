"""The disguises of a secret, found in what real encoders make of it."""

import base64
import json
import shlex
import subprocess
from urllib.parse import quote, quote_plus

import pytest

from cockpit.runner.redact import redact
from cockpit.runner.secrets import patterns

SECRETS = [
    "hunter2-hunter2",
    "pa ss/wo+rd=1?",
    'it\'s a "quoted" one',
    "back\\slash$dollar`tick",
    "ünïcode-pässwörd",
    "{curly}[square]*!;&|<>",
    "~tilde#hash,comma",
    "%already%20quoted",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig_na-ture",
]


def _hidden(text: str | bytes, secret: str) -> bool:
    """True where masking takes the secret out of the text."""
    data = text.encode() if isinstance(text, str) else text
    return b"[REDACTED]" in redact(data, patterns([secret]))


def _bash(script: str, secret: str) -> bytes:
    ran = subprocess.run(["bash", "-c", script, "x", secret], capture_output=True, check=True, timeout=20)
    return ran.stdout + ran.stderr


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_found_in_real_encodings(secret: str) -> None:
    assert _hidden(f"x{secret}y", secret)
    assert _hidden(quote(secret, safe=""), secret)
    assert _hidden(quote_plus(secret), secret)
    assert _hidden(json.dumps({"password": secret}), secret)
    assert _hidden(json.dumps({"password": secret}, ensure_ascii=False), secret)
    assert _hidden(f"cmd {shlex.quote(secret)}", secret)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_found_in_what_bash_makes_of_it(secret: str) -> None:
    for script in (
        'printf "%q\\n" "$1"',
        'echo "${1@Q}"',
        "x=$1; declare -p x",
        'set -x; : "$1"',
        'set -x; : "key=$1"',
    ):
        said = _bash(script, secret)
        assert _hidden(said, secret), said


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("before", ["", "u", "us", "user:", "Bearer abc "])
@pytest.mark.parametrize("after", ["", "x", "\n", "@host"])
def test_a_secret_is_found_in_base64_wherever_it_stands(secret: str, before: str, after: str) -> None:
    raw = (before + secret + after).encode()
    assert _hidden(base64.b64encode(raw), secret)
    assert _hidden(base64.urlsafe_b64encode(raw), secret)


@pytest.mark.parametrize("secret", SECRETS)
def test_what_is_left_of_base64_does_not_give_the_secret_away(secret: str) -> None:
    for before in ("", "a", "ab"):
        left = redact(base64.b64encode(before.encode() + secret.encode() + b"!!"), patterns([secret]))
        rest = left.replace(b"[REDACTED]", b"")
        assert len(rest) <= 9, left


def test_the_password_of_an_address_is_a_secret_of_its_own() -> None:
    address = "postgres://app:s3cr%2Ft-word@db.example.com:5432/app"
    assert _hidden("password is s3cr%2Ft-word", address)
    assert _hidden("password is s3cr/t-word", address)
    assert not _hidden("db.example.com:5432", address)


def test_the_lines_of_a_key_are_secrets_and_short_ones_are_not() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nabc\n-----END KEY-----\n"
    assert _hidden("found MIIEvQIBADANBgkq here", key)
    assert not _hidden("abc", key)


def test_no_pattern_is_shorter_than_four_characters() -> None:
    assert all(len(one) >= 4 for one in patterns(["abcd", "x", "", "a\nb\nc"]))


def test_an_ordinary_log_is_left_as_it_is() -> None:
    log = b"Applying migration 0042... OK\n200 GET /health 3 ms\nDone in 12.5 s\n"
    assert redact(log, patterns(SECRETS)) == log
