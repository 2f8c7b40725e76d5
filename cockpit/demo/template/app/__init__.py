"""The shop: a small web service on PostgreSQL."""
