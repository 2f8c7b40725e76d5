"""What the engine does in the world: scripts, metrics, checks, notices, flags, the deploy log."""
