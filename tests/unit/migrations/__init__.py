"""Migrations: how they are read and what is found in them."""
