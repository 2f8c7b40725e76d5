"""Backups of PostgreSQL: verified before anyone relies on them, and restored so that nothing is lost by the way."""
