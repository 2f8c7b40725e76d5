"""The runbook reader."""

from pathlib import Path

SHARED = Path(__file__).resolve().parents[3] / "../shared"
"""Test data that is not part of the repository; tests that need it are skipped without it."""
