"""From the settings to values that work: variables, secrets, options. In memory only."""
