"""The cockpit's own rules: what squawk does not look for."""

from cockpit.migrations.rules import files, locks, security, transactions, writes
from cockpit.migrations.rules.base import Rule

REGISTRY: tuple[Rule, ...] = (
    *transactions.RULES, *locks.RULES, *writes.RULES, *security.RULES, *files.RULES,
)  # fmt: skip
BY_CODE = {rule.code: rule for rule in REGISTRY}
