"""One thing to know before a deploy, as it is printed; the shape of `cockpit check --json`."""

from typing import Literal

from msgspec import Struct

from cockpit.runbook.lint.model import Finding
from cockpit.text.sanitize import one_line

PAGE = "docs/runbook-rules.md"


class Found(Struct, frozen=True):
    """`line` is 0 where no line of the file is to blame, `column` (1-based) where it is not known."""

    severity: Literal["error", "warning", "info"]
    file: str
    line: int
    code: str
    text: str
    column: int = 0
    safer: str = ""
    """What to write instead; empty where nothing general can be said."""
    rule: str = ""
    """Where the rule is explained: a page with its anchor; empty for what is no rule about runbooks."""


def of_finding(finding: Finding, file: str) -> Found:
    """Fit to be shown: a message may quote the runbook, which is anybody's text."""
    anchor = "shellcheck" if finding.code.startswith("SC") else finding.code
    return Found(
        finding.severity,
        file,
        finding.line,
        finding.code,
        one_line(finding.message),
        finding.column,
        one_line(finding.safer),
        f"{PAGE}#{anchor}",
    )
