"""Migrations tried on a scratch PostgreSQL: how long, with which locks, whether they can be undone."""
