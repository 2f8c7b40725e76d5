"""Running scripts so that nothing is lost: one detached supervisor per script, its log file, its exit record."""
