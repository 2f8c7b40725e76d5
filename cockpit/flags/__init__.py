"""Ways to set a feature flag: one file per kind; entry point `cockpit.flags`."""
