"""PostgreSQL on loopback for the demo, for rehearsals and for tests: finding the programs, running a scratch server."""
