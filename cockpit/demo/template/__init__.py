"""The demo's repository as it is written to disk. Nothing of it is imported by the cockpit."""
