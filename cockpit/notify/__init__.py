"""Ways out for notices: one file per way; entry point `cockpit.notifiers`."""
