"""The command line, one module per command: options, one call, exit status."""
