"""The checklist and its scripts: events, fold, decisions."""
