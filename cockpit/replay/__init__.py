"""A past deploy on the same screen: its events at their times, from the journal alone. Nothing is written or asked."""
