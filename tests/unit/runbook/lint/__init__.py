"""The rules of `cockpit check`, without the machine."""

from cockpit.runbook.lint.model import Finding
from cockpit.runbook.lint.registry import lint, open_context
from cockpit.runbook.parse import parse


def found(source: bytes | str) -> list[Finding]:
    """The findings in a runbook, nothing asked of the machine."""
    return lint(open_context(source, parse(source, check=None)))


def codes(source: bytes | str) -> list[tuple[int, str]]:
    return [(finding.line, finding.code) for finding in found(source)]


def around(text: str, language: str) -> str:
    """A runbook with this text in a fence of its first step, and with a way back."""
    if language == "markdown":
        return text
    return f"# Shipping\n\n## Deploy\n\n```{language}\n{text}\n```\n\n## Rollback\n\nBy hand.\n"
