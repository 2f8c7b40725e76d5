"""Variables, disk, certificates, scans, backups, audits: each passes, fails and does not know, on the real thing."""

import asyncio
import os
import shutil
import ssl
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cockpit.checks.base import Context, Outcome
from cockpit.checks.registry import run
from cockpit.checks.surroundings import required_names

TABLE = """\
| Name | Meaning |
| --- | --- |
| `DATABASE_URL` | where |
| `$API_TOKEN` | who |
| `DEBUG_LEVEL` | optional, how much |

Call `DEPLOY_ALL` when done.
"""


async def said(name: str, root: Path, **more: object) -> Outcome:
    return await run(name, Context(root=root, **{"now": time.time(), **more}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (TABLE, ["DATABASE_URL", "API_TOKEN"]),
        ("- `ONE_NAME`: x\n* `TWO_NAME`\n", ["ONE_NAME", "TWO_NAME"]),
        ("# example\nexport KEY_ONE=\nKEY_TWO=x # y\n#KEY_THREE=\n", ["KEY_ONE", "KEY_TWO"]),
        ("no names `here`\n", []),
    ],
)
def test_the_names_that_a_file_asks_for(text: str, names: list[str]) -> None:
    assert required_names(text) == names


async def test_variables_that_the_table_requires_are_set(tmp_path: Path) -> None:
    assert (await said("env.required", tmp_path)).verdict == "unknown"
    (tmp_path / "environment.md").write_text(TABLE)
    env = {"DATABASE_URL": "x", "API_TOKEN": ""}
    missing = await said("env.required", tmp_path, reference="environment.md", env=env)
    assert (missing.verdict, missing.summary) == ("fail", "not set: API_TOKEN (1 of 2 in environment.md)")
    there = await said("env.required", tmp_path, argument="environment.md", env={**env, "API_TOKEN": "hunter2"})
    assert (there.verdict, there.summary) == ("pass", "2 variables of environment.md are set")
    (tmp_path / "environment.md").write_text("nothing\n")
    assert (await said("env.required", tmp_path, reference="environment.md")).verdict == "unknown"


async def test_a_disk_with_less_room_than_asked_for_fails(tmp_path: Path) -> None:
    assert (await said("disk.space", tmp_path, argument="0.001")).verdict == "pass"
    assert (await said("disk.space", tmp_path, argument="100%")).verdict == "fail"
    assert (await said("disk.space", tmp_path / "nowhere")).verdict == "unknown"


@asynccontextmanager
async def certified(folder: Path, days: int) -> AsyncIterator[str]:
    """A TLS server whose certificate of its own ends in so many days; its address."""
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", str(days), "-keyout", str(key), "-out",
         str(certificate), "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(answer, "localhost", 0, ssl=context)
    async with server:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}/health"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl here")
@pytest.mark.parametrize(("days", "verdict"), [(60, "pass"), (5, "fail")])
async def test_a_certificate_that_ends_soon_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, verdict: str
) -> None:
    async with certified(tmp_path, days) as url:
        strange = await said("tls.expiry", tmp_path, urls=(url,))
        assert strange.verdict == "unknown", "nobody vouches for it"
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        found = await said("tls.expiry", tmp_path, urls=(url,))
        assert found.verdict == verdict, found.summary
        assert "certificate of localhost expires in" in found.summary
    assert (await said("tls.expiry", tmp_path, urls=("http://plain.example/",))).verdict == "unknown"
    assert (await said("tls.expiry", tmp_path, urls=("https://localhost:1/",))).verdict == "unknown"


