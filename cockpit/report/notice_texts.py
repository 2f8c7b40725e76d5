"""The notices of a runbook that has none of its own: plain text, with fields as a runbook would write them."""

from cockpit.runbook.model import Template
from cockpit.runbook.templates import find_fields

_TEXTS = (
    (
        "pre_deploy",
        "Before the deploy",
        """\
Deploy of <project> to <environment> planned

Time: <YYYY-MM-DD HH:MM UTC>
Commit: <commit>
Changes: <changes>
Expected duration: <X minutes>
Downtime: <None/Minimal/X minutes>
Deployed by: <name>
""",
    ),
    (
        "post_deploy",
        "After the deploy",
        """\
Deploy of <project> to <environment>: <status>

Time: <YYYY-MM-DD HH:MM UTC>
Duration: <X minutes>
Commit: <commit>
Changes: <changes>
Error rate: <error rate>
P95 latency: <P95 latency>
Next steps: <next steps>
Deployed by: <name>
""",
    ),
    (
        "rollback",
        "Rollback",
        """\
ROLLBACK of <project> in <environment>

Time: <YYYY-MM-DD HH:MM UTC>
Reason: <reason>
Back to commit: <commit>
ETA: <X minutes>
Impact: <impact>
Deployed by: <name>
""",
    ),
)

BUILT_IN: tuple[Template, ...] = tuple(
    Template(id=f"built-in:{kind}", title=title, line=0, body=body, fields=find_fields(body), kind=kind)  # type: ignore[arg-type]
    for kind, title, body in _TEXTS
)
"""One per kind, in the order of a deploy."""
