"""Which address is asked through the proxy, and what is said of a proxy that cannot be used."""

import asyncio

import pytest

from cockpit.external.http import Access, Client, HttpError
from cockpit.external.proxies import ProxyError, proxy_for

PROXY = {"HTTP_PROXY": "http://proxy:3128", "https_proxy": "proxy:3129"}


@pytest.mark.parametrize(
    ("url", "no_proxy", "proxy"),
    [
        ("http://example.com/", "", "http://proxy:3128"),
        ("https://example.com/", "", "http://proxy:3129"),
        ("http://10.1.2.3:9090/", "10.0.0.0/8", None),
        ("http://11.1.2.3/", "10.0.0.0/8", "http://proxy:3128"),
        ("http://10.1.2.3/", "192.168.0.0/16, 10.1.0.0/16", None),
        ("http://[fd00::1]/", "fd00::/8", None),
        ("http://10.1.2.3/", "10.1.2.3", None),
        ("http://127.0.0.1:1/", "", None),
        ("http://127.8.8.8/", "", None),
        ("http://[::1]/", "", None),
        ("http://localhost/", "", None),
        ("http://app.internal/", ".internal", None),
        ("http://app.internal/", "*.internal", None),
        ("http://app.internal/", "internal", None),
        ("http://app.internal:8080/", "app.internal:8080", None),
        ("http://app.internal:8081/", "app.internal:8080", "http://proxy:3128"),
        ("http://notinternal/", "internal", "http://proxy:3128"),
        ("http://example.com/", "*", None),
        ("http://example.com/", ",, ,", "http://proxy:3128"),
        ("http://example.com/", "10.0.0.0/99", "http://proxy:3128"),
    ],
)
def test_what_is_asked_through_the_proxy(url: str, no_proxy: str, proxy: str | None) -> None:
    assert proxy_for(url, {**PROXY, "NO_PROXY": no_proxy}) == proxy


@pytest.mark.parametrize("value", ["ftp://p:1", "socks4://p:1", "http://", "http://p:notaport", "http://p q:1", "://"])
def test_a_proxy_that_cannot_be_used_is_said_without_its_value(value: str) -> None:
    with pytest.raises(ProxyError) as caught:
        proxy_for("http://example.com/", {"ALL_PROXY": value})
    assert "$ALL_PROXY" in str(caught.value)


def test_a_client_says_it_and_never_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "ftp://user:hunter2@p:1")

    async def ask() -> None:
        client = Client("http://example.invalid/", Access(1.0))
        try:
            await client.ask()
        finally:
            await client.close()

    with pytest.raises(HttpError) as caught:
        asyncio.run(ask())
    assert "$http_proxy has the scheme 'ftp'" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(("method", "answers"), [("GET", True), ("POST", False)])
async def test_what_only_reads_is_sent_again_where_a_kept_connection_was_just_closed(
    monkeypatch: pytest.MonkeyPatch, method: str, answers: bool
) -> None:
    """One answer a connection, which is offered again and closed at the next request."""
    monkeypatch.delenv("HTTP_PROXY", raising=False)
    monkeypatch.delenv("http_proxy", raising=False)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok")
        await writer.drain()
        await reader.read(1)  # the next request: nobody answers it
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    client = Client(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", Access(timeout=5))
    try:
        assert (await client.ask()).body == "ok"
        if answers:
            assert (await client.ask(method)).body == "ok"
        else:
            with pytest.raises(HttpError, match="closed the connection mid-response"):
                await client.ask(method)
    finally:
        await client.close()
        server.close()
