"""deploy-cockpit: production deploys from a Markdown runbook, in the terminal."""

__version__ = "0.1.0"
