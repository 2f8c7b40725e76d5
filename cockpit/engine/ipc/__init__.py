"""Engine and frontends over a Unix socket: server, client, and the messages between them."""
