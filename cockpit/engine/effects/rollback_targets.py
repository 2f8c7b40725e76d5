"""Looks whether a way back leads anywhere: its tools, its commit, its workflow, its backup. Blocking; for a thread.

Read-only, and limited in time: nothing here may delay a rollback for long.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from cockpit.deploy.plan import Plan, RollbackOption
from cockpit.deploy.rollback.targets import Finding
from cockpit.external import git
from cockpit.external.git_remote import on_remote
from cockpit.external.listing import is_dump_folder
from cockpit.runbook.model import Placeholder
from cockpit.runbook.placeholders import CannotFill, fill_placeholders
from cockpit.runbook.programs import arguments, option, programs

READ_SECONDS = 8.0
_SHA = re.compile(r"[0-9a-f]{7,64}")
_REMOTE_TOOLS = frozenset({"gh", "glab", "argocd", "flux", "circleci", "vercel", "fly", "flyctl", "heroku"})
"""Programs that make somebody else fetch the commit: it must be where they look."""
_LOOKED = 64 << 20
"""Bytes of a plain dump in which rows are looked for."""
_DUMP_ENDS = b"PostgreSQL database dump complete"


def look(plan: Plan, way: RollbackOption, values: Mapping[str, str], env: Mapping[str, str]) -> tuple[Finding, ...]:
    """What is known of the option's target with these values. `env`: the variables that its scripts would get."""
    root = Path(plan.root)
    found: list[Finding] = []
    for task in way.tasks:
        if task.script is None:
            continue
        try:
            body = fill_placeholders(task.script.body, values)
        except CannotFill as error:
            found.append(Finding("fail", str(error)))
            continue
        found += _tools(body, root / (task.script.cwd or ""), env)
        found += _variables(task.script.variables, env)
        for hole in task.script.placeholders:
            value = values.get(hole.name, "")
            if not value:
                found.append(Finding("unknown", f"{hole.token} has no value yet"))
            elif hole.kind == "commit":
                found += _commit(plan, root, value, body)
            elif hole.kind == "backup":
                found.append(_backup(root, hole, value))
        found += _workflows(root, body)
    return tuple(dict.fromkeys(found))


def _tools(body: str, folder: Path, env: Mapping[str, str]) -> Iterator[Finding]:
    there = []
    for program in programs(body):
        if "/" not in program:
            ok, why = shutil.which(program, path=env.get("PATH")) is not None, "is not installed on this machine"
        else:
            path = Path(program).expanduser()
            path = path if path.is_absolute() else folder / path
            ok = os.access(path, os.X_OK)
            why = "cannot be run (chmod +x)" if path.exists() else f"not found in {folder}"
        if ok:
            there.append(program)
        else:
            yield Finding("fail", f"{program} {why}")
    if there:
        yield Finding("pass", f"tools found: {', '.join(there)}")


def _variables(names: tuple[str, ...], env: Mapping[str, str]) -> Iterator[Finding]:
    unset = [f"${name}" for name in names if name not in env and not name.startswith("COCKPIT_")]
    if unset:
        yield Finding("fail", f"{', '.join(unset)} is not set where the engine runs")


def _commit(plan: Plan, root: Path, ref: str, body: str) -> Iterator[Finding]:
    sha = git.resolve(root, ref)
    if not sha:
        yield Finding("fail", f"no commit {ref} in this checkout (git fetch?)")
        return
    short = sha[:10]
    if sha == plan.commit:
        yield Finding("fail", f"{short} is the release that is being deployed")
    bad = next((one for one in plan.bad_releases if one.commit == sha), None)
    if bad is not None:
        yield Finding("fail", f"{short} was rolled back by deploy {bad.deploy}: {bad.why}")
    if sha == plan.last_good:
        yield Finding("pass", f"{short} is the last successful deploy")
    elif sha == plan.current_commit:
        yield Finding("pass", f"{short} ran before this deploy")
    needs_remote = any(program in _REMOTE_TOOLS for program in programs(body)) or bool(arguments(body, "git", "push"))
    verdict, said = on_remote(root, sha)
    yield Finding("unknown" if verdict == "fail" and not needs_remote else verdict, said)


