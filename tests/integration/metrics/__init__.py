"""Metric sources against real HTTP and a real PostgreSQL."""
