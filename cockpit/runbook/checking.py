"""Does a command only look: known to change nothing, or a test, a linter, a validator? Unknown is: no."""

import functools
import re
from pathlib import PurePosixPath

from cockpit.runbook.programs import calls
from cockpit.runbook.read_only import why_changes
from cockpit.runbook.wrappers import wrapped

_LOOKS = re.compile(
    r"(?:test|tests|lint|check|checks|verify|validate|audit|fmt|format|typecheck|type-check|types|vet|spec|specs|smoke|"
    r"status|e2e|unit|integration|coverage|clippy|doctor|health|ping|list|show|version|outdated|rehearse|rehearsal|dry-?run)(?:[:_.-].*)?",
    re.I,
)
_RUNNERS = frozenset({
    "npm", "yarn", "pnpm", "bun", "npx", "bunx", "make", "gmake", "just", "task", "rake", "go", "cargo", "mvn",
    "gradle", "gradlew", "mvnw", "bundle", "php", "composer", "python", "python3", "poetry", "uv", "deno",
    "mix", "dotnet", "terraform", "tofu", "helm", "docker", "rails", "artisan", "manage.py", "nx", "turbo",
    "lerna", "ruff", "swift", "flutter", "dart", "tox", "nox", "sbt", "lein",
})  # fmt: skip
"""They run what their first words name."""
_BETWEEN = frozenset({
    "run", "exec", "run-script", "-m", "-s", "--silent", "--", "-w", "compose", "config", "workspace",
})  # fmt: skip
_TESTERS = frozenset({
    "pytest", "tox", "nox", "mypy", "pyright", "eslint", "tsc", "rspec", "phpunit", "jest", "vitest",
    "playwright", "cypress", "gitleaks", "trivy", "grype", "shellcheck", "hadolint", "yamllint",
    "golangci-lint", "pylint", "flake8", "bandit", "semgrep", "snyk", "rubocop", "brakeman", "checkov",
    "tflint", "kubeval", "kubeconform", "actionlint", "stylelint", "phpstan", "psalm", "ctest", "k6", "newman",
})  # fmt: skip
_LOOKING_OPTIONS = frozenset(
    {"--check", "--dry-run", "--try", "--status", "--list", "--plan", "--verify", "--help", "--version"}
)


@functools.lru_cache(maxsize=1024)
def only_checks(command: str) -> bool:
    """True where every command in it is known to change nothing, or is a test or a linter by its name."""
    if not why_changes(command):
        return True
    found = calls(command)
    return bool(found) and all(_checks(words) for words in found)


def _checks(words: list[str]) -> bool:
    while before := wrapped(words):
        words = words[before:]
    if not why_changes(" ".join(words)):
        return True
    if words[0] in ("bash", "sh") and len(words) > 1 and not words[1].startswith("-"):
        words = words[1:]
        words[0] = words[0] if "/" in words[0] else f"./{words[0]}"
    name = PurePosixPath(words[0]).name
    rest = words[1:]
    if name in ("docker", "docker-compose", "compose") and "config" in rest[:2]:
        return True
    if name in _TESTERS or set(rest) & _LOOKING_OPTIONS:
        return "--fix" not in rest
    if name in _RUNNERS:
        named = [word for word in rest if word not in _BETWEEN][:2]
        first = named[0] if named else ""
        if first.endswith(".py") or first in _TESTERS or first in _RUNNERS:
            first = named[1] if len(named) > 1 else first
        return first in _TESTERS or (_LOOKS.fullmatch(first) is not None and "--fix" not in rest)
    if "/" in words[0] or name.endswith((".sh", ".py")):
        return _LOOKS.fullmatch(name.rsplit(".", 1)[0]) is not None
    return False
