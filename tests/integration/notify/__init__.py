"""Notices to real servers on loopback, and through real programs."""
