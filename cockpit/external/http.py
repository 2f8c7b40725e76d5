"""HTTP for the metric sources and the notices: the only module that imports httpx."""

import asyncio
import functools
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from cockpit.external.proxies import proxy_for

MAX_BYTES = 8 * 1024 * 1024
_HOPS = 5


class HttpError(Exception):
    """No usable answer; the text is for a person and never holds credentials of the URL. `unreached`: no connection
    came about, so the far side has surely seen nothing of the question."""

    def __init__(self, text: str, *, unreached: bool = False) -> None:
        self.unreached = unreached
        super().__init__(text)


@dataclass(frozen=True)
class Access:
    """What every question carries. `timeout` in seconds, for the whole answer. `credentials` says in words which were
    sent, never what they are. `follow`: redirects are followed, with credentials only on the same host. `called`: what
    the far side is called in messages, where the address itself is a secret; empty: its address."""

    timeout: float
    headers: Mapping[str, str] = field(default_factory=dict)
    basic: tuple[str, str] | None = None
    tls: ssl.SSLContext | None = None
    credentials: str = ""
    follow: bool = False
    called: str = ""


@dataclass(frozen=True)
class Answer:
    """Whatever came back, of any status. `seconds` until the last byte; `kind` is the content type; `location` is
    where a redirect leads, without what may be secret; `retry_after` is the header of that name, as it was sent."""

    status: int
    body: str
    kind: str
    seconds: float
    location: str = ""
    retry_after: str = ""


def shown(url: str) -> str:
    """The URL without user, password, query and fragment: each may hold a secret."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        host = f"[{host}]" if ":" in host else host
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(an unreadable URL)"
    return f"{parts.scheme}://{host}{port}{parts.path}"


def usable(url: str) -> bool:
    """True where the URL can be asked at all: http or https, with a host."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        return False
    return fits


@functools.cache
def _trusted() -> ssl.SSLContext:
    """The usual authorities; reading them takes tens of milliseconds, so all share them."""
    return httpx.create_ssl_context()


class Client:
    """Asks one URL again and again over kept connections. Redirects are not followed unless asked: they lead
    elsewhere."""

    def __init__(self, url: str, access: Access, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.url = url
        self.access = access
        # A proxy of the environment is right for the far side and wrong for this machine and for NO_PROXY.
        self._refused, proxy = "", None
        try:
            proxy = proxy_for(url)
        except ValueError as error:
            self._refused = str(error)
        self._client = httpx.AsyncClient(
            timeout=access.timeout,
            follow_redirects=False,
            trust_env=False,
            proxy=proxy if transport is None else None,
            headers={"User-Agent": "deploy-cockpit", **access.headers},
            auth=access.basic,
            verify=access.tls or _trusted(),
            transport=transport,
        )

    async def ask(
        self, method: str = "GET", *, url: str = "", params: Mapping[str, str] | None = None, body: str | None = None
    ) -> Answer:
        """Ask once, within the timeout in total. `params` join those of the URL. Raises HttpError."""
        if self._refused:
            raise HttpError(self._refused, unreached=True)
        started = time.perf_counter()
        address = httpx.URL(url or self.url).copy_merge_params(params or {}) if params else httpx.URL(url or self.url)
        where = self.access.called or shown(url or self.url)
        try:
            async with asyncio.timeout(self.access.timeout):
                request = self._client.build_request(method, address, content=body)
                for _ in range(_HOPS):
                    response = await self._send(request)
                    try:
                        onward = response.next_request
                        if onward is None or not self.access.follow:
                            return await _answer(response, where, started)
                        request = self._followed(onward, address, where)
                    finally:
                        await response.aclose()
        except (TimeoutError, httpx.TimeoutException):
            raise HttpError(f"no answer from {where} within {self.access.timeout:g} s") from None
        except LookupError:
            raise HttpError(f"{where} returned an unknown encoding") from None
        except httpx.HTTPError as error:
            raise HttpError(_words(error, where), unreached=isinstance(error, httpx.ConnectError)) from None
        raise HttpError(f"{where} redirects more than {_HOPS} times")

    async def close(self) -> None:
        await self._client.aclose()

    async def _send(self, request: httpx.Request) -> httpx.Response:
        """A kept connection may be closed by the server in the moment in which it is used: what only reads is sent once
        more (RFC 9112, 9.3.1), or a healthy service would look down for a sample."""
        try:
            return await self._client.send(request, stream=True)
        except (httpx.RemoteProtocolError, httpx.ReadError):
            if request.method not in ("GET", "HEAD"):
                raise
            return await self._client.send(request, stream=True)

    def _followed(self, onward: httpx.Request, address: httpx.URL, where: str) -> httpx.Request:
        if self.access.credentials and onward.url.host != address.host:
            # Only an Authorization header would be left behind on the way; any other may be a key as well.
            raise HttpError(f"{where} redirects to another host; credentials are not sent there")
        return onward


async def _answer(response: httpx.Response, where: str, started: float) -> Answer:
    body = await _body(response, where)
    text = body.decode(response.charset_encoding or "utf-8", errors="replace")
    kind = response.headers.get("content-type", "")
    location = shown(str(response.next_request.url)) if response.next_request else ""
    later = response.headers.get("retry-after", "")
    return Answer(response.status_code, text, kind, time.perf_counter() - started, location, later)


async def _body(response: httpx.Response, where: str) -> bytes:
    parts, size = [], 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MAX_BYTES:
            raise HttpError(f"{where} returned more than {MAX_BYTES // 1024 // 1024} MiB")
        parts.append(part)
    return b"".join(parts)


def _words(error: httpx.HTTPError, where: str) -> str:
    """The cause in words of our own: the library's may quote the URL with its password."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the certificate of {where} is not trusted: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return f"no TLS with {where}"
        if isinstance(cause, ConnectionRefusedError) or "Connection refused" in str(cause):
            return f"connection refused by {where}"
        if isinstance(cause, socket.gaierror):
            return f"unknown host: {where}"
    if isinstance(error, httpx.ConnectError):
        return f"no connection to {where}"
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
        return f"{where} closed the connection mid-response"
    return f"request to {where} failed: {type(error).__name__}"
