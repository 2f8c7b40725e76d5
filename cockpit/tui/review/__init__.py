"""The screen on which the scripts of a runbook are reviewed: before a deploy, or by itself."""
