"""What a person has said of each script of a runbook, and which scripts nobody has seen yet. Pure."""
