"""`smtp` against a real mail server: the mail, its thread, TLS and login, and every way to be turned away."""

import asyncio
import socket
import ssl
import subprocess
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from msgspec.structs import replace

from cockpit.notify.base import Context, NotifyError
from tests.integration.notify.helpers import MESSAGE, Sending
from tests.loopback import Mail, mail_server

PASSWORD = "p4ssw0rd-of-the-mailbox"


@pytest.fixture
def far() -> Iterator[Mail]:
    with mail_server() as server:
        yield server


def _options(at: int, **more: Any) -> dict[str, Any]:
    given = {"host": "127.0.0.1", "port": at, "tls": "none", "from": "Deploys <deploys@example.com>"}
    return {**given, "to": ["team@example.com", "boss@example.com"], "timeout": 5.0, **more}


async def test_a_notice_arrives_as_mail_and_the_next_one_answers_to_it(far: Mail) -> None:
    first = await Sending().send("smtp", _options(far.port))
    assert first.delivered is not None, first.reason
    (mail,) = far.office.mails
    assert _text(mail) == MESSAGE.text
    assert mail["Subject"] == "Announcement (web production)"
    assert (mail["From"], mail["To"]) == ("Deploys <deploys@example.com>", "team@example.com, boss@example.com")
    assert mail["Message-ID"] == first.delivered.reference
    assert mail["Message-ID"].endswith("@example.com>")
    reply = replace(MESSAGE, text="grüße, ✔\n" + "x" * 2000, thread=first.delivered.reference)
    assert (await Sending().send("smtp", _options(far.port, to="team@example.com"))).delivered
    assert (await Sending().send("smtp", _options(far.port), reply)).delivered
    answer = far.office.mails[-1]
    assert answer["In-Reply-To"] == answer["References"] == first.delivered.reference
    assert _text(answer) == reply.text + "\n"


def _text(mail: EmailMessage) -> str:
    """Without the line ends of the wire."""
    return str(mail.get_content()).replace("\r\n", "\n")


async def test_what_stands_in_a_title_is_no_header(far: Mail) -> None:
    evil = replace(MESSAGE, title="x\r\nBcc: all@example.com\r\n\r\nbody", thread="<a@b>\r\nX-Evil: 1")
    outcome = await Sending().send("smtp", _options(far.port), evil)
    assert outcome.delivered is not None, outcome.reason
    (mail,) = far.office.mails
    assert mail["Bcc"] is None
    assert mail["X-Evil"] is None
    assert mail["Subject"] == "x Bcc: all@example.com body (web production)"


async def test_a_recipient_that_is_not_taken_is_named_and_the_others_have_it(far: Mail) -> None:
    far.office.refusals["boss@example.com"] = "550 no such \x07user"
    outcome = await Sending().send("smtp", _options(far.port))
    assert outcome.delivered is not None
    assert outcome.delivered.detail == "not to boss@example.com: 550 no such user"
    assert len(far.office.mails) == 1


async def test_no_recipient_at_all_is_a_failure(far: Mail) -> None:
    far.office.refusals = dict.fromkeys(("team@example.com", "boss@example.com"), "550 unknown")
    outcome = await Sending().send("smtp", _options(far.port))
    assert outcome.delivered is None
    assert "accepted no recipient: 550 unknown" in outcome.reason
    assert (outcome.attempts, far.office.mails) == (1, [])


REFUSALS = [
    (["451 later"], 2, True, ""),
    (["451 later", "421 busy"], 3, True, ""),
    (["451 later"] * 3, 3, False, "refuses: 451 later"),
    (["554 looks like spam token=abcdefgh"], 1, False, "refuses: 554 looks like spam token=***"),
]