def _tool(folder: Path, name: str, body: str) -> dict[str, str]:
    """A program on a path of its own, with the real one behind it."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


async def test_secrets_that_the_scanner_finds_fail(tmp_path: Path) -> None:
    assert (
        await said("secrets.scan", tmp_path, env={"PATH": str(tmp_path)})
    ).summary == "gitleaks is not installed here"
    found = await said("secrets.scan", tmp_path, env=_tool(tmp_path / "bin", "gitleaks", "exit 0"))
    assert (found.verdict, found.summary) == ("pass", "gitleaks found nothing")
    leaky = _tool(tmp_path / "bin", "gitleaks", "echo 'leaks found: 2'; exit 9")
    assert (await said("secrets.scan", tmp_path, env=leaky)).summary == "gitleaks: leaks found: 2"
    broken = _tool(tmp_path / "bin", "gitleaks", "echo boom; exit 1")
    assert (await said("secrets.scan", tmp_path, env=broken)).verdict == "unknown"


@pytest.mark.parametrize(
    ("lock", "tool", "prints", "verdict", "words"),
    [
        ("package-lock.json", "npm", '{"metadata":{"vulnerabilities":{"low":2,"high":0,"total":2}}}', "pass", "npm: 2 low"),  # noqa: E501
        ("package-lock.json", "npm", '{"metadata":{"vulnerabilities":{"critical":1,"low":2,"total":3}}}', "fail",
         "npm: 1 critical, 2 low"),
        ("package-lock.json", "npm", "ENOAUDIT", "unknown", "npm returned no audit"),
        ("yarn.lock", "yarn", '{"type":"x"}\\n{"type":"auditSummary","data":{"vulnerabilities":{"moderate":1}}}', "pass",  # noqa: E501
         "yarn: 1 moderate"),
        ("requirements.txt", "pip-audit", '{"dependencies":[{"name":"a","vulns":[{},{}]},{"name":"b","vulns":[]}]}',
         "fail", "pip-audit: 2 high"),
        ("Cargo.lock", "cargo", '{"vulnerabilities":{"count":0,"list":[]}}', "pass", "cargo: no known vulnerability"),
    ],
)  # fmt: skip
async def test_known_holes_in_dependencies_fail(
    tmp_path: Path, lock: str, tool: str, prints: str, verdict: str, words: str
) -> None:
    (tmp_path / lock).write_text("")
    env = _tool(tmp_path / "bin", tool, f"printf '{prints}'; exit 1")
    found = await said("deps.audit", tmp_path, env=env)
    assert (found.verdict, found.summary.startswith(words)) == (verdict, True), found.summary


async def test_deps_audit_without_a_lock_file_or_its_tool(tmp_path: Path) -> None:
    assert (await said("deps.audit", tmp_path)).verdict == "unknown"
    (tmp_path / "Cargo.lock").write_text("")
    assert "cargo is not installed here" in (await said("deps.audit", tmp_path, env={"PATH": str(tmp_path)})).summary


ROWS = "CREATE TABLE public.t (a int);\nCOPY public.t (a) FROM stdin;\n1\n\\.\n-- PostgreSQL database dump complete\n"


async def test_backup_fresh_and_verified(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    assert (await said("backup.fresh", tmp_path)).verdict == "fail"
    assert (await said("backup.verified", tmp_path)).verdict == "fail"
    (folder / "old.sql").write_text(ROWS)
    os.utime(folder / "old.sql", (time.time() - 7200, time.time() - 7200))
    assert (await said("backup.fresh", tmp_path)).verdict == "pass"
    late = await said("backup.fresh", tmp_path, argument="1h")
    assert late.verdict == "fail"
    assert "2 h old; must be at most 1 h" in late.summary
    assert (await said("backup.verified", tmp_path)).verdict == "pass"
    (folder / "new.sql").write_text("cut o")
    assert (await said("backup.verified", tmp_path)).verdict == "fail"
    (folder / "newest.sql").touch()
    assert (await said("backup.fresh", tmp_path)).summary == "newest.sql is empty"


@pytest.mark.parametrize(
    "text",
    [
        ROWS.replace("COPY public.t (a) FROM stdin;\n1\n\\.\n", ""),
        ROWS.replace("1\n\\.", "\\."),
        "-- PostgreSQL database dump complete\n",
    ],
    ids=["schema only", "no rows", "nothing"],
)
async def test_a_backup_without_a_row_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "a.sql").write_text(text)
    found = await said("backup.verified", tmp_path)
    assert (found.verdict, "Back up the data" in found.summary) == ("fail", True), found.summary


async def test_what_lies_beside_the_backups_is_no_backup(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for name in (".gitkeep", "README.md", "a.sql.sha256", "a.sql.partial", ".hidden.sql"):
        (folder / name).write_text("not empty")
    (folder / "latest.sql").symlink_to("gone.sql")
    (folder / "loop.sql").symlink_to("loop.sql")
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe.sql")
    found = await said("backup.fresh", tmp_path)
    assert (found.verdict, found.summary) == ("fail", "no backup: backups/* matches no file")
    (folder / "a.sql").write_text(ROWS)
    assert (await said("backup.fresh", tmp_path)).summary.startswith("a.sql, ")
    absolute = await said("backup.verified", tmp_path, backups=f"{folder}/*.sql")
    assert absolute.verdict == "pass"


@pytest.mark.parametrize(
    ("lock", "tool", "prints", "verdict", "words"),
    [
        ("package-lock.json", "npm", "{}", "pass", "nothing is outdated"),
        ("package-lock.json", "npm", '{"left-pad":{"current":"1.0.0","latest":"2.0.0"}}', "fail",
         "1 outdated: left-pad 1.0.0 -> 2.0.0"),
        ("requirements.txt", "pip", '[{"name":"a","version":"1","latest_version":"2"}]', "fail", "1 outdated: a 1 -> 2"),  # noqa: E501
        ("package-lock.json", "npm", "boom", "unknown", "npm returned no report"),
    ],
)  # fmt: skip
async def test_outdated_dependencies_are_told(
    tmp_path: Path, lock: str, tool: str, prints: str, verdict: str, words: str
) -> None:
    (tmp_path / lock).write_text("")
    found = await said("deps.outdated", tmp_path, env=_tool(tmp_path / "bin", tool, f"printf '{prints}'; exit 1"))
    assert (found.verdict, found.summary.startswith(words)) == (verdict, True), found.summary
    assert (await said("deps.outdated", tmp_path / "bin")).verdict == "unknown"
