"""The Textual app: its screens, the actions behind the keys, hints and drawing."""
