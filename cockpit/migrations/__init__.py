"""Migrations in SQL: read as psql reads them, linted, and rehearsed on a real PostgreSQL."""
