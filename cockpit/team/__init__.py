"""The team's journal on PostgreSQL: what engines mirror, who holds an environment, what is asked for from elsewhere.

Imported only where `[team]` is set: it needs psycopg.
"""
