"""Rolling back: triggers, countdown, the options and whether they lead anywhere."""
