"""Dialogs. Each answers with what the person wants, or None; none of them acts."""
