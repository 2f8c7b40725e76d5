"""`smtp`: mail through a server of the team's. Later notices of a deploy answer to its first mail."""

import asyncio
import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Mapping
from email.errors import HeaderParseError, MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import localtime, make_msgid

from msgspec import Struct

from cockpit.notify.base import Context, Delivered, Message, Notifier, NotifyError
from cockpit.notify.options import seconds, text, texts
from cockpit.text.masking import outside
from cockpit.text.sanitize import one_line

PORTS = {"starttls": 587, "tls": 465, "none": 25}
GRACE_SECONDS = 5.0
"""Above the timeout of each single answer: what a server may take that answers drop by drop."""


class Mailbox(Struct, frozen=True, kw_only=True):
    """How to reach the server, and who writes to whom."""

    name: str
    host: str
    port: int
    tls: str
    sender: str
    to: tuple[str, ...]
    username: str = ""
    password: str = ""
    timeout: float = 10.0
    secrets: tuple[str, ...] = ()

    @property
    def called(self) -> str:
        return f"the mail server {self.host}:{self.port}"


class Smtp:
    """One mail per notice; the protocol runs in a thread of its own, which ends with its connection."""

    def __init__(self, box: Mailbox) -> None:
        self._box = box

    async def send(self, message: Message) -> Delivered:
        mail = letter(self._box, message)
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Delivered] = loop.create_future()
        line = _Line(self._box)

        def work() -> None:
            try:
                result = line.deliver(mail)
            except NotifyError as error:
                _tell(loop, done, error)
            except Exception as error:
                words = f"{self._box.called}: {type(error).__name__}: {outside(str(error), self._box.secrets, 120)}"
                _tell(loop, done, NotifyError(words))
            else:
                _tell(loop, done, result)

        threading.Thread(target=work, name=f"mail-{self._box.name}", daemon=True).start()
        try:
            async with asyncio.timeout(self._box.timeout + GRACE_SECONDS):
                return await done
        except TimeoutError:
            raise NotifyError(
                f"{self._box.called} timed out after {self._box.timeout + GRACE_SECONDS:g} s; delivery unknown"
            ) from None
        finally:
            line.hang_up()


def _tell(loop: asyncio.AbstractEventLoop, done: "asyncio.Future[Delivered]", result: Delivered | NotifyError) -> None:
    def settle() -> None:
        if done.done():
            return
        if isinstance(result, NotifyError):
            done.set_exception(result)
        else:
            done.set_result(result)

    # The loop is closed where the engine went away meanwhile: nobody waits any more.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(settle)


