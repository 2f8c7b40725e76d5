"""What the HTTP sources say to answers that are none, to credentials, to redirects and to certificates."""

import json
import ssl
import subprocess
import time
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from cockpit.metrics import registry
from cockpit.metrics.base import Reading, SourceError
from tests.integration.metrics.programs import OPENSSL, needs
from tests.integration.metrics.service import service

NOW = 1_800_000_000.0


async def read(kind: str, options: dict[str, object], metric: dict[str, object] | None = None) -> Reading:
    metrics = {"own": metric} if metric is not None else {}
    source = registry.build(kind, "far", options, metrics)
    try:
        return (await source.read(NOW))[0]
    finally:
        await source.close()


ASK: dict[str, tuple[str, dict[str, object]]] = {
    "prometheus": ("/api/v1/query", {"query": "vector(1)"}),
    "http_json": ("/", {"path": "value"}),
}
BOTH = pytest.mark.parametrize("kind", list(ASK))


async def ask(kind: str, server: HTTPServer, **options: object) -> Reading:
    return await read(kind, {"url": server.url_for("/"), **options}, ASK[kind][1])


@BOTH
@pytest.mark.parametrize(
    ("body", "mime", "words"),
    [
        ("<!doctype html><title>Sign in</title>", "text/html", "returned HTML (a login page?), not JSON"),
        ('{"status": "success", "data": {"result', "application/json", "JSON truncated after 38 characters"),
        ('{"value": [1, ', "application/json", "JSON truncated after 14 characters"),
        ("", "application/json", "returned nothing"),
        ("no \x1b[31mhealthy upstream", "text/plain", "text that is not JSON: 'no healthy upstream'"),
        ("[" * 200_000, "application/json", "JSON"),
    ],
)
async def test_an_answer_that_is_no_json(httpserver: HTTPServer, kind: str, body: str, mime: str, words: str) -> None:
    httpserver.expect_request(ASK[kind][0]).respond_with_data(body, content_type=mime)
    reading = await ask(kind, httpserver)
    assert (reading.value, words in reading.error) == (None, True), reading.error


@BOTH
async def test_a_redirect_is_named_and_not_followed(httpserver: HTTPServer, kind: str) -> None:
    there = {"Location": "https://login.example.com/?token=hunter2"}
    httpserver.expect_request(ASK[kind][0]).respond_with_data("", 302, there)
    reading = await ask(kind, httpserver)
    assert reading.error.endswith(
        "returned 302 and redirects to https://login.example.com/; redirects are not followed"
    )


@BOTH
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "no credentials"),
        ({"token": "hunter2"}, "the bearer token"),
        ({"username": "ann", "password": "hunter2"}, "basic auth as 'ann'"),
        ({"headers": {"DD-API-KEY": "hunter2"}}, "the header DD-API-KEY"),
    ],
)
@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_says_which_credentials_were_sent_and_not_what_they_are(
    httpserver: HTTPServer, kind: str, options: dict[str, object], words: str, status: int
) -> None:
    httpserver.expect_request(ASK[kind][0]).respond_with_data("hunter2?", status)
    reading = await ask(kind, httpserver, **options)
    assert reading.error.endswith(f"returned {status}: {words} not accepted")
    assert "hunter2" not in reading.error


@BOTH
async def test_credentials_arrive(httpserver: HTTPServer, kind: str) -> None:
    seen: list[str | None] = []

    def answer(request: Request) -> Response:
        seen.append(request.headers.get("Authorization"))
        return Response("{}", content_type="application/json")

    httpserver.expect_request(ASK[kind][0]).respond_with_handler(answer)
    await ask(kind, httpserver, token="hunter2")
    await ask(kind, httpserver, username="ann", password="hunter2")
    assert seen == ["Bearer hunter2", "Basic YW5uOmh1bnRlcjI="]


@BOTH
async def test_a_hanging_server_is_an_error_after_the_timeout(kind: str) -> None:
    with service() as far:
        far.delay = 30.0
        reading = await read(kind, {"url": far.url("/"), "timeout": "200ms"}, ASK[kind][1])
    assert reading.error.startswith("no answer from http://127.0.0.1:")
    assert reading.error.endswith("within 0.2 s")


@BOTH
async def test_nobody_there_is_an_error_without_the_password_of_the_url(kind: str) -> None:
    with service() as gone:
        url = gone.url("/", credentials="ann:hunter2@")
    reading = await read(kind, {"url": url}, ASK[kind][1])
    assert reading.error.startswith("connection refused by http://127.0.0.1:")
    assert "hunter2" not in reading.error


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"hello": 1}, "returned JSON that is not Prometheus's"),
        ([], "returned JSON that is not Prometheus's"),
        ({"status": "success"}, "the query returned a None, not a number"),
        (
            {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "histogram": [1, {}]}]}},
            "returned an unreadable vector (a native histogram?)",
        ),
        ({"status": "error", "errorType": "execution", "error": "x\x1b]0;y\x07z"}, "refused the query (execution): xz"),
    ],
)
async def test_what_is_not_prometheus(httpserver: HTTPServer, document: Any, words: str) -> None:
    httpserver.expect_request("/api/v1/query").respond_with_json(document)
    reading = await ask("prometheus", httpserver)
    assert (reading.value, words in reading.error) == (None, True), reading.error


