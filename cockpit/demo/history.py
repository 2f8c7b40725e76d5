"""The demo's git repository: a short, plausible past with tagged releases, and the release to deploy."""

import subprocess
import time
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from cockpit.demo.scenarios import Scenario

OLDER, RUNNING, NEW = "v1.3.2", "v1.4.0", "v1.5.0"

_NEW_MIGRATIONS = ("migrations/20261103_delivery_day.sql", "migrations/20261104_delivery_day_index.sql")
_MIRA, _JONAS = "Mira Lindqvist <mira@shop.example>", "Jonas Akande <jonas@shop.example>"
_DAY = 86_400

Tree = dict[str, bytes]
"""The files of a commit: path in the repository -> content."""


@dataclass(frozen=True)
class _Commit:
    """`days` before today; `tag` empty for none."""

    message: str
    author: str
    days: int
    tree: Tree
    tag: str = ""


def create(root: Path, scenario: Scenario, values: dict[str, str]) -> None:
    """Write the repository at `root` (not there yet): branch main, HEAD is the new release, the working tree clean.

    `values` fill `@NAME@` in the runbook and the settings. Raises CalledProcessError or FileNotFoundError where git
    does not work.
    """
    root.mkdir()
    _git(root, "init", "--quiet", "--initial-branch=main")
    stream = b"".join(_record(commit) for commit in _commits(scenario, values))
    subprocess.run(["git", "fast-import", "--quiet"], cwd=root, input=stream, check=True)
    _git(root, "reset", "--quiet", "--hard", "main")
    for key, value in (("user.name", "Demo"), ("user.email", "demo@shop.example"), ("commit.gpgsign", "false")):
        _git(root, "config", key, value)


def commit_of(root: Path, ref: str) -> str:
    """The full id of a commit."""
    done = subprocess.run(["git", "rev-parse", f"{ref}^{{commit}}"], cwd=root, check=True, capture_output=True)
    return done.stdout.decode().strip()


def export(root: Path, sha: str, releases: Path) -> Path:
    """Write the files of a commit to `releases/<sha>`, as `bin/release` does, and return the folder."""
    folder = releases / sha
    folder.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", "--format=tar", sha], cwd=root, check=True, capture_output=True)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    return folder


def _commits(scenario: Scenario, values: dict[str, str]) -> list[_Commit]:
    every = _template(files("cockpit.demo") / "template", values)
    past = {path: data for path, data in every.items() if path not in _NEW_MIGRATIONS}

    def at(version: str, *pages: str, behaviour: dict[str, float] | None = None) -> Tree:
        return past | _versioned(every, version, pages, behaviour=behaviour)

    running = at("1.4.0", "front", "orders", behaviour=scenario.running)
    migrated = running | {path: every[path] for path in _NEW_MIGRATIONS}
    new = every | _versioned(every, "1.5.0", scenario.pages, _NEW_MIGRATIONS[-1], scenario.behaviour)
    if scenario.overlay:
        new |= _template(files("cockpit.demo") / "template" / "scenarios" / scenario.overlay, values)
    return [
        _Commit("Shop: customers, orders, front page", _MIRA, 96, at("1.3.0", "front"), "v1.3.0"),
        _Commit("Inventory: what is short in stock", _JONAS, 52, at("1.3.2", "front"), OLDER),
        _Commit("Orders: a page with the latest", _MIRA, 19, running, RUNNING),
        _Commit("Delivery: a column and its index", _MIRA, 3, migrated),
        _Commit("Delivery: a page that shows when orders arrive", _MIRA, 1, new, NEW),
    ]


def _template(folder: Traversable, values: dict[str, str], prefix: str = "") -> Tree:
    tree: Tree = {}
    for entry in folder.iterdir():
        path = prefix + entry.name.replace("dot_", ".")
        if entry.is_dir():
            if path not in ("scenarios", "__pycache__") and not path.endswith("/__pycache__"):
                tree |= _template(entry, values, f"{path}/")
        elif path != "__init__.py":
            data = entry.read_text(encoding="utf-8")
            for name, value in values.items():
                data = data.replace(f"@{name}@", value)
            tree[path] = data.encode()
    return tree


def _versioned(
    every: Tree, version: str, pages: tuple[str, ...], migration: str = "", behaviour: dict[str, float] | None = None
) -> Tree:
    """The two files that change with each release."""
    release = every["release.toml"].decode().replace("@VERSION@", version)
    release = release.replace("@PAGES@", "[" + ", ".join(f'"{page}"' for page in pages) + "]")
    release = release.replace("@MIGRATION@", Path(migration).stem)
    release += "".join(f"{name} = {value}\n" for name, value in (behaviour or {}).items())
    title, *sections = every["CHANGELOG.md"].decode().split("\n## v")
    known = [section for section in sections if section.splitlines()[0] <= version]
    log = "\n## v".join([title, *known])
    return {"release.toml": release.encode(), "CHANGELOG.md": log.encode()}


def _record(commit: _Commit) -> bytes:
    """One commit for `git fast-import`: a process for all of them, where a commit each would take seconds."""
    when = f"{int(time.time()) - commit.days * _DAY} +0000"
    lines = [b"commit refs/heads/main", f"committer {commit.author} {when}".encode(), _data(commit.message.encode())]
    lines.append(b"deleteall")
    for path, data in sorted(commit.tree.items()):
        mode = "100755" if path.startswith("bin/") and "/" not in path[4:] else "100644"
        lines += [f"M {mode} inline {path}".encode(), _data(data)]
    if commit.tag:
        lines += [f"tag {commit.tag}".encode(), b"from refs/heads/main", f"tagger {commit.author} {when}".encode()]
        lines.append(_data(f"Release {commit.tag}".encode()))
    return b"\n".join(lines) + b"\n"


def _data(content: bytes) -> bytes:
    return b"data %d\n%b" % (len(content), content)


def _git(root: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=root, check=True)
