"""The append-only record: every event of every deploy, durable before its effect."""
