"""Text for people and from strangers: cleaning, masking, units, durations, times, zones, suggestions. Pure."""
