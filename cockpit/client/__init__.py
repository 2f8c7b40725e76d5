"""What every frontend shares: a session with an engine, its connection, the team's deploys, who is at the terminal."""
