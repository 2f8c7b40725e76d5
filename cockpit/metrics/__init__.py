"""Metric sources: one file each. A source measures; judging is the core's."""
