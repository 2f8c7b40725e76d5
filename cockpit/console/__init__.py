"""The same deploy as plain lines: headless for a CI log, linear with keys for screen readers."""
