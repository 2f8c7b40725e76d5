"""Textual widgets. They know the deploy's state and nothing else of the cockpit; they ask by messages and never act."""
