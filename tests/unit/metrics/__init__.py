"""Metric sources without a far side: counters, options, the registry."""
