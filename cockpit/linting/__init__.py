"""`cockpit check` on a runbook: the rules, shellcheck, what the installed tools say, and how it is told."""
