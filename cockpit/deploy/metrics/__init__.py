"""Measuring: readings judged, baselines, gates, charts."""
