"""The record for people: the deploy log, and exports as Markdown, JSON and SVG."""
