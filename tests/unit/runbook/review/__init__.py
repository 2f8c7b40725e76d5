"""What was reviewed of a runbook, and its record."""
