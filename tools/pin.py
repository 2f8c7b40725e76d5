"""Exact versions of everything, the transitive ones too, as `[tool.uv] constraint-dependencies` of pyproject.toml.

    uv run python tools/pin.py            write what is installed now (after `uv sync --upgrade`)
    uv run python tools/pin.py --check    exit 1 where something installed is not pinned, or pinned otherwise
    uv run python tools/pin.py --list     the pins, one a line

A lock file would record download addresses, which do not belong in the repository.
"""

import re
import sys
from importlib.metadata import distributions
from pathlib import Path

FILE = Path(__file__).resolve().parents[1] / "pyproject.toml"
BLOCK = re.compile(r"constraint-dependencies = \[\n?(.*?)\]", re.S)
OURS = {"deploy-cockpit", "pip", "uv", "setuptools", "wheel"}


def installed() -> list[str]:
    """`name==version` of everything in this environment, sorted."""
    pairs = {(re.sub(r"[-_.]+", "-", one.metadata["Name"]).lower(), one.version) for one in distributions()}
    return sorted(f"{name}=={version}" for name, version in pairs if name not in OURS)


def pinned() -> list[str]:
    found = BLOCK.search(FILE.read_text(encoding="utf-8"))
    return re.findall(r'"([^"]+)"', found[1]) if found else []


def main(argument: str) -> int:
    have, want = installed(), pinned()
    if argument == "--list":
        sys.stdout.write("\n".join(want) + "\n")
        return 0
    if argument == "--check":
        wrong = [one for one in have if one not in want]
        for one in wrong:
            sys.stdout.write(f"{one} is installed but not pinned in pyproject.toml: run tools/pin.py\n")
        return 1 if wrong else 0
    lines = "".join(f'  "{one}",\n' for one in have)
    text = FILE.read_text(encoding="utf-8")
    FILE.write_text(BLOCK.sub(lambda _: f"constraint-dependencies = [\n{lines}]", text, count=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
