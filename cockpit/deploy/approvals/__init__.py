"""Who must agree before something runs."""
