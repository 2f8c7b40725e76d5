"""Looking where a way back leads: real git with a real remote, real files, a real dump."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cockpit.deploy.plan import BadRelease, Plan
from cockpit.deploy.rollback.targets import Finding
from cockpit.engine.effects.rollback_targets import look
from cockpit.external.git_remote import on_remote
from tests.builders import option, plan, step
from tests.git import git


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with three commits, pushed to a bare one beside it."""
    remote, root = tmp_path / "remote.git", tmp_path / "app"
    subprocess.run(["git", "-c", "init.defaultBranch=main", "init", "-q", "--bare", str(remote)], check=True)
    subprocess.run(["git", "-c", "init.defaultBranch=main", "init", "-q", str(root)], check=True)
    for name in ("one", "two", "three"):
        git(root, "commit", "--allow-empty", "-q", "-m", name)
    git(root, "remote", "add", "origin", str(remote))
    git(root, "push", "-q", "origin", "HEAD:main")
    return root


def _said(plan_: Plan, body: str, **values: str) -> dict[str, list[str]]:
    found = look(plan_, option("way", step("go", body=body)), values, dict(os.environ))
    return {verdict: [one.said for one in found if one.verdict == verdict] for verdict in ("pass", "fail", "unknown")}


def _plan(root: Path, **more: Any) -> Plan:
    return plan(root=str(root), **more)


def test_tools_by_name_and_by_path(root: Path) -> None:
    (root / "bin").mkdir()
    (root / "bin/back").write_text("#!/bin/sh\n")
    said = _said(_plan(root), "bin/back\nbin/gone\nno-such-tool-here x\ngit status\n")
    assert said["fail"] == [
        "bin/back cannot be run (chmod +x)",
        f"bin/gone not found in {root}",
        "no-such-tool-here is not installed on this machine",
    ]
    assert said["pass"] == ["tools found: git"]
    (root / "bin/back").chmod(0o755)
    assert _said(_plan(root), "bin/back\n")["pass"] == ["tools found: bin/back"]


def test_a_value_of_an_option_and_what_is_only_looked_for_are_no_tools(root: Path) -> None:
    said = _said(_plan(root), "env -u nobody git status\ncommand -v no-such-tool-here || true\n")
    assert said["fail"] == []
    assert said["pass"] == ["tools found: env, git"]


def test_a_commit_that_is_not_there_is_bad_or_is_the_one_being_deployed(root: Path) -> None:
    one, two, three = git(root, "log", "--reverse", "--format=%H").split()
    bad = (BadRelease(two, "20261120-1", "errors 9 %"),)
    known = _plan(root, commit=three, bad_releases=bad, last_good=one)
    body = "git checkout <commit-sha>\n"
    assert _said(known, body, **{"commit-sha": "f" * 40})["fail"] == [
        f"no commit {'f' * 40} in this checkout (git fetch?)"
    ]
    assert _said(known, body, **{"commit-sha": three})["fail"] == [
        f"{three[:10]} is the release that is being deployed"
    ]
    assert _said(known, body, **{"commit-sha": two})["fail"] == [
        f"{two[:10]} was rolled back by deploy 20261120-1: errors 9 %"
    ]
    good = _said(known, body, **{"commit-sha": one})
    assert good["fail"] == []
    assert f"{one[:10]} is the last successful deploy" in good["pass"]
    assert _said(known, body)["unknown"] == ["<commit-sha> has no value yet"]


def test_a_commit_that_was_force_pushed_away_is_found_at_the_moment_of_the_look(root: Path) -> None:
    three = git(root, "rev-parse", "HEAD")
    assert on_remote(root, three) == ("pass", f"{three[:10]} is in main of origin")
    git(root, "push", "-q", "--force", "origin", "HEAD~1:main")
    assert on_remote(root, three)[0] == "fail"
    body = "gh workflow run deploy.yml --ref main\ngit show <commit-sha>\n"
    against = _said(_plan(root), body, **{"commit-sha": three})["fail"]
    assert f"no branch or tag of origin contains {three[:10]}; never pushed, or force-pushed away" in against
    # A script that needs no remote can still use it.
    assert _said(_plan(root), "git show <commit-sha>\n", **{"commit-sha": three})["fail"] == []


def test_a_remote_that_has_moved_on_or_does_not_answer_is_not_known(root: Path, tmp_path: Path) -> None:
    three = git(root, "rev-parse", "HEAD")
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "-q", str(tmp_path / "remote.git"), str(other)], check=True)
    git(other, "commit", "--allow-empty", "-q", "--amend", "-m", "another three")
    git(other, "push", "-q", "--force", "origin", "HEAD:main")
    assert on_remote(root, three)[0] == "unknown"
    git(root, "remote", "set-url", "origin", str(tmp_path / "nowhere"))
    assert on_remote(root, three) == ("unknown", f"no answer from origin; cannot tell whether it has {three[:10]}")


def test_a_workflow_that_is_not_there_and_a_commit_where_it_takes_a_branch(root: Path) -> None:
    said = _said(_plan(root), "gh workflow run deploy.yml --ref 4f2c1d9aab\n")
    assert "gh workflow run --ref 4f2c1d9aab: takes a branch or a tag, not a commit" in said["fail"]
    assert "no workflow deploy.yml in .github/workflows" in said["fail"]
    folder = root / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "deploy.yml").write_text("on: workflow_dispatch\n")
    assert "workflow deploy.yml found" in _said(_plan(root), "gh workflow run deploy.yml --ref main\n")["pass"]


BACKUP = "psql <backups/pre-YYYYMMDD.sql\n"


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (None, Finding("fail", "no backup backups/pre-1.sql")),
        (b"", Finding("fail", "the backup backups/pre-1.sql is empty")),
        (b"CREATE TABLE a ();\n", Finding("fail", "backups/pre-1.sql does not end like a complete dump: ")),
        (
            b"INSERT INTO t VALUES (1);\n--\n-- PostgreSQL database dump complete\n--\n",
            Finding("pass", "backups/pre-1.sql: 69 bytes, complete"),
        ),
        (
            b"COPY t FROM stdin;\n1\n\\.\n-- PostgreSQL database dump complete\n",
            Finding("pass", "backups/pre-1.sql: "),
        ),
        (
            b"CREATE TABLE t ();\nCOPY t FROM stdin;\n\\.\n-- PostgreSQL database dump complete\n",
            Finding("fail", "backups/pre-1.sql contains no rows"),
        ),
        (b"PGDMP\x01rubbish", Finding("fail", "backups/pre-1.sql cannot be read: ")),
        (b"\x1f\x8bxxxx", Finding("unknown", "backups/pre-1.sql: 6 bytes, compressed; contents not verified")),
    ],
)
def test_a_backup_is_looked_into(root: Path, content: bytes | None, finding: Finding) -> None:
    (root / "backups").mkdir()
    if content is not None:
        (root / "backups/pre-1.sql").write_bytes(content)
    found = look(_plan(root), option("way", step("go", body=BACKUP)), {"yyyymmdd": "1"}, {**os.environ})
    told = [one for one in found if one.verdict == finding.verdict and one.said.startswith(finding.said)]
    assert len(told) == 1, found