async def test_an_old_answer_of_a_cache_is_as_old_as_it_says(httpserver: HTTPServer) -> None:
    document = {"status": "success", "data": {"resultType": "scalar", "result": [NOW - 90, "1.5"]}}
    httpserver.expect_request("/prom/api/v1/query").respond_with_json(document)
    reading = await read("prometheus", {"url": httpserver.url_for("/prom/")}, {"query": "x", "series": ""})
    assert (reading.value, reading.at) == (1.5, NOW - 90)


async def test_a_clock_that_is_ahead_is_told_and_not_hidden(httpserver: HTTPServer) -> None:
    data = {"resultType": "scalar", "result": [NOW + 90, "1.5"]}
    httpserver.expect_request("/api/v1/query").respond_with_json({"status": "success", "data": data})
    httpserver.expect_request("/json").respond_with_json({"at": NOW + 90, "value": 1.5})
    series = await read("prometheus", {"url": httpserver.url_for("/")}, {"query": "x", "series": ""})
    there = await read("http_json", {"url": httpserver.url_for("/json")}, {"path": "value", "time_path": "at"})
    assert (series.at, there.at) == (NOW + 90, NOW + 90)


async def test_a_number_without_end_is_told_as_it_is(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data('{"value": Infinity, "text": "-Inf"}', 200, {})
    there: dict[str, object] = {"url": httpserver.url_for("/")}
    assert (await read("http_json", there, {"path": "value"})).value == inf
    text = await read("http_json", there, {"path": "text"})
    assert (text.value, text.error, text.detail) == (-inf, "", "text is -inf")


async def test_a_number_is_taken_out_with_its_time_and_scale(httpserver: HTTPServer) -> None:
    document = {"series": [{"points": [[1, 2], [(NOW - 4) * 1000, "250"]]}]}
    httpserver.expect_request("/").respond_with_json(document)
    options: dict[str, object] = {
        "path": "series[0].points[-1][1]",
        "time_path": "series[0].points[-1][0]",
        "scale": 0.001,
    }
    reading = await read("http_json", {"url": httpserver.url_for("/")}, options)
    assert (reading.value, reading.at, reading.error) == (0.25, NOW - 4, "")


async def test_metrics_with_the_same_request_share_its_answer_and_bodies_know_the_time(httpserver: HTTPServer) -> None:
    asked: list[tuple[str, Any]] = []

    def answer(request: Request) -> Response:
        asked.append((request.query_string.decode(), json.loads(request.data)))
        return Response('{"a": 1, "b": null}', content_type="application/json")

    httpserver.expect_request("/", method="POST").respond_with_handler(answer)
    options: dict[str, object] = {
        "url": httpserver.url_for("/") + "?from={now-5m}",
        "method": "POST",
        "body": {"to": "{now_ms}"},
    }
    source = registry.build("http_json", "far", options, {"a": {"path": "a"}, "b": {"path": "b"}})
    first, second = await source.read(NOW)
    await source.close()
    assert (first.value, second.value, second.error, second.detail) == (1.0, None, "", "b is null")
    assert asked == [(f"from={NOW - 300:.0f}", {"to": f"{NOW * 1000:.0f}"})]


async def test_something_else_than_a_number_says_what_stands_where(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_json({"data": {"errors": [{"n": "many"}]}})
    reading = await read("http_json", {"url": httpserver.url_for("/") + "?key=hunter2"}, {"path": "data.errors.n"})
    assert reading.error.endswith("/: data.errors is a list of 1, not an object with 'n'")
    assert "hunter2" not in reading.error


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    argv = [str(OPENSSL), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    argv += ["-keyout", str(path), "-out", f"{path}.crt", "-days", "2", "-subj", "/CN=test"]
    argv += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(argv, check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[HTTPServer]:
    """A server that lets in only who shows this certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=f"{certificate}.crt")
    context.load_cert_chain(certificate)
    context.verify_mode = ssl.CERT_OPTIONAL
    with HTTPServer(host="127.0.0.1", ssl_context=context) as server:
        server.expect_request("/").respond_with_json({"value": 1})
        yield server


@needs(OPENSSL, "openssl")
async def test_certificates_are_checked_unless_that_is_spelled_out_otherwise(
    secure: HTTPServer, certificate: Path
) -> None:
    crt = f"{certificate}.crt"
    untrusted = await ask("http_json", secure)
    assert "is not trusted: self-signed certificate" in untrusted.error
    assert (await ask("http_json", secure, tls={"ca": crt})).value == 1.0
    assert (await ask("http_json", secure, tls={"ca": crt, "cert": crt, "key": str(certificate)})).value == 1.0
    assert (await ask("http_json", secure, tls={"insecure": True})).value == 1.0
    assert (await read("health", {"url": secure.url_for("/"), "tls": {"ca": crt}})).value == 1.0


@needs(OPENSSL, "openssl")
def test_an_encrypted_key_is_refused_and_asks_nobody(certificate: Path, tmp_path: Path) -> None:
    key = tmp_path / "encrypted.pem"
    argv = [str(OPENSSL), "ec", "-in", str(certificate), "-aes256", "-passout", "pass:hunter2", "-out", str(key)]
    subprocess.run(argv, check=True, capture_output=True)
    began = time.monotonic()
    tls = {"cert": f"{certificate}.crt", "key": str(key)}
    with pytest.raises(SourceError, match=r"tls\.cert and key do not match, or the key is encrypted"):
        registry.build("health", "far", {"url": "https://127.0.0.1/", "tls": tls}, {})
    assert time.monotonic() - began < 5
