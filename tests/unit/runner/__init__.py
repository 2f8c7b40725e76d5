"""The runner's pure parts."""
