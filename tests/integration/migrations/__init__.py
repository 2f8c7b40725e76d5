"""Migrations rehearsed on a real PostgreSQL, and backups proven by one."""
