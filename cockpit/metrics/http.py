"""HTTP for the sources: the only module that imports httpx."""

import asyncio
import ipaddress
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from cockpit.metrics.base import SourceError

MAX_BYTES = 8 * 1024 * 1024


class HttpError(Exception):
    """No usable answer; the text is for a person and never holds credentials of the URL."""


@dataclass(frozen=True)
class Answer:
    """Whatever came back, of any status. `seconds` until the last byte; `kind` is the content type."""

    status: int
    body: str
    kind: str
    seconds: float


def shown(url: str) -> str:
    """The URL without user, password, query and fragment: each may hold a secret."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


def check(source: str, url: str) -> str:
    """The URL itself, if it can be asked at all. Raises SourceError."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        usable = False
    if not usable:
        raise SourceError(f"source {source!r}: the url is not one of the form http(s)://host[:port]/path")
    return url


class Client:
    """Asks one URL again and again over kept connections. Redirects are not followed: they lead elsewhere."""

    def __init__(
        self,
        url: str,
        *,
        timeout: float,
        headers: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.url = url
        self._timeout = timeout
        # A proxy of the environment is right for the far side and wrong for this machine.
        self._client = httpx.AsyncClient(
            timeout=timeout,
            follow_redirects=False,
            trust_env=not _is_loopback(url),
            headers={"User-Agent": "deploy-cockpit", **(headers or {})},
            transport=transport,
        )

    async def get(self) -> Answer:
        """Ask once, within the timeout in total. Raises HttpError."""
        started = time.perf_counter()
        where = shown(self.url)
        try:
            async with asyncio.timeout(self._timeout), self._client.stream("GET", self.url) as response:
                body = await _body(response, where)
                text = body.decode(response.charset_encoding or "utf-8", errors="replace")
        except (TimeoutError, httpx.TimeoutException):
            raise HttpError(f"no answer from {where} within {self._timeout:g} s") from None
        except LookupError:
            raise HttpError(f"{where} answers in an unknown encoding") from None
        except httpx.HTTPError as error:
            raise HttpError(_words(error, where)) from None
        kind = response.headers.get("content-type", "")
        return Answer(response.status_code, text, kind, time.perf_counter() - started)

    async def close(self) -> None:
        await self._client.aclose()


async def _body(response: httpx.Response, where: str) -> bytes:
    parts, size = [], 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MAX_BYTES:
            raise HttpError(f"{where} answers with more than {MAX_BYTES // 1024 // 1024} MiB")
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
        if "getaddrinfo" in str(cause) or "Name or service" in str(cause) or "nodename nor" in str(cause):
            return f"the host of {where} is unknown"
    if isinstance(error, httpx.ConnectError):
        return f"no connection to {where}"
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
        return f"{where} broke off its answer"
    return f"asking {where} failed: {type(error).__name__}"


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
