"""From runbook, settings and git to a deploy that may be opened, or an error that says what to do."""
