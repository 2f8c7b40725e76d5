"""`cockpit.toml`: its tables, how it is loaded with every error at its line, the keymap, and the file `init` writes."""