def _workflows(root: Path, body: str) -> Iterator[Finding]:
    for words in arguments(body, "gh", "workflow", "run"):
        ref = option(words, "--ref", "-r")
        if _SHA.fullmatch(ref):
            yield Finding("fail", f"gh workflow run --ref {ref[:10]}: takes a branch or a tag, not a commit")
        name = next((word for word in words if word.endswith((".yml", ".yaml"))), "")
        if name and not (root / ".github" / "workflows" / name).is_file():
            yield Finding("fail", f"no workflow {name} in .github/workflows")
        elif name:
            yield Finding("pass", f"workflow {name} found")


def _backup(root: Path, hole: Placeholder, value: str) -> Finding:
    """The file is there and complete: its table of contents reads, or its last line says that it is whole."""
    name = hole.pattern.replace("*", value, 1) if "*" in hole.pattern and "/" not in value else value
    path = root / Path(name).expanduser()
    if is_dump_folder(path):
        return _archive(path, name)
    if not path.is_file():
        return Finding("fail", f"no backup {name}")
    size = path.stat().st_size
    if not size:
        return Finding("fail", f"the backup {name} is empty")
    with path.open("rb") as file:
        head = file.read(5)
        file.seek(max(0, size - 4096))
        tail = file.read()
    if head == b"PGDMP":
        return _archive(path, name)
    if _DUMP_ENDS in tail:
        if not _has_rows(path):
            return Finding("fail", f"{name} contains no rows: schema-only dump, or an empty database")
        return Finding("pass", f"{name}: {size:,} bytes, complete to its last line")
    if head[:2] == b"\x1f\x8b":
        return Finding("unknown", f"{name}: {size:,} bytes, compressed; contents not verified")
    return Finding("fail", f"{name} does not end like a complete dump: truncated, or not a dump")


def _has_rows(path: Path) -> bool:
    """Of a plain dump; True where it is too long to say no in time."""
    with path.open("rb") as file:
        while (line := file.readline(_LOOKED)) and file.tell() < _LOOKED:
            if line.startswith(b"INSERT INTO ") or (line.startswith(b"COPY ") and file.readline(8) != b"\\.\n"):
                return True
        return bool(line)


def _archive(path: Path, name: str) -> Finding:
    tool = shutil.which("pg_restore")
    if tool is None:
        return Finding("unknown", f"{name}: no pg_restore here to verify it")
    try:
        # Listing reads only the contents; a dump that was cut off shows when all of it is read.
        listed = subprocess.run([tool, "--list", str(path)], capture_output=True, timeout=READ_SECONDS, check=False)
        ran = subprocess.run(
            [tool, "--file=/dev/null", str(path)], capture_output=True, timeout=READ_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Finding("unknown", f"{name}: too large to read in {READ_SECONDS:g} s")
    if ran.returncode:
        said = ran.stderr.decode("utf-8", "replace").strip().splitlines()
        return Finding("fail", f"{name} cannot be read: {said[-1][:160] if said else ran.returncode}")
    if not listed.returncode and b" TABLE DATA " not in listed.stdout:
        return Finding("fail", f"{name} contains no rows: schema-only dump, or an empty database")
    return Finding("pass", f"{name}: {path.stat().st_size:,} bytes, verified")


def rows_written(dsn: str) -> int | None:
    """Rows that the database counts as inserted, changed or deleted since its statistics began; None: not known."""
    if not dsn:
        return None
    import psycopg  # 60 ms: only where a database is named

    from cockpit.postgres.dsn import NotPostgres, readable

    query = "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_user_tables"
    try:
        address, _ = readable(dsn)
        with psycopg.connect(address, connect_timeout=5, application_name="cockpit", autocommit=True) as connection:
            row = connection.execute(query).fetchone()
    except (psycopg.Error, NotPostgres):
        return None
    return int(row[0]) if row is not None else None
