"""Markdown -> Runbook: how any team's runbook is read. No I/O, no clock, no screen."""
