"""The core: decisions, judgement and the fold."""
