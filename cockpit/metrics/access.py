"""How a source gets in over HTTP: timeout, headers, credentials and TLS, read from its options."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from cockpit.external.http import Access, usable
from cockpit.metrics.base import SourceError
from cockpit.metrics.options import TIMEOUT_SECONDS, Options

NAMES = ("timeout", "headers", "token", "username", "password", "tls")
"""Options that every HTTP source takes."""
_TLS = ("ca", "cert", "key", "insecure")


def access(options: Options, url: str, extra: Mapping[str, str] | None = None, *, follow: bool = False) -> Access:
    """Options: timeout (3 s), headers, token (bearer), username and password (basic), tls. Raises SourceError."""
    headers = dict(extra or {}) | options.mapping("headers")
    token, user = options.text("token", ""), options.text("username", "")
    if token and user:
        raise options.error("token", "and username are both set; use only one")
    if "password" in options.table and not user:
        raise options.error("password", "needs a username")
    if token:
        headers["Authorization"] = f"Bearer {token}"
    for name, value in headers.items():
        if not (name + value).isascii() or not (name + value).isprintable() or not name.strip():
            # A line break at the end of a key file is the usual reason.
            key = "token" if token and name == "Authorization" else f"headers.{name.strip() or '(empty)'}"
            raise options.error(key, "contains a character that is not allowed in a header (a line break?)")
    return Access(
        timeout=options.seconds("timeout", TIMEOUT_SECONDS),
        headers=headers,
        basic=(user, options.text("password", "")) if user else None,
        tls=_tls(options.inner("tls")) if "tls" in options.table else None,
        credentials=_words(headers, token, user, url),
        follow=follow,
    )


def check(source: str, url: str, key: str = "url") -> str:
    """The URL itself, if it can be asked at all. Raises SourceError."""
    if not usable(url):
        raise SourceError(f"source {source!r}: the {key} is not one of the form http(s)://host[:port]/path")
    return url


def urls(options: Options) -> list[str]:
    """The addresses of `url` and `urls`, at least one. Raises SourceError."""
    found = [check(options.source, url) for url in options.texts("url")]
    found += [check(options.source, url, f"urls[{at}]") for at, url in enumerate(options.texts("urls"))]
    if not found:
        raise options.error("url", "is missing: http(s)://host[:port]/path")
    return found


def _words(headers: Mapping[str, str], token: str, user: str, url: str) -> str:
    if token:
        return "the bearer token"
    if user:
        return f"basic auth as {user!r}"
    if any(name.lower() == "authorization" for name in headers):
        return "the Authorization header of the settings"
    if urlsplit(url).username:
        return "the user of the url"
    own = [name for name in headers if name.lower() != "accept"]
    return f"the header {', '.join(own)}" if own else ""


def _tls(options: Options) -> ssl.SSLContext:
    if "verify" in options.table:
        raise options.error("verify", "is not supported; set the authority as `ca`, or set `insecure = true`")
    options.only(*_TLS)
    insecure = options.flag("insecure")
    ca, cert, key = (_file(options, name) for name in ("ca", "cert", "key"))
    if insecure and ca:
        raise options.error("ca", "and insecure = true are both set; with `ca` the certificate is checked")
    if key and not cert:
        raise options.error("key", "needs a cert")
    try:
        context = ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError):
        raise options.error("ca", f"= {ca!r} contains no PEM certificates") from None
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if cert:
        try:
            # A password of its own: without one OpenSSL would ask for it on the terminal.
            context.load_cert_chain(cert, key, password="")
        except (OSError, ssl.SSLError, ValueError):
            raise options.error("cert", "and key do not match, or the key is encrypted (PEM, no passphrase)") from None
    return context


def _file(options: Options, key: str) -> str | None:
    if key not in options.table:
        return None
    path = options.text(key)
    if not Path(path).is_file():
        raise options.error(key, f"= {path!r}: no such file")
    return path
