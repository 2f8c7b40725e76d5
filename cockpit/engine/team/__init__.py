"""An engine's part in its team: membership, following, take-over, and what a partition leaves behind."""
