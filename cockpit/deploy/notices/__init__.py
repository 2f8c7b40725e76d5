"""Messages to people: what is sent, when, and what became of it."""