@pytest.mark.parametrize(("answers", "attempts", "arrives", "words"), REFUSALS)
async def test_later_is_tried_again_and_never_is_not(
    far: Mail, answers: list[str], attempts: int, arrives: bool, words: str
) -> None:
    far.office.first = list(answers)
    outcome = await Sending().send("smtp", _options(far.port))
    assert outcome.attempts == attempts
    assert (outcome.delivered is not None) == arrives == (len(far.office.mails) == 1)
    assert words in outcome.reason


async def test_nobody_at_home_is_tried_three_times() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        sending = Sending()
        outcome = await sending.send("smtp", _options(port))
    assert (outcome.attempts, sending.pauses) == (3, [1.0, 4.0])
    assert outcome.reason == f"connection refused by the mail server 127.0.0.1:{port}"


async def test_a_server_that_hangs_after_the_text_may_have_it(far: Mail) -> None:
    async def hang(*_: object) -> str:
        await asyncio.sleep(3600)
        return "250 never"

    far.office.handle_DATA = hang  # type: ignore[method-assign,assignment]
    outcome = await Sending().send("smtp", _options(far.port, timeout=0.3))
    assert outcome.attempts == 1
    assert outcome.reason.endswith("within 0.3 s; delivery unknown")


async def test_a_server_that_says_nothing_at_all_surely_has_not(far: Mail) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        outcome = await Sending().send("smtp", _options(silent.getsockname()[1], timeout=0.2))
    assert outcome.attempts == 3
    assert "within 0.2 s" in outcome.reason
    assert "not known" not in outcome.reason


async def test_a_server_without_starttls_gets_nothing(far: Mail) -> None:
    outcome = await Sending().send("smtp", _options(far.port, tls="starttls"))
    assert "STARTTLS extension not supported by server" in outcome.reason
    assert far.office.mails == []


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    """Of a server whose certificate nobody trusts."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    new = f"req -x509 -newkey rsa:2048 -nodes -keyout {key} -out {cert} -days 1 -subj /CN=127.0.0.1"
    subprocess.run(["openssl", *new.split(), "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    return context


async def test_a_certificate_that_nobody_trusts_ends_it_before_the_password(tls: ssl.SSLContext) -> None:
    with mail_server(tls_context=tls) as far:
        options = _options(far.port, tls="starttls", username="ann", password=PASSWORD)
        outcome = await Sending().send("smtp", options)
        assert "is not trusted" in outcome.reason
        assert far.office.mails == []


@pytest.mark.parametrize("good", [True, False], ids=["right", "wrong"])
async def test_login_over_tls(tls: ssl.SSLContext, tmp_path: Path, good: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))

    def authenticate(server: object, session: object, envelope: object, mechanism: str, auth: object) -> AuthResult:
        assert isinstance(auth, LoginPassword)
        return AuthResult(success=auth.password == PASSWORD.encode(), handled=False)

    with mail_server(tls_context=tls, authenticator=authenticate, auth_required=True) as far:
        password = PASSWORD if good else "wrong-" + PASSWORD
        options = _options(far.port, tls="starttls", username="ann", password=password)
        outcome = await Sending().send("smtp", options, context=Context(secrets=(password,)))
        assert (outcome.delivered is not None) == good == (len(far.office.mails) == 1), outcome.reason
        assert good or "does not accept the login: 535" in outcome.reason
        assert PASSWORD not in outcome.reason


OPTIONS = [
    ({"tls": "ssl"}, "tls must be one of"),
    ({"port": 99999}, "port must be"),
    ({"host": ""}, "host is missing"),
    ({"to": []}, "to is missing"),
    ({"to": [1]}, "to must be"),
    ({"from": "a@b\r\nBcc: x"}, "invalid header"),
]


@pytest.mark.parametrize(("more", "words"), OPTIONS)
async def test_options_that_cannot_work_are_refused(far: Mail, more: dict[str, Any], words: str) -> None:
    try:
        outcome = await Sending().send("smtp", _options(far.port, **more))
    except NotifyError as error:
        said = str(error)
    else:
        said = outcome.reason
    assert words in said
    assert far.office.mails == []
