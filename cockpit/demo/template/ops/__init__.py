"""What the scripts of `bin/` do that is more than a few lines of shell."""
