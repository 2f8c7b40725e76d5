"""A stranger's repository whose own configuration names programs for everything: looking at it starts none of them."""

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit.external.git import git as ask
from tests.git import git
from tests.integration.cockpit.helpers import Repository, repository, run

RUNBOOK = """\
# Shop

## Pre-flight
- [ ] The working tree is clean <!-- cockpit: check=git.clean -->

## Deploy

```bash
echo deployed
```
"""
HOOKS = (
    "post-index-change",
    "fsmonitor-watchman",
    "reference-transaction",
    "post-checkout",
    "pre-commit",
    "pre-auto-gc",
)


@pytest.fixture
def hostile() -> Iterator[tuple[Repository, Path]]:
    """With a finished deploy in its record, made before it turned hostile."""
    with repository(RUNBOOK, "shop") as made:
        (made.root / "cockpit.toml").write_text('watch = "1s"\n')
        (made.root / ".gitattributes").write_text("* filter=evil diff=evil\n")
        for name, text in (("a.sql", "select 1;\n"), ("b.sql", "select 2;\n")):
            (made.root / "db").mkdir(exist_ok=True)
            (made.root / "db" / name).write_text(text)
            made.git("add", "-A")
            made.git("commit", "-qm", name)
        first = made.cockpit("run", "docs/deploy.md", "--headless", "--yes")
        assert first.returncode == 0, first.stdout + first.stderr
        ran = made.root.parent / "ran"
        _turn(made.root, ran)
        yield made, ran


def _turn(root: Path, ran: Path) -> None:
    program = root.parent / "evil.sh"
    program.write_text(f'#!/bin/sh\nprintf "%s %s\\n" "$0" "$*" >>{ran}\nexec cat\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    evil = str(program)
    for key in (
        "core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.gitProxy", "core.askPass",
        "core.alternateRefsCommand", "diff.external", "diff.evil.command", "diff.evil.textconv", "filter.evil.clean",
        "filter.evil.smudge", "filter.evil.process", "gpg.program", "pager.log", "pager.diff", "pager.status",
        "sequence.editor", "credential.helper", "merge.evil.driver", "remote.origin.uploadpack",
        "uploadpack.packObjectsHook", "alias.log", "alias.status", "alias.config",
    ):  # fmt: skip
        git(root, "config", key, f"!{evil}" if key.startswith(("alias", "credential")) else evil)
    for key, value in (
        ("filter.evil.required", "true"), ("log.showSignature", "true"), ("core.hooksPath", str(root / "hooks")),
        ("remote.origin.url", str(root.parent / "elsewhere")), ("remote.origin.promisor", "true"),
        ("remote.origin.partialclonefilter", "blob:none"), ("extensions.partialClone", "origin"),
    ):  # fmt: skip
        git(root, "config", key, value)
    git(root, "config", "core.repositoryFormatVersion", "1")
    for folder in (root / "hooks", root / ".git" / "hooks"):
        folder.mkdir(exist_ok=True)
        for hook in HOOKS:
            shutil.copy(program, folder / hook)
    for path in (root / "db" / "a.sql", root / "docs" / "deploy.md"):
        # What git looks into again: its dates are others.
        os.utime(path, (1, 1))
    _lose_a_blob(root, "HEAD~1:db/a.sql")
    ran.unlink(missing_ok=True)


def _lose_a_blob(root: Path, name: str) -> None:
    """As in a partial clone: git would fetch it from the remote, by the programs that the configuration names."""
    sha = git(root, "-c", "core.fsmonitor=false", "rev-parse", name)
    (root / ".git" / "objects" / sha[:2] / sha[2:]).unlink()


LOOKS = (
    ("outline", "docs/deploy.md"),
    ("check", "--no-tools", "--runbook-only", "docs/deploy.md"),
    ("check", "docs/deploy.md"),
    ("run", "docs/deploy.md", "--dry-run", "--headless", "--yes"),
    ("status",),
    ("watch",),
    ("replay",),
    ("export", "--format", "json"),
    ("migrations", "lint", "db"),
    ("history",),
)


def test_looking_at_it_starts_nothing_that_its_configuration_names(hostile: tuple[Repository, Path]) -> None:
    made, ran = hostile
    started: dict[str, str] = {}
    for words in LOOKS:
        done = run(words, made.root)
        assert "Traceback" not in done.stderr, done.stderr
        if ran.exists():
            started[" ".join(words)] = ran.read_text()
            ran.unlink()
    assert started == {}
    # Nor what a deploy and the checks of one ask of git.
    for asked in (
        ("status", "--porcelain"), ("diff", "HEAD~2", "HEAD"), ("log", "-p", "-3"), ("show", "HEAD~1:db/a.sql"),
        ("cat-file", "-e", "0123456789012345678901234567890123456789"), ("diff", "--stat", "HEAD"),
    ):  # fmt: skip
        ask(made.root, *asked)
        assert not ran.exists(), f"{asked}: {ran.read_text()}"
    # The trap is set: git alone springs it.
    subprocess.run(["git", "status"], cwd=made.root, capture_output=True, check=False, timeout=60)
    assert ran.exists()
