"""Far sides of notices on loopback: a web server that answers as it is told, a mail server that keeps its mail."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from aiosmtpd.smtp import SMTP, Envelope, Session


class Answer(NamedTuple):
    status: int = 200
    body: str = "ok"
    headers: Mapping[str, str] = {}
    hang: bool = False
    """Say nothing until the server is closed."""
    gate: threading.Event | None = None
    """Answer when it is set."""


class Post(NamedTuple):
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


class Hook(ThreadingHTTPServer):
    """Gives the answers of `answers` one after another, then `always`; keeps what was posted."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[Answer] = []
        self.always = Answer()
        self.posts: list[Post] = []
        self.closing = threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def url(self, path: str = "/services/T0/B0/s3cr3t-of-the-webhook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def texts(self) -> list[str]:
        return [str(post.body.get("text")) for post in self.posts]


class _Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", "0")))
        self.server.posts.append(Post(self.path, dict(self.headers.items()), json.loads(raw)))
        answer = self.server.answers.pop(0) if self.server.answers else self.server.always
        if answer.hang:
            self.server.closing.wait()
            return
        if answer.gate is not None:
            answer.gate.wait(60)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(answer.body.encode())
        except OSError:
            return

    def do_GET(self) -> None:
        """Nobody should come: a redirect was followed."""
        self.server.posts.append(Post(f"GET {self.path}", {}, {}))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""


@contextmanager
def hook() -> Iterator[Hook]:
    """Running for as long as the block."""
    server = Hook()
    server.thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        server.thread.join()


class PostOffice:
    """Keeps every mail; `refusals`: recipient -> answer, `first`: answers to DATA before it takes anything."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refusals: dict[str, str] = {}
        self.first: list[str] = []

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.first:
            return self.first.pop(0)
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 taken"


class Mail(NamedTuple):
    office: PostOffice
    port: int


@contextmanager
def mail_server(**more: Any) -> Iterator[Mail]:
    """Running for as long as the block. `more`: for aiosmtpd's SMTP (`authenticator`, `tls_context`, ...)."""
    office = PostOffice()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def begin() -> asyncio.Server:
        return await loop.create_server(lambda: SMTP(office, hostname="127.0.0.1", loop=loop, **more), "127.0.0.1", 0)

    async def end() -> None:
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    server = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    try:
        yield Mail(office, server.sockets[0].getsockname()[1])
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
