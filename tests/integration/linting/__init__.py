"""`cockpit check` with the machine: shellcheck, installed tools, files."""
