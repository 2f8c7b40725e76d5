"""Which proxy an address is asked through, as the environment has it: networks and ports in NO_PROXY are understood."""

import ipaddress
import os
from collections.abc import Mapping
from importlib.util import find_spec
from urllib.parse import urlsplit

_SCHEMES = ("http", "https", "socks5", "socks5h")


class ProxyError(ValueError):
    """The environment's proxy cannot be used; the text names the variable and never its value."""


def proxy_for(url: str, environment: Mapping[str, str] | None = None) -> str | None:
    """The proxy's address; None where the address is asked directly: this machine, and what NO_PROXY names. Raises
    ProxyError."""
    given = os.environ if environment is None else environment
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if not host or is_loopback(host) or _is_left_out(host, port, _value(given, "no_proxy")[1]):
        return None
    for name in (f"{parts.scheme}_proxy", "all_proxy"):
        variable, value = _value(given, name)
        if value:
            return _address(variable, value)
    return None


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _value(given: Mapping[str, str], name: str) -> tuple[str, str]:
    """The variable that is set, lower case first as curl has it, and its value."""
    for variable in (name, name.upper()):
        if given.get(variable, "").strip():
            return variable, given[variable].strip()
    return name, ""


def _address(variable: str, value: str) -> str:
    address = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(address)
        fits = bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or not address.isprintable() or " " in address:
        raise ProxyError(f"${variable} is not a proxy URL; use a form such as http://proxy.example.com:3128")
    if parts.scheme not in _SCHEMES:
        raise ProxyError(f"${variable} has the scheme {parts.scheme!r}; supported: {', '.join(_SCHEMES)}")
    if parts.scheme.startswith("socks") and find_spec("socksio") is None:
        raise ProxyError(f"${variable} is a SOCKS proxy, which needs the package socksio; use an HTTP proxy")
    return address


def _is_left_out(host: str, port: int, no_proxy: str) -> bool:
    return any(_names(one.strip().lower(), host, port) for one in no_proxy.replace(",", " ").split())


def _names(entry: str, host: str, port: int) -> bool:
    """True where the entry of NO_PROXY names the host: itself, its domain, its network, or everything."""
    if entry == "*":
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        pass
    name, colon, wanted = entry.rpartition(":")
    if colon and wanted.isdigit() and name.count(":") == 0:
        return int(wanted) == port and _names(name, host, port)
    name = entry.strip("[]").removeprefix("*").strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))
