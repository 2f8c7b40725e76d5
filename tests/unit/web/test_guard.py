"""Who is let in: the token, the name under which the server was asked for, the page that opens a websocket."""

import pytest
from aiohttp.test_utils import make_mocked_request

from cockpit.web.guard import Guard, is_loopback, new_token

TOKEN = "s3cr3t-of-the-page"


def _why(
    path: str = f"/?token={TOKEN}",
    *,
    host: str = "127.0.0.1:8000",
    bound: str = "127.0.0.1",
    name: str = "",
    **more: str,
) -> str:
    headers = {"Host": host, **more}
    return Guard(TOKEN, bound, name).why_refused(make_mocked_request("GET", path, headers=headers))


def test_the_token_lets_in() -> None:
    assert _why() == ""


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?token=",
        f"/?token={TOKEN[:-1]}",
        f"/?token={TOKEN}x",
        f"/?token={TOKEN.upper()}",
        f"/?Token={TOKEN}",
        f"/{TOKEN}",
        "/?token=%FF%00",
        "/?token=%ED%A0%80",
        f"/?token=wrong&token={TOKEN}",
    ],
)
def test_anything_else_does_not(path: str) -> None:
    assert _why(path).startswith("403: the token is missing from the URL")


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8000", "localhost:8000", "LOCALHOST:1", "[::1]:8000", "127.0.0.1", "127.1.2.3:9"]
)
def test_this_machine_goes_by_its_own_names_at_any_port(host: str) -> None:
    """Another port: the far end of a tunnel."""
    assert _why(host=host) == ""


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example:8000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example@127.0.0.1:8000",
        "127.0.0.1:8000/x",
        "127.0.0.1:x",
        "[::1",
        "192.168.1.5:8000",
        "127.0.0.1; script-src *",
    ],
)
def test_a_name_of_somebody_else_is_refused_although_it_leads_here(host: str) -> None:
    assert _why(host=host) == "403: unknown host name for this server\n"


@pytest.mark.parametrize(
    ("host", "let_in"),
    [
        ("192.168.1.5:80", True),
        ("deploys.lan", True),
        ("DEPLOYS.lan:80", True),
        ("127.0.0.1:80", True),
        ("evil.example", False),
    ],
)
def test_beyond_loopback_it_goes_by_its_addresses_and_by_the_name_it_was_given(host: str, let_in: bool) -> None:
    assert (_why(host=host, bound="0.0.0.0", name="deploys.lan") == "") is let_in


SOCKET = {"Upgrade": "websocket", "Connection": "Upgrade"}


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8000", "https://127.0.0.1:8000", "HTTP://127.0.0.1:8000"])
def test_the_page_of_this_server_opens_a_websocket(origin: str) -> None:
    assert _why(f"/ws?token={TOKEN}", **SOCKET, Origin=origin) == ""


@pytest.mark.parametrize(
    "origin", ["", "null", "http://evil.example", "http://127.0.0.1:8001", "http://localhost:8000", "http://127.0.0.1"]
)
def test_no_other_page_does_not_even_with_the_token(origin: str) -> None:
    assert _why(f"/ws?token={TOKEN}", **SOCKET, Origin=origin).startswith("403: only this server's own page")
    assert _why(f"/ws?token={TOKEN}", **SOCKET).startswith("403: only this server's own page")


def test_a_request_from_another_page_is_refused_whatever_it_asks_for() -> None:
    assert _why(Origin="http://evil.example").startswith("403: only this server's own page")


def test_a_token_has_256_random_bits_and_is_another_one_each_time() -> None:
    assert len({new_token() for _ in range(100)}) == 100
    assert {len(new_token()) for _ in range(100)} == {43}


@pytest.mark.parametrize(
    ("address", "alone"), [("127.0.0.1", True), ("::1", True), ("0.0.0.0", False), ("10.0.0.1", False)]
)
def test_what_reaches_this_machine_alone(address: str, alone: bool) -> None:
    assert is_loopback(address) is alone
