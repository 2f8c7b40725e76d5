"""Which built-in check an item's own words ask for. Only for items that name none; it is said, and a person's tick
counts where the check knows nothing."""

import re
from collections.abc import Collection

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.I), name)
    for pattern, name in (
        (r"\bci\b.*\b(?:pass|green|succe)|\b(?:pass|green)\w*\b.*\bci\b|\bpipeline\b.*\b(?:pass|green)", "ci.status"),
        (r"\bgitleaks\b|\bsecrets?\b.*\b(?:scan|leak|detected)|\bno (?:hard-?coded )?secrets\b", "secrets.scan"),
        (r"\bsecrets?\b.*\b(?:rotat|days old|older than)|\brotat\w+\b.*\bsecrets?\b", "secrets.age"),
        (r"\.env\b.*\b(?:commit|track|check)|\bno (?:`?\.env`?|env) files?\b", "git.no_env_files"),
        (r"\b(?:env\w*|environment)\b.*\bvar\w*\b.*\b(?:set|present|defined|configured)", "env.required"),
        (r"\block ?files?\b|\b(?:package-lock\.json|poetry\.lock|uv\.lock|yarn\.lock|pnpm-lock\.yaml|Cargo\.lock)\b",
         "git.lockfile"),
        (r"\b(?:working tree|work tree|checkout)\b.*\bclean\b|\bnothing uncommitted\b|\beverything is committed\b",
         "git.clean"),
        (r"\brls\b|\brow[- ]level security\b", "postgres.rls"),
        (r"\bback-?ups?\b.*\b(?:taken|made|created|exist|complete)|\bverify\b.*\bback-?up\b", "backup.fresh"),
        (r"\b(?:tls|ssl)\b.*\bcertificate|\bcertificates?\b.*\b(?:valid|expir)", "tls.expiry"),
        (r"\bdisk\b.*\b(?:space|room|free)\b", "disk.space"),
        (r"\bhealth\b.*\b(?:endpoint|check|respond|ok|200)", "health"),
        (r"\b(?:error|failure)\b.*\b(?:rate|spike)|\bno error spikes?\b", "metric:errors"),
        (r"\bp95\b|\blatency\b", "metric:p95"),
        (r"\b(?:database|db)\b.*\bconnections?\b", "metric:connections"),
        (r"\b(?:monitor|watch)\b.*\b(?:metrics|figures|dashboards?)\b.*\b(?:hour|minutes)\b", "watched"),
        (r"\bdeploy(?:ment)?\b.*\blog\b.*\b(?:updat|writ)|\b(?:updat|writ)\w*\b.*\bdeploy(?:ment)? log\b", "log"),
    )
)  # fmt: skip
_NOT = re.compile(r"\b(?:staging|documented|locally|alert|dashboard tiles)\b", re.I)
"""Words of items that ask for something else than what the check sees."""


def inferred_check(text: str, phase: str, metrics: Collection[str], *, has_health: bool) -> str:
    """Name of the check; empty where the words ask for none, or nothing here could answer it."""
    if _NOT.search(text):
        return ""
    name = next((name for pattern, name in _RULES if pattern.search(text)), "")
    if name.startswith("metric:") and name.partition(":")[2] not in metrics:
        return ""
    if name == "health" and not has_health:
        return ""
    if name in ("watched", "log") and phase not in ("close", "watch"):
        return ""
    return name
