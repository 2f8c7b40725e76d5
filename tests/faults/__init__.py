"""What can go wrong, made to go wrong: scripts, output, kills and errors at every system call of the supervisor."""