class _Line:
    """The conversation with the server, so that it can be broken off from outside."""

    def __init__(self, box: Mailbox) -> None:
        self._box = box
        self._server: smtplib.SMTP | None = None

    def hang_up(self) -> None:
        held = self._server.sock if self._server is not None else None
        if held is not None:
            with contextlib.suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)

    def deliver(self, mail: EmailMessage) -> Delivered:
        """Raises NotifyError; before the text was handed over nothing can have arrived."""
        box, handed_over = self._box, False
        try:
            self._server = server = self._connect()
            if box.tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if box.username:
                server.login(box.username, box.password)
            handed_over = True
            refused = server.send_message(mail, from_addr=box.sender, to_addrs=list(box.to))
        except (smtplib.SMTPException, OSError) as error:
            raise self._error(error, handed_over=handed_over) from None
        finally:
            self._leave()
        missing = "; ".join(f"not to {one_line(who)}: {self._said(*why)}" for who, why in refused.items())
        return Delivered(str(mail["Message-ID"]), missing)

    def _leave(self) -> None:
        """Politely; what the server says to that changes nothing about the mail."""
        if self._server is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._server.quit()
            self._server.close()

    def _connect(self) -> smtplib.SMTP:
        box = self._box
        if box.tls == "tls":
            return smtplib.SMTP_SSL(box.host, box.port, timeout=box.timeout, context=ssl.create_default_context())
        return smtplib.SMTP(box.host, box.port, timeout=box.timeout)

    def _said(self, code: int, words: bytes | str) -> str:
        said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
        return outside(f"{code} {said}", (*self._box.secrets, self._box.password), 120)

    def _error(self, error: Exception, *, handed_over: bool) -> NotifyError:
        where = self._box.called
        match error:
            case smtplib.SMTPRecipientsRefused():
                first = next(iter(error.recipients.values()), (0, b"nobody"))
                return NotifyError(f"{where} accepted no recipient: {self._said(*first)}", retry=400 <= first[0] < 500)
            case smtplib.SMTPAuthenticationError():
                return NotifyError(
                    f"{where} does not accept the login: {self._said(error.smtp_code, error.smtp_error)}"
                )
            case smtplib.SMTPResponseException():
                words = f"{where} refuses: {self._said(error.smtp_code, error.smtp_error)}"
                return NotifyError(words, retry=400 <= error.smtp_code < 500)
            case smtplib.SMTPNotSupportedError():
                return NotifyError(f"{where} does not support it: {outside(str(error), self._box.secrets, 120)}")
            case ssl.SSLCertVerificationError():
                return NotifyError(f"the certificate of {where} is not trusted: {error.verify_message}")
            case ssl.SSLError():
                return NotifyError(f"no TLS with {where}")
            case ConnectionRefusedError():
                return NotifyError(f"connection refused by {where}", retry=True)
            case socket.gaierror():
                return NotifyError(f"unknown host: {where}", retry=True)
        # smtplib says "disconnected" of a time-out as well, with the true cause behind it.
        slow = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
        what = f"no answer from {where} within {self._box.timeout:g} s" if slow else f"{where} closed the connection"
        return NotifyError(what + ("; delivery unknown" if handed_over else ""), retry=not handed_over)


def letter(box: Mailbox, message: Message) -> EmailMessage:
    """The mail. Raises NotifyError where an address cannot be one."""
    mail = EmailMessage()
    what = " ".join(part for part in (message.project, message.environment) if part)
    try:
        mail["From"] = box.sender
        mail["To"] = ", ".join(box.to)
        mail["Subject"] = one_line(f"{message.title} ({what})" if what else message.title)[:200]
        mail["Date"] = localtime()
        mail["Message-ID"] = make_msgid(domain=_domain(box.sender))
        if message.thread:
            mail["In-Reply-To"] = mail["References"] = one_line(message.thread)
        # Says to mailing robots that nobody waits for an answer.
        mail["Auto-Submitted"] = "auto-generated"
    except (ValueError, MessageError, IndexError) as error:
        raise NotifyError(f"invalid header: {type(error).__name__}; check from and to") from None
    mail.set_content(message.text.rstrip("\n") + "\n")
    return mail


def _domain(sender: str) -> str:
    with contextlib.suppress(ValueError, HeaderParseError, IndexError):
        address = sender.rpartition("<")[2].rstrip(">")
        return Address(addr_spec=address).domain.encode("idna").decode() or "localhost"
    return "localhost"


def build(name: str, options: Mapping[str, object], context: Context) -> Notifier:
    """Options: host, port, from, to, username, password, tls. Raises NotifyError."""
    tls = text(options, "tls", "starttls")
    if tls not in PORTS:
        raise NotifyError("tls must be one of starttls, tls, none")
    port = options.get("port") or PORTS[tls]
    if isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 65536:
        raise NotifyError("port must be a number from 1 to 65535")
    box = Mailbox(
        name=name,
        host=text(options, "host"),
        port=port,
        tls=tls,
        sender=text(options, "from"),
        to=tuple(texts(options, "to")),
        username=text(options, "username", ""),
        password=text(options, "password", ""),
        timeout=seconds(options),
        secrets=context.secrets,
    )
    return Smtp(box)
