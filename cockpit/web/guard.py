"""Who is let in: whoever has the token, by the name of this machine, from the page of this server and no other."""

import hmac
import ipaddress
import secrets
import socket
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

TOKEN_BYTES = 32
REFUSED = (
    "403: the token is missing from the URL, or belongs to an earlier start.\nThe full URL is in the terminal of "
    "`cockpit watch --web`.\n"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # The terminal's script would give the browser's clipboard to a program that asks, and let it write there.
    "Permissions-Policy": "clipboard-read=(), clipboard-write=(), camera=(), microphone=(), geolocation=()",
}
# The terminal makes its own style elements: styles are the one thing that may stand in the page itself.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src data:; "
    "connect-src {websocket}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def new_token() -> str:
    """256 random bits, fit for an address."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def is_loopback(address: str) -> bool:
    """True where an IP address reaches this machine alone."""
    return ipaddress.ip_address(address).is_loopback


class Guard:
    """`address` is what the server listens on, `name` what it was asked to.

    The token is in every request, not in a cookie: cookies know no ports, and another server on this machine would be
    sent it too.
    """

    def __init__(self, token: str, address: str, name: str = "") -> None:
        self._token = token.encode()
        self._loopback = is_loopback(address)
        self._names = {"localhost"} if self._loopback else {"localhost", name.lower(), socket.gethostname().lower()}

    def why_refused(self, request: web.Request) -> str:
        """In words; empty where the request is let in."""
        if not self._is_our_name(request.headers.get("Host", "")):
            return "403: unknown host name for this server\n"
        given = request.query.get("token", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._token):
            return REFUSED
        origin = request.headers.get("Origin")
        wants_socket = request.headers.get("Upgrade", "").lower() == "websocket"
        if (wants_socket or origin is not None) and not _is_own_page(origin or "", request.headers["Host"]):
            return "403: only this server's own page may request that\n"
        return ""

    def _is_our_name(self, said: str) -> bool:
        """Names of others that were made to lead here are refused (DNS rebinding); an IP address is nobody's trick.

        Any port: a tunnel may have another one at its far end.
        """
        try:
            split = urlsplit(f"//{said}")
            name, _ = (split.hostname or "").lower(), split.port
        except ValueError:
            return False
        if split.netloc != said or "@" in said:
            return False
        if name in self._names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or not self._loopback

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """For every request, of addresses that there are and of those that there are not."""
        reason = self.why_refused(request)
        if reason:
            return web.Response(status=403, text=reason)
        return await handler(request)


def _is_own_page(origin: str, host: str) -> bool:
    """https as well: a proxy in front may add what this server has not."""
    return origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}")


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """On every answer, refusals too."""
    response.headers.update(HEADERS)
    host = request.headers.get("Host", "")
    # A name that was not let in is not repeated. Not every browser counts a websocket to the same place as 'self'.
    websocket = f"'self' ws://{host} wss://{host}" if response.status != 403 else "'none'"
    response.headers["Content-Security-Policy"] = POLICY.format(websocket=websocket)
    response.headers["Server"] = "cockpit"
